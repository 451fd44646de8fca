using System.Net;
using ScaleUp.Api.Idempotency;

namespace ScaleUp.Tests.Api;

/// <summary>A write takes effect once, however often and to whichever server it is sent.</summary>
[Collection(nameof(ApiServers))]
public sealed class IdempotencyTests(ApiServers servers)
{
    private static object Draft(string title) => new { title, summary = "", markdown = "M", tags = Array.Empty<string>() };

    [Fact]
    public async Task Fifty_parallel_requests_with_one_key_to_two_servers_create_one_article()
    {
        var author = await servers.NewUserAsync();
        var (key, title) = (Guid.NewGuid().ToString(), $"Once {Guid.NewGuid():n}");

        var responses = await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(i => author.At(i % 2 == 0 ? servers.A : servers.B).PostAsync("/articles", Draft(title), key: key)));

        var bodies = await Task.WhenAll(responses.Select(r => r.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
        Assert.True(responses.All(r => r.StatusCode == HttpStatusCode.Created),
            string.Join('\n', responses.Select((r, i) => $"{(int)r.StatusCode} {bodies[i]}").Distinct()));
        Assert.Single(bodies.Distinct());
        Assert.Single(responses, r => !r.Headers.Contains("Idempotency-Replayed"));
        Assert.Equal(1, (await author.ReadAsync("/me/articles")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task The_other_server_replays_status_body_etag_and_location()
    {
        var author = await servers.NewUserAsync();
        var first = await author.PostAsync("/articles", Draft("Replayed " + author.UserName), key: "one");
        var second = await author.At(servers.B).PostAsync("/articles", Draft("Replayed " + author.UserName), key: "one");

        Assert.Equal((first.StatusCode, first.Headers.ETag, first.Headers.Location),
            (second.StatusCode, second.Headers.ETag, second.Headers.Location));
        Assert.Equal(first.Content.Headers.ContentType, second.Content.Headers.ContentType);
        Assert.Equal(await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            await second.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Signing_in_twice_with_one_key_returns_the_same_token()
    {
        var user = await servers.NewUserAsync();
        var key = Guid.NewGuid().ToString();
        var request = new { userName = user.UserName, password = ApiServers.Password, device = "twice" };
        var first = await (await servers.A.PostAsync("/sessions", request, key: key).MustBeAsync(201)).JsonAsync();
        var second = await (await servers.B.PostAsync("/sessions", request, key: key).MustBeAsync(201)).JsonAsync();

        Assert.Equal(first.GetProperty("token").GetString(), second.GetProperty("token").GetString());
        Assert.Equal(2, (await user.ReadAsync("/sessions")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_retried_request_with_a_wrong_password_counts_once()
    {
        var user = await servers.NewUserAsync();
        for (var i = 0; i < 8; i++)
        {
            await (await servers.A.PostAsync("/sessions", new { userName = user.UserName, password = "the same guess", device = "" },
                key: $"guess-{user.UserName}")).MustBeProblemAsync(401);
        }

        await servers.B.SignInAsync(user.UserName, ApiServers.Password);
    }

    [Fact]
    public async Task A_key_is_valid_for_one_request_of_one_caller()
    {
        var author = await servers.NewUserAsync();
        var (key, slug) = (Guid.NewGuid().ToString(), await author.WriteAsync());
        await author.PostAsync("/articles", Draft($"Key {key}"), key: key).MustBeAsync(201);

        await (await author.At(servers.B).PostAsync("/articles", Draft("Another"), key: key)).MustBeProblemAsync(422);
        await (await author.PostAsync($"/articles/{slug}/comments", Draft($"Key {key}"), key: key)).MustBeProblemAsync(422);
        await (await author.PutAsync("/users/me", Draft($"Key {key}"), key: key)).MustBeProblemAsync(422);
        await (await servers.NewUserAsync()).PostAsync("/articles", Draft($"Other {key}"), key: key).MustBeAsync(201);
    }

    [Fact]
    public async Task Retrying_a_refused_request_changes_nothing()
    {
        var author = await servers.NewUserAsync();
        var title = $"Taken {Guid.NewGuid():n}";
        await (await servers.NewUserAsync()).WriteAsync(title: title);

        for (var i = 0; i < 2; i++)
        {
            await (await author.PostAsync("/articles", Draft(title), key: "refused")).MustBeProblemAsync(409);
        }

        Assert.Equal(0, (await author.ReadAsync("/me/articles")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Refused_requests_store_nothing_that_could_fill_the_database()
    {
        var author = await servers.NewUserAsync();
        var title = $"Refused {Guid.NewGuid():n}";
        await (await servers.NewUserAsync()).WriteAsync(title: title);
        var before = await CountAsync();

        await (await author.PostAsync("/articles", Draft(title))).MustBeProblemAsync(409);
        await (await author.PostAsync("/articles", Draft(""))).MustBeProblemAsync(400);
        await (await author.PostAsync("/articles/there-is-none/comments", new { markdown = "M" })).MustBeProblemAsync(404);
        await (await author.PutAsync("/articles/state-has-one-home", Draft("T"), version: 1)).MustBeProblemAsync(403);
        await (await author.PutAsync("/users/me/password",
            new { currentPassword = "wrong", newPassword = "another horse, another battery" })).MustBeProblemAsync(400);
        await (await servers.A.PostAsync(
            "/users", new { userName = author.UserName, displayName = "Again", password = ApiServers.Password })).MustBeProblemAsync(409);
        await (await servers.A.PostAsync("/users", new { userName = "a!", displayName = "", password = "short" })).MustBeProblemAsync(400);
        await (await servers.A.PostAsync("/sessions", new { userName = author.UserName, password = "wrong", device = "" }))
            .MustBeProblemAsync(401);

        Assert.Equal(before, await CountAsync());

        Task<object?> CountAsync() => servers.Postgres.ExecuteAsync("SELECT count(*) FROM idempotent_answers");
    }

    [Theory]
    [InlineData(1500, 10)]
    [InlineData(50, 1_000_000)]
    public async Task One_caller_cannot_fill_the_database_with_stored_responses_and_retries_are_still_replayed(int rows, int bytes)
    {
        var author = await servers.NewUserAsync();
        var id = (await author.ReadAsync("/sessions/current")).GetProperty("user").GetProperty("id").GetString();
        await servers.Postgres.ExecuteAsync(
            $"""
            INSERT INTO idempotent_answers (caller, key_hash, fingerprint, answer, created_at)
            SELECT '{id}', decode(md5(n::text), 'hex'), '', convert_to(repeat('x', {bytes}), 'UTF8'), now() - interval '1 hour'
            FROM generate_series(1, {rows}) n
            """);

        await author.PostAsync("/articles", Draft($"Kept {author.UserName}"), key: "kept").MustBeAsync(201);
        var again = await author.At(servers.B).PostAsync("/articles", Draft($"Kept {author.UserName}"), key: "kept").MustBeAsync(201);

        Assert.True(again.Headers.Contains("Idempotency-Replayed"));
        Assert.InRange(
            (long)(await servers.Postgres.ExecuteAsync($"SELECT count(*) FROM idempotent_answers WHERE caller = '{id}'"))!,
            1, IdempotentWrite.MaxRecords);
        Assert.InRange(
            (long)(await servers.Postgres.ExecuteAsync($"SELECT sum(octet_length(answer)) FROM idempotent_answers WHERE caller = '{id}'"))!,
            1, IdempotentWrite.MaxBytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("129")]
    public async Task A_write_without_a_valid_key_is_refused(string key)
    {
        var author = await servers.NewUserAsync();
        var headers = key.Length == 0
            ? null
            : new Dictionary<string, string> { ["Idempotency-Key"] = key == "129" ? new string('k', 129) : key };
        var problem = await (await author.SendAsync(HttpMethod.Post, "/articles", Draft("No key"), key: "", headers))
            .MustBeProblemAsync(400);

        Assert.True(problem.GetProperty("errors").TryGetProperty("Idempotency-Key", out _));
    }
}
