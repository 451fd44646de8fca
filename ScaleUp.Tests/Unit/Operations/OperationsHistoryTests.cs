using ScaleUp.Web.Operations;

namespace ScaleUp.Tests.Operations;

/// <summary>The history records metrics and events.</summary>
public sealed class OperationsHistoryTests
{
    private static readonly DateTimeOffset s_start = new(2026, 11, 29, 1, 0, 0, TimeSpan.Zero);
    private readonly OperationsHistory _history = new();

    [Fact]
    public void There_is_a_point_every_5_seconds_for_the_last_15_minutes()
    {
        for (var second = 0; second < 20 * 60; second++)
        {
            Note(second, ServerState.Up);
        }

        Assert.Equal(180, _history.Points.Count);
        Assert.All(_history.Points.Zip(_history.Points.Skip(1)), pair => Assert.Equal(5, pair.Second.Time - pair.First.Time));
        Assert.Equal((s_start.ToUnixTimeSeconds() + (20 * 60) - 5, 12.5, 1),
            (_history.Points[^1].Time, _history.Points[^1].Tiers["api"].Requests, _history.Points[^1].Tiers["api"].InService));
    }

    [Fact]
    public void Each_state_change_is_an_event_with_its_time_and_reason()
    {
        Note(0, ServerState.Up);
        Note(1, ServerState.Up);
        Note(2, ServerState.Down, since: 1.5);
        Note(3, ServerState.Down, since: 1.5);
        Note(9, ServerState.Up, since: 8.5);
        Note(10, ServerState.Draining);
        Note(11, ServerState.Standby);
        Note(12, ServerState.Up);

        Assert.Equal(
            [(1.5, "api-2 is down (Connection refused)."), (8.5, "api-2 is back in service."), (10, "api-2 is draining."),
                (11, "api-2 is on standby."), (12, "api-2 was started.")],
            _history.Events.Select(e => ((e.Time - s_start).TotalSeconds, e.Text)));
    }

    [Fact]
    public void A_new_primary_is_an_event()
    {
        Note(0, ServerState.Up, role: "standby");
        Note(1, ServerState.Up, role: "primary");

        Assert.Equal("api-2 is now primary.", Assert.Single(_history.Events).Text);
    }

    [Fact]
    public void Each_command_of_an_administrator_is_one_event_in_order()
    {
        ServerAction[] actions =
        [
            new(s_start.AddSeconds(1), "api-2", "drain", "admin"),
            new(s_start.AddSeconds(3), "api-2", "return", "nora"),
        ];

        Note(0, ServerState.Up);
        Note(2, ServerState.Draining, since: 1.2, actions: actions[..1]);
        Note(3, ServerState.Draining, since: 1.2, actions: actions[..1]);
        Note(4, ServerState.Up, since: 3.2, actions: actions);

        Assert.Equal(
            [("admin drained api-2.", "admin"), ("api-2 is draining.", ""), ("nora returned api-2 to service.", "nora"),
                ("api-2 is back in service.", "")],
            _history.Events.Select(e => (e.Text, e.By)));
    }

    [Fact]
    public void The_last_50_events_are_kept()
    {
        for (var second = 0; second < 200; second++)
        {
            Note(second, second % 2 == 0 ? ServerState.Up : ServerState.Down);
        }

        Assert.Equal((50, s_start.AddSeconds(199)), (_history.Events.Count, _history.Events[^1].Time));
    }

    private void Note(
        double second, ServerState state, double? since = null, string role = "", IReadOnlyList<ServerAction>? actions = null)
    {
        var server = new ServerView("api-2", state)
        {
            Since = since is { } s ? s_start.AddSeconds(s) : null,
            Check = state == ServerState.Down ? "Connection refused" : "",
            Role = role,
            Requests = 12.5,
        };
        _history.Note(new OperationsView(s_start.AddSeconds(second), "web-1", [new("api", "API servers", [server])], []), actions);
    }
}
