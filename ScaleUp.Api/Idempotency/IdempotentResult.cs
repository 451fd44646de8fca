using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace ScaleUp.Api.Idempotency;

/// <summary>
/// A result whose execution performs the idempotent write, so that the endpoint can do slow work before the transaction starts.
/// </summary>
/// <param name="caller">The caller that the key belongs to.</param>
/// <param name="run">Performs the write; returns a <typeparamref name="TResult"/> or a problem.</param>
/// <param name="canReplay">Whether a stored response may be replayed; if not, the write runs again. Null to replay always.</param>
internal sealed class IdempotentResult<TResult>(
    Guid caller, Func<Task<IResult>> run, Func<StoredResponse, Task<bool>>? canReplay = null) : IResult, IEndpointMetadataProvider
    where TResult : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext) => httpContext.RequestServices.GetRequiredService<IdempotentWrite>()
        .ExecuteAsync(httpContext, caller, async () => await (await run()).ExecuteAsync(httpContext), canReplay);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) => TResult.PopulateMetadata(method, builder);
}
