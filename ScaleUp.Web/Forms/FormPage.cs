using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using ScaleUp.ServiceDefaults;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Forms;

/// <summary>
/// A page with forms. Each form has a key, by which the application servers know a form that was sent twice. When something
/// goes wrong the page comes again with what was typed; nobody has to write anything twice. That holds for the antiforgery token too,
/// which is validated here and not by ASP.NET Core's filter.
/// </summary>
[IgnoreAntiforgeryToken]
public abstract class FormPage : PageModel
{
    /// <summary>The form's field, and the header by which the key goes on to the application servers.</summary>
    internal const string KeyName = HttpHeaderNames.IdempotencyKey;

    // The application servers take 128, two of which are for the second write of a form.
    private const int MaxKeyLength = 126;

    /// <summary>The key of the form that was sent.</summary>
    [BindProperty(Name = KeyName)]
    public string? Key { get; set; }

    /// <summary>The key for a second write that the same form makes.</summary>
    protected string SecondKey => $"{Key}.2";

    /// <summary>What went wrong with the form as a whole; null if nothing did.</summary>
    public ApiProblem? Problem { get; private set; }

    /// <summary>
    /// The key that the same form has when it is shown again: the same while nobody knows whether it was stored, which it may have been
    /// before the visitor had to sign in again; null if it was refused, since what is corrected is something new.
    /// </summary>
    internal string? KeyToRepeat => Problem is { Status: >= 500 or StatusCodes.Status401Unauthorized or StatusCodes.Status429TooManyRequests } || ReferenceEquals(Problem, ApiProblem.Expired) ? Key : null;

    /// <summary>Whether the page can show what was typed while the rest of it can't be had.</summary>
    protected virtual bool CanShowTypedAlone => true;

    /// <summary>Reads what the page needs to be shown again, beside what was typed.</summary>
    /// <returns>Another result instead of the page; null for the page.</returns>
    protected virtual Task<IActionResult?> LoadAsync(CancellationToken cancellationToken) => Task.FromResult<IActionResult?>(null);

    /// <summary>Leads to the next page with a notice if the form was done, else shows it again.</summary>
    protected async Task<IActionResult> FinishAsync(ApiProblem? problem, string notice, Func<IActionResult> next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(next);

        if (problem is not null)
        {
            return await ShowAgainAsync(problem, cancellationToken);
        }

        TempData[StatusMessage.Name] = notice;
        return next();
    }

    /// <summary>Shows the form again with what was typed and what is wrong with it.</summary>
    protected async Task<IActionResult> ShowAgainAsync(ApiProblem problem, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(problem);

        Problem = problem;
        Response.StatusCode = problem.Status;
        if (problem.Status == StatusCodes.Status503ServiceUnavailable)
        {
            Response.Headers.RetryAfter = ErrorPages.RetryAfter;
        }
        else if (problem.RetryAfter is { } retryAfter)
        {
            Response.Headers.RetryAfter = retryAfter;
        }

        foreach (var (field, messages) in problem.Errors)
        {
            foreach (var message in messages)
            {
                ModelState.AddModelError(field, message);
            }
        }

        try
        {
            var refusal = await LoadAsync(cancellationToken);
            return CanShowTypedAlone ? Page() : refusal ?? Page();
        }
        catch (ApiUnavailableException) when (CanShowTypedAlone)
        {
            return Page();
        }
    }

    /// <summary>Answers instead of a page that can't be read: by signing in, if that is what it takes.</summary>
    protected IActionResult Refuse(ApiProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);

        return problem.Status == StatusCodes.Status401Unauthorized ? ToSignIn() : StatusCode(problem.Status);
    }

    private RedirectToPageResult ToSignIn() =>
        RedirectToPage("/SignIn", new { returnUrl = HttpMethods.IsGet(Request.Method) ? Request.PathBase + Request.Path + Request.QueryString : null });

    /// <inheritdoc />
    [NonHandler]
    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);

        context.Result = await RefuseAsync(context.HttpContext.RequestAborted);
        if (context.Result is null)
        {
            await next();
        }
    }

    private async Task<IActionResult?> RefuseAsync(CancellationToken cancellationToken)
    {
        var isPost = HttpMethods.IsPost(Request.Method);
        if (HttpContext.GetEndpoint()?.Metadata.GetMetadata<UsersOnlyAttribute>() is not null && !HttpContext.RequestServices.GetRequiredService<Visitor>().MayTry)
        {
            return isPost ? await ShowAgainAsync(ApiProblem.SignedOut, cancellationToken) : ToSignIn();
        }

        if (isPost && Request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) is not true)
        {
            return new UnsupportedMediaTypeResult();
        }

        return isPost && !IsKey(Key)
            ? await ShowAgainAsync(ApiProblem.Invalid("This form lacks its key. Please send it again."), cancellationToken)
            : !await HttpContext.RequestServices.GetRequiredService<IAntiforgery>().IsRequestValidAsync(HttpContext) ? await ShowAgainAsync(ApiProblem.Expired, cancellationToken)
            : null;
    }

    // It becomes a header, and what a form has may be anything. What else a key must be is said by the application servers.
    private static bool IsKey(string? key) => key is { Length: > 0 and <= MaxKeyLength } && key.All(c => c is >= ' ' and <= '~');
}

/// <summary>A page for users: whoever is not signed in is asked to first.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class UsersOnlyAttribute : Attribute;
