using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace ScaleUp.Api.Idempotency;

/// <summary>A write that begins when this is executed, after whatever its endpoint had to do outside a transaction.</summary>
/// <param name="caller">Whose key it is.</param>
/// <param name="run">Makes the response; a <typeparamref name="TResult"/>, or a problem.</param>
/// <param name="mayReplay">Whether an answer may still be given to somebody; if not, the write is run again. Null for any.</param>
internal sealed class Once<TResult>(Guid caller, Func<Task<IResult>> run, Func<StoredResponse, Task<bool>>? mayReplay = null) : IResult, IEndpointMetadataProvider
    where TResult : IResult, IEndpointMetadataProvider
{
    public Task ExecuteAsync(HttpContext httpContext) => httpContext.RequestServices.GetRequiredService<IdempotentWrite>()
        .ExecuteAsync(httpContext, caller, async () => await (await run()).ExecuteAsync(httpContext), mayReplay);

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) => TResult.PopulateMetadata(method, builder);
}
