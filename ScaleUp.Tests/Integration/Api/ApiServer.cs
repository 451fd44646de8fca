using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using ScaleUp.Api.Data;
using ScaleUp.Api.Security;
using ScaleUp.Api.Users;

namespace ScaleUp.Tests.Api;

/// <summary>One API server on a real Kestrel port, because the tests also cover requests that Kestrel itself rejects.</summary>
internal sealed class ApiServer : WebApplicationFactory<ScaleUpDbContext>
{
    public const string ServiceKey = "the-key-of-the-web-servers";
    public const string AdministratorName = "admin";
    public const string AdministratorPassword = "an administrator's password";

    private readonly string _connectionString;
    private readonly string? _deadline;

    /// <param name="connectionString">The connection string of the database that all servers share.</param>
    /// <param name="deadline">The request timeout; null for the production value. Test machines may need a longer one.</param>
    public ApiServer(string connectionString, string? deadline = "00:00:20")
    {
        (_connectionString, _deadline) = (connectionString, deadline);
        UseKestrel(0);
    }

    /// <summary>The clock of deadlines and pauses; null for the system clock.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>
    /// Npgsql's command timeout in seconds; null for the production value. With the maximum, only the server's own deadline ends a request.
    /// </summary>
    public int? DatabaseTimeout { get; init; }

    /// <summary>The number of accounts that one source may register per minute; all tests share one source.</summary>
    public int RegistrationsPerMinute { get; init; } = 1_000_000;

    /// <summary>The password hasher, limited to one hash at a time; null for the production hasher.</summary>
    public IPasswordHasher<User>? Hasher { get; init; }

    /// <summary>Whether hashing uses the production iteration count; test passwords protect nothing and may be hashed faster.</summary>
    public bool IsHashingSlow { get; init; }

    /// <summary>Whether one connection string serves all purposes, as before the introduction of database roles.</summary>
    public bool IsOfEarlierVersion { get; init; }

    /// <summary>The queue of passwords to hash.</summary>
    public int PasswordQueue { get; init; } = 1000;

    /// <summary>The server's security log.</summary>
    public FakeLogCollector Log => Services.GetFakeLogCollector();

    /// <summary>Counts the commands sent to the database.</summary>
    public CommandCounter Commands { get; } = new();

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseSetting("ConnectionStrings:scaleup", _connectionString);
        if (!IsOfEarlierVersion)
        {
            builder.UseSetting("ConnectionStrings:migrations", PostgresContainer.OwnerOf(_connectionString));
        }

        builder.UseSetting("Services:Web:Key", ServiceKey);
        builder.UseSetting("Seed:Administrator:UserName", AdministratorName);
        builder.UseSetting("Seed:Administrator:Password", AdministratorPassword);
        builder.UseSetting("Drain:Delay", "00:00:00");
        builder.UseSetting("Passwords:RegistrationsPerMinute", $"{RegistrationsPerMinute}");
        builder.UseSetting("Passwords:Queue", $"{PasswordQueue}");
        if (Hasher is not null)
        {
            builder.UseSetting("Passwords:Parallel", "1");
        }

        if (_deadline is not null)
        {
            builder.UseSetting("Database:Deadline", _deadline);
        }

        if (DatabaseTimeout is { } seconds)
        {
            builder.UseSetting("Database:ConnectTimeout", $"{seconds}");
            builder.UseSetting("Database:CommandTimeout", $"{seconds}");
        }

        builder.ConfigureLogging(logging => logging.ClearProviders()
            .AddFakeLogging(log => log.FilteredCategories = new HashSet<string> { typeof(SecurityLog).FullName! }));
        builder.ConfigureTestServices(services =>
        {
            services.ConfigureDbContext<ScaleUpDbContext>(options => options.AddInterceptors(Commands));
            if (!IsHashingSlow)
            {
                services.Configure<PasswordHasherOptions>(options => options.IterationCount = 1000);
            }

            if (Hasher is not null)
            {
                services.AddSingleton(Hasher);
            }

            if (Clock is not null)
            {
                services.AddSingleton(Clock);
            }
        });
    }

    /// <summary>Starts the server and waits for its readiness.</summary>
    public async Task<HttpClient> StartAsync()
    {
        StartServer();
        var client = CreateClient();
        await ReadyServer.WaitAsync(client.BaseAddress!);
        return client;
    }
}
