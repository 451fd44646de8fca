#:project capacity
#:property PublishAot=false
// (A file-based program is made for ahead-of-time compilation, and could not read JSON by reflection then.)
// What a number of requests a second takes, and what the loss of a server does to them: docs/capacity.md.
// dotnet run eng/capacity.cs -- --help
return ScaleUp.Capacity.CapacityProgram.Run(args, Console.Out, Console.Error);
