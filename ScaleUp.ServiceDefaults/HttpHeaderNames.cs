namespace ScaleUp.ServiceDefaults;

/// <summary>Names of HTTP headers that the web and application servers share.</summary>
public static class HttpHeaderNames
{
    /// <summary>
    /// Identifies a write: the API performs requests with the same key once. The website's forms use the same name for their field,
    /// and load balancers retry requests that have either.
    /// </summary>
    public const string IdempotencyKey = "Idempotency-Key";

    /// <summary>The secret by which an application server recognizes web servers.</summary>
    public const string ServiceKey = "X-Service-Key";

    /// <summary>The visitor's IP address; application servers accept it only together with <see cref="ServiceKey"/>.</summary>
    public const string ClientAddress = "X-Client-Address";
}
