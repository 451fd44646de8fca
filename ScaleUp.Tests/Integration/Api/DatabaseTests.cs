using System.Net;
using Aspire.Hosting.HAProxy;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using ScaleUp.Api.Cleanup;
using ScaleUp.Api.Data;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Api;

/// <summary>What the servers ask of their database, and what they do without it.</summary>
[Collection(nameof(ApiServers))]
public sealed class DatabaseTests(ApiServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_database_that_hangs_is_admitted_before_a_load_balancer_loses_patience_and_forgotten_when_it_is_back()
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
            // One on a connection of the pool, several that need new ones.
            var asked = Task.WhenAll(
                client.GetAsync("/articles"), client.GetAsync("/search?q=server"), user.At(client).GetAsync("/me/articles"),
                user.At(client).PutAsync("/users/me", new { displayName = "Never" }), client.GetAsync("/articles/state-has-one-home"));
            await Eventually.TrueAsync(() => clock.Entered - before == 5, () => Task.FromResult($"{clock.Entered - before} requests came."));
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

        // One after the other finds out whether it is back.
        await Eventually.TrueAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return (await client.GetAsync("/articles")).StatusCode == HttpStatusCode.OK;
            },
            () => Task.FromResult("The database is back and is not asked."));
        Assert.NotEqual("Never", (await user.ReadAsync("/sessions/current")).GetProperty("user").GetProperty("displayName").GetString());
    }

    [Fact]
    public async Task No_request_gets_the_connection_of_the_migrations_with_its_lock_and_without_limits()
    {
        await using var server = new ApiServer(servers.Postgres.ConnectionString);
        await server.StartAsync();

        // Nothing is put back when a connection goes to the pool, so it must not go there.
        await Eventually.TrueAsync(
            async () => await servers.Postgres.ExecuteAsync($"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {DatabaseMigrator.LockKey}") is 0L,
            () => Task.FromResult("A connection still has the lock of the migrations."));
    }

    [Fact]
    public async Task What_has_expired_is_deleted_by_one_server_at_a_time()
    {
        var user = await servers.NewUserAsync();
        var kept = await servers.A.SignInAsync(user.UserName, ApiServers.Password);
        await servers.Postgres.ExecuteAsync($"""
            INSERT INTO sessions (id, user_id, token_hash, device, created_at, last_seen_at, expires_at)
            SELECT gen_random_uuid(), id, sha256(n::text::bytea), 'old', now(), now(), now() - interval '1 second' FROM users, generate_series(1, 2500) AS n WHERE user_name = '{user.UserName}';
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
        Assert.Equal(0L, await servers.Postgres.ExecuteAsync("SELECT count(*) FROM idempotent_answers WHERE created_at < now() - interval '24 hours'"));
        await kept.ReadAsync("/sessions/current");
    }

    [Fact]
    public async Task Articles_from_before_there_were_users_keep_their_authors()
    {
        await servers.Postgres.ExecuteAsync($"CREATE DATABASE earlier OWNER {AppHost.DatabaseRoles.Owner}");
        var options = new DbContextOptionsBuilder<ScaleUpDbContext>()
            .UseNpgsql($"{servers.Postgres.OwnerConnectionString};Database=earlier;Pooling=false").UseSnakeCaseNamingConvention().Options;
        await using var database = new ScaleUpDbContext(options);
        await database.GetService<IMigrator>().MigrateAsync("CreateArticles", Cancellation);
        await database.Database.ExecuteSqlAsync($"""
            INSERT INTO articles (id, slug, title, summary, body, author, published_at)
            SELECT gen_random_uuid(), 'old-' || n, 'Old', 'Old', 'An old plumbus', CASE WHEN n = 3 THEN 'Jonas Keller' ELSE 'Ada Brandt' END, '2026-09-01' FROM generate_series(1, 3) AS n
            """, Cancellation);

        await database.Database.MigrateAsync(Cancellation);

        Assert.False(database.Database.HasPendingModelChanges());
        var articles = await database.Articles.Include(a => a.Author).OrderBy(a => a.Slug).ToListAsync(Cancellation);
        Assert.Equal(["Ada Brandt", "Ada Brandt", "Jonas Keller"], articles.Select(a => a.Author!.DisplayName));
        Assert.Equal("ada.brandt", articles[0].Author!.UserName);
        Assert.Equal(3, await database.Articles.CountAsync(a => a.SearchVector.Matches("plumbus") && a.Version == 1, Cancellation));
    }

    [Fact]
    public async Task An_administrator_of_the_settings_is_created_once_by_however_many_servers()
    {
        Assert.Equal(1L, await servers.Postgres.ExecuteAsync("SELECT count(*) FROM users WHERE is_administrator"));
        var account = (await servers.Administrator.At(servers.B).ReadAsync("/sessions/current")).GetProperty("user");
        Assert.True(account.GetProperty("isAdministrator").GetBoolean());
    }
}
