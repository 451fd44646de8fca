using System.Globalization;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using ScaleUp.ServiceDefaults;
using ScaleUp.Web.ApiClient;

namespace ScaleUp.Web.Security;

/// <summary>
/// The data-protection keys of forms and notices, shared by all web servers: a form from one server must be valid at the next.
/// The application servers store them, since web servers have no storage.
/// </summary>
internal sealed class SharedKeys(IHttpClientFactory clients) : IXmlRepository
{
    /// <summary>The secret that web servers have in common, by which application servers recognise them.</summary>
    public const string ServiceKeySetting = "Services:Web:Key";

    /// <summary>The header that has it.</summary>
    public const string ServiceKeyHeader = HttpHeaderNames.ServiceKey;

    /// <summary>The HTTP client that reads and writes keys.</summary>
    public const string ClientName = "data-protection-keys";

    /// <summary>The HTTP client for background work, which sends each request once.</summary>
    public const string BackgroundClientName = "data-protection-keys-background";

    private const string Address = "internal/data-protection-keys";

    private sealed record StoredKey(string FriendlyName, string Xml);

    private const int BackgroundAttempts = 20;
    private static readonly TimeSpan s_backgroundPause = TimeSpan.FromMilliseconds(500);

    private static readonly AsyncLocal<bool> s_isBackground = new();

    /// <summary>
    /// Makes the current asynchronous flow wait for application servers that start at the same time, and respond with 503 until
    /// they are fast enough. Without it a visitor waits, and a failure has to be quick.
    /// </summary>
    public static void BeginBackgroundWork() => s_isBackground.Value = true;

    private IReadOnlyList<StoredKey>? _loaded;
    private int _count;

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        var keys = Interlocked.Exchange(ref _loaded, null) ?? Run(async http => await http.GetFromJsonAsync<ItemList<StoredKey>>(Address))!.Items;
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

    /// <summary>
    /// Loads the keys for the next call of <see cref="GetAllElements"/>. ASP.NET Core logs an error each time that it cannot read them,
    /// which would be wrong while the system starts.
    /// </summary>
    /// <returns>Whether the application servers have answered.</returns>
    public async Task<bool> TryLoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var http = clients.CreateClient(BackgroundClientName);
            _loaded = (await http.GetFromJsonAsync<ItemList<StoredKey>>(Address, cancellationToken))!.Items;
            return true;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    // The interface is synchronous. ASP.NET Core calls it at the start, and then once a day.
    private T Run<T>(Func<HttpClient, Task<T>> send) => Task.Run(async () =>
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var http = clients.CreateClient(s_isBackground.Value ? BackgroundClientName : ClientName);
                return await send(http);
            }
            catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException && s_isBackground.Value && attempt < BackgroundAttempts)
            {
                await Task.Delay(s_backgroundPause);
            }
        }
    }).GetAwaiter().GetResult();
}

internal static class SharedKeysExtensions
{
    private static readonly TimeSpan s_backgroundTimeout = TimeSpan.FromSeconds(2);

    public static void AddSharedKeys(this WebApplicationBuilder builder)
    {
        var serviceKey = builder.Configuration[SharedKeys.ServiceKeySetting];
        builder.Services.AddHttpClient(SharedKeys.ClientName, Configure);
#pragma warning disable EXTEXP0001 // Experimental: the way to leave out handlers that all clients have.
        builder.Services.AddHttpClient(SharedKeys.BackgroundClientName, Configure).ConfigureHttpClient(http => http.Timeout = s_backgroundTimeout).RemoveAllResilienceHandlers();
#pragma warning restore EXTEXP0001
        builder.Services.AddDataProtection().SetApplicationName("ScaleUp");
        builder.Services.AddSingleton<SharedKeys>();
        builder.Services.AddOptions<KeyManagementOptions>().Configure<SharedKeys>((options, keys) =>
        {
            options.XmlRepository = keys;
            options.XmlEncryptor = string.IsNullOrEmpty(serviceKey) ? null : new KeyEncryptor(serviceKey);
        });

        void Configure(HttpClient http)
        {
            http.BaseAddress = ApiExtensions.Address;
            http.DefaultRequestHeaders.Add(SharedKeys.ServiceKeyHeader, serviceKey);
        }
    }
}
