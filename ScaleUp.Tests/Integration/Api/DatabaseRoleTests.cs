using Npgsql;
using ScaleUp.AppHost;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Api;

/// <summary>No server connects as a superuser, and the role for requests cannot change the schema.</summary>
[Collection(nameof(ApiServers))]
public sealed class DatabaseRoleTests(ApiServers servers)
{
    private const string RelationsOfOtherOwners = $"""
        SELECT string_agg(relname, ', ') FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relowner <> '{DatabaseRoles.Owner}'::regrole
            AND relkind IN ('r', 'S', 'v', 'm', 'i')
        """;

    [Fact]
    public async Task No_server_connects_as_a_superuser()
    {
        await servers.A.ReadAsync("/articles");

        Assert.Equal(DatabaseRoles.Api, await servers.Postgres.ExecuteAsync(
            "SELECT string_agg(DISTINCT usename, ', ') FROM pg_stat_activity " +
            $"WHERE backend_type = 'client backend' AND application_name <> '{PostgresContainer.ApplicationName}' AND usename <> 'scaleup_owner'"));
        Assert.Equal(2L, await servers.Postgres.ExecuteAsync(
            $"SELECT count(*) FROM pg_roles WHERE rolname IN ('{DatabaseRoles.Owner}', '{DatabaseRoles.Api}') " +
            "AND NOT (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)"));
    }

    [Theory]
    [InlineData("CREATE TABLE stolen (n int)")]
    [InlineData("CREATE TEMPORARY TABLE stolen (n int)")]
    [InlineData("CREATE SCHEMA stolen")]
    [InlineData("CREATE FUNCTION stolen() RETURNS int LANGUAGE sql AS 'SELECT 1'")]
    [InlineData("CREATE EXTENSION hstore")]
    [InlineData("CREATE INDEX ON users (id)")]
    [InlineData("ALTER TABLE users ADD COLUMN stolen text")]
    [InlineData("DROP TABLE comments")]
    [InlineData("DROP INDEX ix_users_user_name_look")]
    [InlineData("DROP FUNCTION forget_html CASCADE")]
    [InlineData("TRUNCATE sessions")]
    [InlineData("SELECT rolpassword FROM pg_authid")]
    [InlineData("SELECT passwd FROM pg_shadow")]
    [InlineData("SET ROLE scaleup_owner")]
    [InlineData("ALTER ROLE scaleup_owner PASSWORD 'stolen'")]
    [InlineData("CREATE ROLE stolen")]
    [InlineData("CREATE DATABASE stolen")]
    [InlineData("COPY users TO PROGRAM 'cat'")]
    [InlineData("SELECT pg_read_file('/etc/passwd')")]
    [InlineData("DELETE FROM \"__EFMigrationsHistory\"")]
    public async Task The_role_for_requests_can_neither_change_the_schema_nor_read_secrets(string sql)
    {
        var exception = await Assert.ThrowsAsync<PostgresException>(
            () => PostgresContainer.ExecuteAsync(servers.Postgres.ConnectionString, sql));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, exception.SqlState);
    }

    [Fact]
    public async Task Tables_of_a_new_database_and_of_later_migrations_belong_to_the_owner_and_serve_requests()
    {
        Assert.Equal(DBNull.Value, await servers.Postgres.ExecuteAsync(RelationsOfOtherOwners));
        Assert.Equal("__EFMigrationsHistory", await servers.Postgres.ExecuteAsync($"""
            SELECT string_agg(relname, ', ') FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND NOT (
                has_table_privilege('{DatabaseRoles.Api}', oid, 'SELECT') AND has_table_privilege('{DatabaseRoles.Api}', oid, 'INSERT')
                AND has_table_privilege('{DatabaseRoles.Api}', oid, 'UPDATE') AND has_table_privilege('{DatabaseRoles.Api}', oid, 'DELETE'))
            """));

        await PostgresContainer.ExecuteAsync(
            servers.Postgres.OwnerConnectionString, "CREATE TABLE later (n int GENERATED ALWAYS AS IDENTITY, text text)");
        await PostgresContainer.ExecuteAsync(
            servers.Postgres.ConnectionString,
            "INSERT INTO later (text) VALUES ('one'); UPDATE later SET text = 'two'; DELETE FROM later");
        await PostgresContainer.ExecuteAsync(servers.Postgres.OwnerConnectionString, "DROP TABLE later");
    }

    [Fact]
    public async Task A_volume_from_before_the_roles_keeps_its_data_and_works_with_servers_of_both_versions()
    {
        var volume = $"roles-test-{Guid.NewGuid():n}";
        try
        {
            string name;
            await using (var before = await PostgresContainer.StartAsync(volume, hasRoles: false))
            {
                await using var previousVersion = new ApiServer(before.SuperuserConnectionString) { IsOfEarlierVersion = true };
                name = await RegisterAsync(new ApiClient(await previousVersion.StartAsync()));
                await before.ExecuteAsync(
                    "CREATE TYPE mood AS ENUM ('good'); CREATE SEQUENCE alone; " +
                    "CREATE VIEW people AS SELECT user_name FROM users; CHECKPOINT");
            }

            await using var after = await PostgresContainer.StartAsync(volume);
            await using var previousServer = new ApiServer(after.SuperuserConnectionString) { IsOfEarlierVersion = true };
            await using var server = new ApiServer(after.ConnectionString);
            var clients = await Task.WhenAll(Task.Run(previousServer.StartAsync), Task.Run(server.StartAsync));
            var (previous, current) = (new ApiClient(clients[0]), new ApiClient(clients[1]));

            await previous.SignInAsync(name, ApiServers.Password);
            await current.SignInAsync(name, ApiServers.Password);
            await current.ReadAsync($"/users/{await RegisterAsync(previous)}");
            await previous.ReadAsync($"/users/{await RegisterAsync(current)}");
            Assert.Equal(DBNull.Value, await after.ExecuteAsync(RelationsOfOtherOwners));
            // A later migration can change objects that the superuser created.
            await PostgresContainer.ExecuteAsync(after.OwnerConnectionString,
                "ALTER TABLE users ADD COLUMN later int; ALTER TABLE users DROP COLUMN later; ALTER TYPE mood ADD VALUE 'bad'; " +
                "DROP VIEW people; DROP SEQUENCE alone; ALTER TEXT SEARCH CONFIGURATION words RENAME TO former_words; " +
                "ALTER FUNCTION name_look RENAME TO former_look; CREATE EXTENSION IF NOT EXISTS unaccent");
        }
        finally
        {
            await ContainerClient.TryAsync(["volume", "rm", "--force", volume]);
        }
    }

    private static async Task<string> RegisterAsync(ApiClient client)
    {
        var name = ApiServers.NewName();
        var user = new { userName = name, displayName = $"User {name}", password = ApiServers.Password };
        await client.PostAsync("/users", user).MustBeAsync(201);
        return name;
    }
}
