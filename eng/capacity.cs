#:project capacity
// What a number of requests a second takes, and what the loss of a server does to them: docs/capacity.md.
// dotnet run eng/capacity.cs -- --help
return ScaleUp.Capacity.CapacityProgram.Run(args, Console.Out, Console.Error);
