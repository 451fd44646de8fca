using System.Globalization;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using ScaleUp.Web.ApiClient;

namespace ScaleUp.Web.Security;

/// <summary>
/// The data-protection keys for forms and status messages, shared by all web servers, so that a form of one server is valid on another.
/// The API stores them, since web servers have no storage.
/// </summary>
internal sealed class SharedKeys(IHttpClientFactory clients) : IXmlRepository
{
    /// <summary>The setting with the secret that authenticates web servers to the API.</summary>
    public const string ServiceKeySetting = "Services:Web:Key";

    /// <summary>The HTTP client that reads and writes keys.</summary>
    public const string ClientName = "data-protection-keys";

    private const string Address = "internal/data-protection-keys";

    private sealed record StoredKey(string FriendlyName, string Xml);

    private const int BackgroundAttempts = 20;
    private static readonly TimeSpan s_backgroundDelay = TimeSpan.FromMilliseconds(500);

    private static readonly AsyncLocal<bool> s_isBackground = new();

    /// <summary>
    /// Makes the current asynchronous flow retry until application servers that start at the same time are ready. Other flows fail fast,
    /// because a visitor waits for them.
    /// </summary>
    public static void BeginBackgroundWork() => s_isBackground.Value = true;

    private IReadOnlyList<StoredKey>? _loaded;
    private int _count;

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        var keys = Interlocked.Exchange(ref _loaded, null)
            ?? Run(async http => await http.GetFromJsonAsync<ItemList<StoredKey>>(Address))!.Items;
        _count = keys.Count;
        return [.. keys.Select(key => XElement.Parse(key.Xml))];
    }

    /// <summary>
    /// Stores a key under its position in the list instead of its ID: if two servers create a key simultaneously, the API keeps the first.
    /// The second server gets no error, but reads the list again afterwards and uses the first server's key.
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

    /// <summary>
    /// Loads the keys for the next call of <see cref="GetAllElements"/>. ASP.NET Core logs an error whenever it can't read them, which is
    /// expected while the system starts.
    /// </summary>
    /// <returns>Whether the keys were loaded.</returns>
    public async Task<bool> TryLoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var http = clients.CreateClient(ApiExtensions.BackgroundClientName);
            _loaded = (await http.GetFromJsonAsync<ItemList<StoredKey>>(Address, cancellationToken))!.Items;
            return true;
        }
        catch (Exception exception)
            when (exception is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    // IXmlRepository is synchronous; ASP.NET Core calls it at startup and then once a day.
    private T Run<T>(Func<HttpClient, Task<T>> send) => Task.Run(async () =>
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var http = clients.CreateClient(s_isBackground.Value ? ApiExtensions.BackgroundClientName : ClientName);
                return await send(http);
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException
                && s_isBackground.Value && attempt < BackgroundAttempts)
            {
                await Task.Delay(s_backgroundDelay);
            }
        }
    }).GetAwaiter().GetResult();
}

internal static class SharedKeysExtensions
{
    public static void AddSharedKeys(this WebApplicationBuilder builder)
    {
        var serviceKey = builder.Configuration[SharedKeys.ServiceKeySetting];
        builder.Services.AddHttpClient(SharedKeys.ClientName, http => ApiExtensions.ConfigureApi(http, builder.Configuration));
        builder.Services.AddDataProtection().SetApplicationName("ScaleUp");
        builder.Services.AddSingleton<SharedKeys>();
        builder.Services.AddOptions<KeyManagementOptions>().Configure<SharedKeys>((options, keys) =>
        {
            options.XmlRepository = keys;
            options.XmlEncryptor = string.IsNullOrEmpty(serviceKey) ? null : new KeyEncryptor(serviceKey);
        });
    }
}
