using ScaleUp.Capacity;
using ScaleUp.Tests.Drills;

namespace ScaleUp.Tests.Simulation;

public sealed class ProgramTests
{
    [Theory]
    [InlineData("", "there must be a command: costs, plan, run, size")]
    [InlineData("simulate", "there is no command 'simulate': costs, plan, run, size")]
    [InlineData("run --rate", "--rate needs a value")]
    [InlineData("run --rate many", "--rate must be a number from 0.1 to 10000000, not 'many'")]
    [InlineData("run --rate 1e3", "--rate must be a number from 0.1 to 10000000, not '1e3'")]
    [InlineData("run --web 1.5", "--web must be a whole number from 1 to 10000, not '1.5'")]
    [InlineData("run --web 0", "--web must be a number from 1 to 10000, not '0'")]
    [InlineData("run --colour blue", "there is no option '--colour'")]
    [InlineData("run rate 5", "'rate' is not an option, which begins with --")]
    [InlineData("run --rate 5 --rate 6", "--rate is there twice")]
    [InlineData("run --mix cached=0.5", "--mix must be 1 in all, not 0.5")]
    [InlineData("run --mix hot=1", "--mix has 'hot=1', and must be shares of static, cached, uncached, signed-in, write, such as cached=0.6,write=0.1")]
    [InlineData("run --lose db", "--lose must be one of lb, web, api, not 'db'")]
    [InlineData("run --lose lb --how hang", "--how hang is not for --lose lb")]
    [InlineData("run --lose web --at 25", "--at and --for must be 30 s (--seconds) together at most, not 35 s")]
    [InlineData("run --costs /nowhere/costs.json", "--costs must be a file that eng/measure.sh has made, but /nowhere/costs.json: ")]
    public void A_wrong_call_is_refused_with_a_sentence(string call, string sentence)
    {
        var (code, output, error) = Run(call);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith($"capacity: error: {sentence}", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("costs", "| uncached ")]
    [InlineData("plan --rate 100", "application servers (one more than run)")]
    [InlineData("run --rate 100 --lose api --how hang", "| during |")]
    [InlineData("size --rate 200 --seconds 3", "With one of each tier away:")]
    public void Each_command_says_what_it_is_for(string call, string expected)
    {
        using var costs = new CostsFile(Example.Costs.ToJson());

        var (code, output, error) = Run($"{call} --costs {costs.Path}");

        Assert.True(code == 0, error);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("not JSON")]
    public void A_file_that_is_no_measurement_is_refused(string content)
    {
        using var costs = new CostsFile(content);

        var (code, _, error) = Run($"costs --costs {costs.Path}");

        Assert.Equal(2, code);
        Assert.StartsWith("capacity: error: --costs must be a file that eng/measure.sh has made", error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_measured_comes_back_as_it_was_written() => Assert.Equal(Example.Costs.ToJson(), Costs.Parse(Example.Costs.ToJson()).ToJson());

    [Fact]
    public void Each_kind_of_request_has_cost_something_and_a_write_more_than_a_file()
    {
        var costs = Costs.Measured();

        Assert.All(costs.Requests, request => Assert.True(request.Cpu is { LoadBalancer: > 0, Web: > 0 } && request.P99 >= request.P50, $"{request}"));
        Assert.True(costs.Requests[^1].Cpu.Database > costs.Requests[0].Cpu.Database, "The database has more to do for a write than for a file.");
    }

    [Fact]
    public void The_paper_has_the_figures_of_the_measurement()
    {
        using var table = new StringWriter();
        CostTable.Write(table, Costs.Measured());
        var paper = File.ReadAllText(Path.Combine(DrillSettings.Root(), "docs", "capacity.md"));

        Assert.Contains(table.ToString().ReplaceLineEndings("\n"), paper.ReplaceLineEndings("\n"), StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Run(string call)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = CapacityProgram.Run(call.Split(' ', StringSplitOptions.RemoveEmptyEntries), output, error);
        return (code, output.ToString(), error.ToString());
    }

    private sealed class CostsFile : IDisposable
    {
        public CostsFile(string json) => File.WriteAllText(Path, json);

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
