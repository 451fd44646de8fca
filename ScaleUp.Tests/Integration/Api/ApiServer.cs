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

/// <summary>One application server: the real program on a real port, since what Kestrel refuses is a part of the promise.</summary>
internal sealed class ApiServer : WebApplicationFactory<ScaleUpDbContext>
{
    public const string ServiceKey = "the-key-of-the-web-servers";
    public const string AdministratorName = "admin";
    public const string AdministratorPassword = "an administrator's password";

    private readonly string _connectionString;
    private readonly string? _deadline;

    /// <param name="connectionString">The database that all servers share.</param>
    /// <param name="deadline">How long a request may take; null for what is usual. Machines that run tests are slow.</param>
    public ApiServer(string connectionString, string? deadline = "00:00:20")
    {
        (_connectionString, _deadline) = (connectionString, deadline);
        UseKestrel(0);
    }

    /// <summary>By which deadlines and pauses pass; null for the system's.</summary>
    public TimeProvider? Clock { get; init; }

    /// <summary>Seconds after which Npgsql itself gives up; null for what is usual. With as many as it may have, nothing ends a request but the server's own deadline.</summary>
    public int? DatabaseTimeout { get; init; }

    /// <summary>How many accounts one source may register in a minute. All tests are one source.</summary>
    public int RegistrationsPerMinute { get; init; } = 1_000_000;

    /// <summary>Hashes passwords, one at a time; null for the real one.</summary>
    public IPasswordHasher<User>? Hasher { get; init; }

    /// <summary>Whether hashing is as slow as it should be. Passwords that protect nothing need not be slow.</summary>
    public bool IsHashingSlow { get; init; }

    /// <summary>Whether it has one connection string for everything, as before there were roles.</summary>
    public bool IsOfEarlierVersion { get; init; }

    /// <summary>Passwords that wait for their turn.</summary>
    public int PasswordQueue { get; init; } = 1000;

    /// <summary>What the server has logged of security.</summary>
    public FakeLogCollector Log => Services.GetFakeLogCollector();

    /// <summary>How many commands the database got.</summary>
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

        builder.ConfigureLogging(logging => logging.ClearProviders().AddFakeLogging(log => log.FilteredCategories = new HashSet<string> { typeof(SecurityLog).FullName! }));
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

    /// <summary>Starts the server and waits until it is ready for requests.</summary>
    public async Task<HttpClient> StartAsync()
    {
        StartServer();
        var client = CreateClient();
        await ReadyServer.WaitAsync(client.BaseAddress!);
        return client;
    }
}
