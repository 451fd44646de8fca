using System.Globalization;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using ScaleUp.Web.Api;

namespace ScaleUp.Web.Security;

/// <summary>
/// The keys by which web servers protect forms and notices. All have the same, or a form from one would be refused by the
/// next; they keep them with the application servers, having no place of their own.
/// </summary>
internal sealed class SharedKeys(IHttpClientFactory clients) : IXmlRepository
{
    public const string ClientName = "data-protection-keys";
    private const string Address = "internal/data-protection-keys";

    private sealed record StoredKey(string FriendlyName, string Xml);

    private int _count;

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        var keys = Run(async http => await http.GetFromJsonAsync<Whole<StoredKey>>(Address))!.Items;
        _count = keys.Count;
        return [.. keys.Select(key => XElement.Parse(key.Xml))];
    }

    /// <summary>
    /// A key is named after its place in the list, not by its id: of two servers that find out at the same time that a new one
    /// is needed, the first makes it. The second is not told, but reads the list again after this and finds the other's.
    /// </summary>
    public void StoreElement(XElement element, string friendlyName)
    {
        var name = element.Name == "key" ? string.Create(CultureInfo.InvariantCulture, $"key-{_count + 1}") : friendlyName;
        Run(async http =>
        {
            using var response = await http.PostAsJsonAsync(Address, new StoredKey(name, element.ToString(SaveOptions.DisableFormatting)));
            return response.EnsureSuccessStatusCode().StatusCode;
        });
    }

    // The interface knows no waiting. It is asked when the server starts, and then once a day.
    private T Run<T>(Func<HttpClient, Task<T>> ask) => Task.Run(async () =>
    {
        using var http = clients.CreateClient(ClientName);
        return await ask(http);
    }).GetAwaiter().GetResult();
}

internal static class SharedKeysExtensions
{
    private const string SettingName = "Services:Web:Key";

    public static void AddSharedKeys(this WebApplicationBuilder builder)
    {
        builder.Services.AddHttpClient(SharedKeys.ClientName, http =>
        {
            http.BaseAddress = ApiExtensions.Address;
            http.DefaultRequestHeaders.Add("X-Service-Key", builder.Configuration[SettingName]);
        });
        builder.Services.AddDataProtection().SetApplicationName("ScaleUp");
        builder.Services.AddOptions<KeyManagementOptions>().Configure<IHttpClientFactory>((options, clients) => options.XmlRepository = new SharedKeys(clients));
    }
}
