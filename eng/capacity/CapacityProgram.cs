namespace ScaleUp.Capacity;

/// <summary>The program behind <c>eng/capacity.cs</c>.</summary>
public static class CapacityProgram
{
    private const string Usage = """
        Usage: dotnet run eng/capacity.cs -- COMMAND [OPTION VALUE]...

          costs   what a request costs at each tier, as it was measured (a table)
          plan    what --rate takes, by arithmetic, line by line
          run     simulates the website with these servers, and the loss of one of them
          size    the fewest servers with which the bound holds, and no tier is busy for more than 90 %, while one of each tier is away,
                  by simulation

          --rate 1000            requests of visitors in a second
          --mix static=0.2,cached=0.5,uncached=0.1,signed-in=0.15,write=0.05
          --costs FILE           another measurement than eng/capacity/costs.json (eng/measure.sh makes it)
          --cores 2              processor cores of a load balancer, web or application server
          --utilisation 0.6      share of its time that a tier may be busy with its spare servers away (plan, and where size begins)
          --spare 1              servers of each tier that may be away (plan)
          --db-server 32         cores of the largest database server that you would run (plan)
          --think 10             seconds from click to click of a visitor (plan)
          --connections 2        connections that a visitor keeps (plan)
          --lb 2 --web 2 --api 3 --db-cores 2      servers, and cores of the database (run)
          --per-server NUMBER    requests that a load balancer gives to a server at a time; else 4 for each core
          --pool 20              connections of an application server with the database
          --hop 0.25             milliseconds from one server to another
          --variation NUMBER     standard deviation of a piece of work by its mean; else what the measurement says
          --shared-cores 0       cores that all servers have together, as on one laptop; 0: each has its own
          --lose lb|web|api      loses a server (run) ...
          --how kill|hang        ... in this way,
          --at 10 --for 10       ... after so many seconds, for so many
          --detection 1.25       seconds until a server that hangs gets no more requests
          --bound 250            milliseconds that 999 of 1000 requests may take
          --seconds 30           how long it lasts
          --seed 1               the same seed is the same run
        """;

    /// <summary>Runs it.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Takes the results.</param>
    /// <param name="error">Takes what was wrong, and what <c>size</c> tries.</param>
    /// <returns>0; 1 if there is no number of servers that would do; 2 for a wrong call.</returns>
    public static int Run(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        if (args is ["-h" or "--help"])
        {
            output.WriteLine(Usage);
            return 0;
        }

        try
        {
            var arguments = new Arguments(args, ["costs", "plan", "run", "size"]);
            var setup = Setup.Read(arguments, ReadCosts);
            arguments.CheckAllKnown();
            return Run(arguments.Command, setup, output, error);
        }
        catch (ArgumentsException exception)
        {
            error.WriteLine($"capacity: error: {exception.Message}");
            error.WriteLine("'dotnet run eng/capacity.cs -- --help' says how it is called.");
            return 2;
        }
    }

    private static int Run(string command, Setup setup, TextWriter output, TextWriter error)
    {
        switch (command)
        {
            case "costs":
                CostTable.Write(output, setup.Costs);
                return 0;
            case "plan":
                new Plan(setup).Write(output);
                return 0;
            case "run":
                SimulatedWebsite.Run(setup).Write(output);
                return 0;
            default:
                if (new Sizing(setup, error.WriteLine).Find() is not { } servers)
                {
                    error.WriteLine("capacity: no number of servers will do: one database or the health checks are in the way, or the bound is less than the work of a request.");
                    return 1;
                }

                output.WriteLine($"{servers.LoadBalancers} load balancers, {servers.Web} web servers, {servers.Api} application servers, {servers.DatabaseCores} cores for the database. With one of each tier away:");
                Sizing.RunWithoutOne(setup, servers).Write(output);
                return 0;
        }
    }

    private static Costs ReadCosts(string? file)
    {
        try
        {
            return file is null ? Costs.Measured() : Costs.Parse(File.ReadAllText(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw new ArgumentsException($"--costs must be a file that eng/measure.sh has made, but {file}: {exception.Message}");
        }
    }
}
