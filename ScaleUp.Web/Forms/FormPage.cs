using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using ScaleUp.ServiceDefaults;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Forms;

/// <summary>
/// A page with forms. Each form has an idempotency key, by which the API recognises a form that was submitted twice. After an error the
/// page shows the form again with the visitor's input. This includes an invalid antiforgery token, so the token is validated here and
/// not by ASP.NET Core's filter.
/// </summary>
[IgnoreAntiforgeryToken]
public abstract class FormPage : PageModel
{
    /// <summary>The form's field, and the header that passes the key to the API.</summary>
    internal const string KeyName = HttpHeaderNames.IdempotencyKey;

    // The API allows 128 characters; two are reserved for the suffix of SecondKey.
    private const int MaxKeyLength = 126;

    /// <summary>The idempotency key of the submitted form.</summary>
    [BindProperty(Name = KeyName)]
    public string? Key { get; set; }

    /// <summary>The idempotency key for a second write of the same form.</summary>
    protected string SecondKey => $"{Key}.2";

    /// <summary>The error of the form as a whole; null if there is none.</summary>
    public ApiProblem? Problem { get; private set; }

    /// <summary>
    /// The key for the form when it is shown again: the submitted one if the API may already have executed the write; null if it has
    /// rejected the write, since a corrected form is a new write.
    /// </summary>
    internal string? KeyToReuse
    {
        get
        {
            var isOutcomeUnknown = Problem is
            {
                Status: >= 500 or StatusCodes.Status401Unauthorized or StatusCodes.Status429TooManyRequests,
            };
            return isOutcomeUnknown || ReferenceEquals(Problem, ApiProblem.Expired) ? Key : null;
        }
    }

    /// <summary>Whether the page can show the visitor's input when the rest of it fails to load.</summary>
    protected virtual bool CanShowInputAlone => true;

    /// <summary>Loads what the page shows in addition to the visitor's input.</summary>
    /// <returns>Null for the page, or another result instead of it.</returns>
    protected virtual Task<IActionResult?> LoadAsync(CancellationToken cancellationToken) => Task.FromResult<IActionResult?>(null);

    /// <summary>On success, goes to the next page and shows a status message there; otherwise shows the form again.</summary>
    protected async Task<IActionResult> FinishAsync(
        ApiProblem? problem, string statusMessage, Func<IActionResult> next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(next);

        if (problem is not null)
        {
            return await RedisplayAsync(problem, cancellationToken);
        }

        TempData[StatusMessage.Name] = statusMessage;
        return next();
    }

    /// <summary>Shows the form again with the visitor's input and the errors.</summary>
    protected async Task<IActionResult> RedisplayAsync(ApiProblem problem, CancellationToken cancellationToken)
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
            var result = await LoadAsync(cancellationToken);
            return CanShowInputAlone ? Page() : result ?? Page();
        }
        catch (ApiUnavailableException) when (CanShowInputAlone)
        {
            return Page();
        }
    }

    /// <summary>Returns the result for a page that can't be read: a redirect to the sign-in page for 401, otherwise the status.</summary>
    protected IActionResult ToErrorResult(ApiProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);

        return problem.Status == StatusCodes.Status401Unauthorized ? RedirectToSignIn() : StatusCode(problem.Status);
    }

    private RedirectToPageResult RedirectToSignIn()
    {
        var returnUrl = HttpMethods.IsGet(Request.Method) ? Request.PathBase + Request.Path + Request.QueryString : null;
        return RedirectToPage("/SignIn", new { returnUrl });
    }

    /// <inheritdoc />
    [NonHandler]
    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);

        context.Result = await ValidateAsync(context.HttpContext.RequestAborted);
        if (context.Result is null)
        {
            await next();
        }
    }

    // Returns the result of a rejected request; null if the handler may run.
    private async Task<IActionResult?> ValidateAsync(CancellationToken cancellationToken)
    {
        var services = HttpContext.RequestServices;
        var isPost = HttpMethods.IsPost(Request.Method);
        if (HttpContext.GetEndpoint()?.Metadata.GetMetadata<RequireSignInAttribute>() is not null
            && !services.GetRequiredService<Visitor>().HasSession)
        {
            return isPost ? await RedisplayAsync(ApiProblem.SignedOut, cancellationToken) : RedirectToSignIn();
        }

        if (isPost && Request.ContentType?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) is not true)
        {
            return new UnsupportedMediaTypeResult();
        }

        if (isPost && !IsValidKey(Key))
        {
            return await RedisplayAsync(ApiProblem.Invalid("This form has expired. Please submit it again."), cancellationToken);
        }

        return await services.GetRequiredService<IAntiforgery>().IsRequestValidAsync(HttpContext)
            ? null
            : await RedisplayAsync(ApiProblem.Expired, cancellationToken);
    }

    // Restricted to what a header allows; the API checks the rest.
    private static bool IsValidKey(string? key) => key is { Length: > 0 and <= MaxKeyLength } && key.All(c => c is >= ' ' and <= '~');
}

/// <summary>Redirects visitors without a session from a page to the sign-in page.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequireSignInAttribute : Attribute;
