namespace ScaleUp.Web;

/// <summary>Which servers made this page, in the order in which the request passed them. One instance a request.</summary>
public sealed class ServedBy
{
    private readonly List<string> _servers = [];

    /// <summary>For example <c>lb-1, web-2, lb-2, api-3</c>.</summary>
    public IReadOnlyList<string> Servers => _servers;

    /// <summary>Adds the server or servers named by a header value; without one, nothing.</summary>
    public void Add(string? names) =>
        _servers.AddRange((names ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}

internal static class ServedByExtensions
{
    /// <summary>The header in which a load balancer tells the server behind it which one it is.</summary>
    private const string LoadBalancerHeader = "X-Forwarded-Server";

    public static void AddServedBy(this WebApplicationBuilder builder)
    {
        // Aspire and every OpenTelemetry set-up name the instance by this variable.
        var self = builder.Configuration["OTEL_SERVICE_NAME"] ?? Environment.MachineName;

        builder.Services.AddHttpContextAccessor();
        builder.Services.AddScoped(services =>
        {
            var servedBy = new ServedBy();
            servedBy.Add(services.GetRequiredService<IHttpContextAccessor>().HttpContext?.Request.Headers[LoadBalancerHeader]);
            servedBy.Add(self);
            return servedBy;
        });
    }
}
