namespace ScaleUp.Web.ApiClient;

/// <summary>Builds URLs of the API.</summary>
internal static class ApiUrl
{
    /// <summary>Returns a query string of the parameters that have a value; empty if none has.</summary>
    public static string Query(params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = QueryString.Empty;
        foreach (var (name, value) in parameters)
        {
            query = value is null ? query : query.Add(name, value);
        }

        return query.ToString();
    }
}
