namespace ScaleUp.Web.ApiClient;

/// <summary>Addresses at the application servers.</summary>
internal static class ApiUrl
{
    /// <summary>The query that has those of the parameters that have a value.</summary>
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
