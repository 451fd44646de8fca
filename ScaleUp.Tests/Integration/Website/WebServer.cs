using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using ScaleUp.Tests.Api;
using ScaleUp.Web.ApiClient;

namespace ScaleUp.Tests.Website;

/// <summary>One web server on a real port, with real API servers behind it and simulated outages between them.</summary>
internal sealed class WebServer : WebApplicationFactory<ServedBy>
{
    private readonly IReadOnlyList<Uri> _api;
    private readonly string _name;
    private readonly TimeProvider? _clock;
    private readonly (string Name, string Value)[] _settings;

    public WebServer(string name, IReadOnlyList<Uri> api, OutageKind outage = OutageKind.None, TimeProvider? clock = null,
        params (string Name, string Value)[] settings)
    {
        Outage.Kind = outage;
        (_name, _api, _clock, _settings) = (name, api, clock, settings);
        UseKestrel(0);
        StartServer();
        Address = ClientOptions.BaseAddress;
    }

    public Uri Address { get; }

    public Outage Outage { get; } = new();

    public FakeLogCollector Log => Services.GetFakeLogCollector();

    public Task WaitUntilReadyAsync() => ReadyServer.WaitAsync(Address);

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (i, address) in _api.Index())
        {
            builder.UseSetting(string.Create(CultureInfo.InvariantCulture, $"services:api:http:{i}"), address.ToString());
        }

        builder.UseSetting("Services:Web:Key", ApiServer.ServiceKey);
        builder.UseSetting("ServerName", _name);
        foreach (var (name, value) in _settings)
        {
            builder.UseSetting(name, value);
        }

        builder.UseSetting("Drain:Delay", "00:00:00");
        // The tests take the place of the load balancers.
        builder.UseSetting("TrustedProxies", $"{IPAddress.Loopback}/32;{IPAddress.IPv6Loopback}/128");
        builder.ConfigureLogging(logging => logging.ClearProviders().AddFakeLogging());
        builder.ConfigureTestServices(services =>
        {
            services.ConfigureHttpClientDefaults(http => http.AddHttpMessageHandler(Outage.CreateHandler));
            services.AddTransient<IStartupFilter>(_ => Outage.CreateFilter());
            if (_clock is not null)
            {
                services.AddSingleton(_clock);
            }
        });
    }
}
