using System.Net;
using Aspire.Hosting.HAProxy;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using ScaleUp.Api.Cleanup;
using ScaleUp.Api.Data;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Api;

/// <summary>The API servers' use of the database: outages, migrations and cleanup.</summary>
[Collection(nameof(ApiServers))]
public sealed class DatabaseTests(ApiServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hanging_database_causes_503_within_the_load_balancers_timeout_and_requests_succeed_after_recovery()
    {
        Assert.True(DeadlineClock.Deadline < new HAProxySettings().AttemptTimeout);
        var user = await servers.NewUserAsync();
        var clock = new DeadlineClock();
        await using var server = new ApiServer(servers.Postgres.ConnectionString, deadline: null) { Clock = clock, DatabaseTimeout = 60 };
        var client = new ApiClient(await server.StartAsync());
        await user.At(client).ReadAsync("/me/articles");
        var before = clock.Entered;
        await servers.Postgres.PauseAsync();
        try
        {
            // One request uses a pooled connection; the others need new ones.
            var asked = Task.WhenAll(
                client.GetAsync("/articles"), client.GetAsync("/search?q=server"), user.At(client).GetAsync("/me/articles"),
                user.At(client).PutAsync("/users/me", new { displayName = "Never" }), client.GetAsync("/articles/state-has-one-home"));
            await Eventually.TrueAsync(() => clock.Entered - before == 5,
                () => Task.FromResult($"{clock.Entered - before} of 5 requests have reached the database."));
            clock.Advance(DeadlineClock.Deadline - TimeSpan.FromMilliseconds(1));
            Assert.False(asked.IsCompleted);

            clock.Advance(TimeSpan.FromMilliseconds(1));

            foreach (var response in await asked)
            {
                await response.MustBeProblemAsync(503);
                Assert.NotNull(response.Headers.RetryAfter);
            }
        }
        finally
        {
            await servers.Postgres.UnpauseAsync();
        }

        // Single requests probe whether the database is back.
        await Eventually.TrueAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return (await client.GetAsync("/articles")).StatusCode == HttpStatusCode.OK;
            },
            () => Task.FromResult("The database is back, but requests still fail."));
        Assert.NotEqual("Never", (await user.ReadAsync("/sessions/current")).GetProperty("user").GetProperty("displayName").GetString());
    }

    [Fact]
    public async Task The_migration_connection_with_its_lock_and_without_timeouts_is_not_reused_for_requests()
    {
        await using var server = new ApiServer(servers.Postgres.ConnectionString);
        await server.StartAsync();

        // Returning a connection to the pool does not reset it, so the migration connection must not be pooled.
        await Eventually.TrueAsync(
            async () => await servers.Postgres.ExecuteAsync(
                $"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {DatabaseMigrator.LockKey}") is 0L,
            () => Task.FromResult("A connection still holds the migration lock."));
    }

    [Fact]
    public async Task Expired_rows_are_deleted_by_one_server_at_a_time()
    {
        var user = await servers.NewUserAsync();
        var kept = await servers.A.SignInAsync(user.UserName, ApiServers.Password);
        await servers.Postgres.ExecuteAsync($"""
            INSERT INTO sessions (id, user_id, token_hash, device, created_at, last_seen_at, expires_at)
            SELECT gen_random_uuid(), id, sha256(n::text::bytea), 'old', now(), now(), now() - interval '1 second'
            FROM users, generate_series(1, 2500) AS n WHERE user_name = '{user.UserName}';
            INSERT INTO idempotent_answers (caller, key_hash, fingerprint, created_at)
            SELECT gen_random_uuid(), sha256(n::text::bytea), 'x', now() - interval '25 hours' FROM generate_series(1, 1200) AS n
            """);
        var cleaner = servers.Service<ExpiredDataCleanup>();

        await using (var connection = new Npgsql.NpgsqlConnection(servers.Postgres.ConnectionString))
        {
            await connection.OpenAsync(Cancellation);
            await using var command = new Npgsql.NpgsqlCommand($"SELECT pg_advisory_lock({ExpiredDataCleanup.LockKey})", connection);
            await command.ExecuteNonQueryAsync(Cancellation);
            Assert.Equal(0, await cleaner.CleanAsync(Cancellation));
            command.CommandText = $"SELECT pg_advisory_unlock({ExpiredDataCleanup.LockKey})";
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        await cleaner.CleanAsync(Cancellation);

        Assert.Equal(0L, await servers.Postgres.ExecuteAsync("SELECT count(*) FROM sessions WHERE expires_at < now()"));
        Assert.Equal(0L, await servers.Postgres.ExecuteAsync(
            "SELECT count(*) FROM idempotent_answers WHERE created_at < now() - interval '24 hours'"));
        await kept.ReadAsync("/sessions/current");
    }

    [Fact]
    public async Task Articles_written_before_the_introduction_of_users_keep_their_authors()
    {
        await servers.Postgres.ExecuteAsync($"CREATE DATABASE earlier OWNER {AppHost.DatabaseRoles.Owner}");
        var options = new DbContextOptionsBuilder<ScaleUpDbContext>()
            .UseNpgsql($"{servers.Postgres.OwnerConnectionString};Database=earlier;Pooling=false").UseSnakeCaseNamingConvention().Options;
        await using var database = new ScaleUpDbContext(options);
        await database.GetService<IMigrator>().MigrateAsync("CreateArticles", Cancellation);
        await database.Database.ExecuteSqlAsync($"""
            INSERT INTO articles (id, slug, title, summary, body, author, published_at)
            SELECT gen_random_uuid(), 'old-' || n, 'Old', 'Old', 'An old plumbus',
              CASE WHEN n = 3 THEN 'Jonas Keller' ELSE 'Ada Brandt' END, '2026-09-01'
            FROM generate_series(1, 3) AS n
            """, Cancellation);

        await database.Database.MigrateAsync(Cancellation);

        Assert.False(database.Database.HasPendingModelChanges());
        var articles = await database.Articles.Include(a => a.Author).OrderBy(a => a.Slug).ToListAsync(Cancellation);
        Assert.Equal(["Ada Brandt", "Ada Brandt", "Jonas Keller"], articles.Select(a => a.Author!.DisplayName));
        Assert.Equal("ada.brandt", articles[0].Author!.UserName);
        Assert.Equal(3, await database.Articles.CountAsync(a => a.SearchVector.Matches("plumbus") && a.Version == 1, Cancellation));
    }

    [Fact]
    public async Task Several_servers_create_the_configured_administrator_once()
    {
        Assert.Equal(1L, await servers.Postgres.ExecuteAsync("SELECT count(*) FROM users WHERE is_administrator"));
        var account = (await servers.Administrator.At(servers.B).ReadAsync("/sessions/current")).GetProperty("user");
        Assert.True(account.GetProperty("isAdministrator").GetBoolean());
    }
}
