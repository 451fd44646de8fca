using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ScaleUp.AppHost.Deployment;

namespace ScaleUp.Tests.Publishing;

/// <summary>Settings of the topology reach what is published, and the tools that it is for understand it.</summary>
public sealed class DeploymentFilesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task As_many_servers_are_deployed_as_are_asked_for()
    {
        var application = await PublishedTopology.ReadAsync("--Api:Replicas=5", "--Web:Replicas=1");

        Assert.Equal((5, 1), (application["api"].Replicas, application["web"].Replicas));
        Assert.Contains("replicas: 5", application.File("compose", "compose.yaml"));
        Assert.Contains("replicas: 5", application.File("kubernetes", "api.yaml"));
        Assert.Contains("minReplicas: 5", ContainerAppBicep.Render(application, application["api"]));
        Assert.Contains("server-template api- 5 ", application.File("compose", "haproxy.cfg"));
        Assert.DoesNotContain("PodDisruptionBudget", application.File("kubernetes", "web.yaml")); // It would keep the only one where it is for ever.
    }

    [Theory]
    [InlineData(3, null)] // 20 each.
    [InlineData(5, "16")]
    [InlineData(16, "5")]
    public async Task All_servers_together_leave_the_database_connections_to_spare(int replicas, string? pool)
    {
        var application = await PublishedTopology.ReadAsync($"--Api:Replicas={replicas}");

        Assert.Equal(pool, application["api"].Environment.GetValueOrDefault("Database__PoolSize"));
        // One more for a while, where a new version takes over.
        Assert.True((replicas + 1) * int.Parse(pool ?? "20", null) <= 97);
    }

    [Fact]
    public async Task A_database_that_is_there_already_is_not_deployed_but_told_of()
    {
        var application = await PublishedTopology.ReadAsync("--Postgres:External=true");

        Assert.DoesNotContain(application.Services, s => s.Kind == ServiceKind.Database);
        Assert.Equal("{scaleup.value}", application["api"].Environment["ConnectionStrings__scaleup"]);
        Assert.Contains(new PublishedParameter("scaleup", IsGenerated: false), application.Parameters);
        Assert.Contains("\"${SCALEUP:?set it in .env}\"", application.File("compose", "compose.yaml"));
        // Only its owner knows it.
        Assert.Contains("\nSCALEUP=\n", application.File("compose", ".env"));
    }

    [Theory]
    [InlineData("postgres:17.6", "haproxy:3.4.0")]
    [InlineData("registry.example.com:5000/base/postgres:17.6", "registry.example.com:5000/base/haproxy:3.4.0")]
    public async Task Images_come_from_where_their_names_say_and_nowhere_else(string postgres, string haproxy)
    {
        var application = await PublishedTopology.ReadAsync($"--Images:Postgres={postgres}", $"--Images:HAProxy={haproxy}");

        Assert.Equal((postgres, haproxy), (application["postgres"].Image, application["lb-1"].Image));
        Assert.Contains($"image: \"{postgres}\"\n", application.File("compose", "compose.yaml"));
        Assert.Contains($"image: {postgres}\n", application.File("kubernetes", "postgres.yaml"));
        Assert.Contains($"FROM {haproxy}\n", application.File("kubernetes", "load-balancer/Dockerfile"));
        Assert.Contains($"image: '{postgres}'\n", ContainerAppBicep.Render(application, application["postgres"]));
    }

    [Fact]
    public async Task Servers_believe_load_balancers_and_nobody_else_about_the_visitor()
    {
        var application = await PublishedTopology.ReadAsync();

        Assert.All(application.Services.Where(s => s.Kind == ServiceKind.Server), s =>
        {
            Assert.Contains("10.0.0.0/8", s.Environment["TrustedProxies"]);
            // With it ASP.NET Core would believe anybody.
            Assert.DoesNotContain("ASPNETCORE_FORWARDEDHEADERS_ENABLED", s.Environment.Keys);
        });
    }

    [Fact]
    public async Task Each_replica_has_a_name_that_an_operator_finds_it_by()
    {
        var application = await PublishedTopology.ReadAsync();

        foreach (var server in application.Services.Where(s => s.Kind == ServiceKind.Server))
        {
            // With the id of the container in Compose. (Azure says the replica's name by itself.)
            Assert.Equal(server.Name, server.Environment["OTEL_SERVICE_NAME"]);
            Assert.Contains("- name: ServerName\n              valueFrom:\n                fieldRef:\n                  fieldPath: metadata.name\n", application.File("kubernetes", $"{server.Name}.yaml"));
            // One that all replicas were given would be nobody's.
            Assert.DoesNotContain("ServerName", server.Environment.Keys);
        }
    }

    [Fact]
    public async Task A_new_version_in_Kubernetes_takes_nobody_away_before_its_successor_is_ready()
    {
        var application = await PublishedTopology.ReadAsync();

        foreach (var service in application.Services.Where(s => s.Kind != ServiceKind.Database))
        {
            var workload = application.File("kubernetes", $"{service.Group}.yaml").Split("---\n").Single(text => text.Contains($"kind: Deployment\nmetadata:\n  name: {service.Name}\n", StringComparison.Ordinal));
            Assert.Contains("maxUnavailable: 0\n      maxSurge: 1\n", workload);
            Assert.Contains("readinessProbe:\n", workload);
            // Two nodes are enough for two load balancers, and for the successor of each.
            Assert.Equal(service.Kind == ServiceKind.LoadBalancer, workload.Contains($"operator: NotIn\n                    values: [{service.Name}]\n", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Behind_the_ingress_of_Container_Apps_a_server_goes_on_until_it_can_have_been_noticed_that_it_leaves()
    {
        var application = await PublishedTopology.ReadAsync();

        foreach (var server in application.Services.Where(s => s.Kind == ServiceKind.Server))
        {
            var probe = ShutdownSettings.ProbesOf(server).Single(p => p.Kind == "Readiness");
            var delay = TimeSpan.Parse(Regex.Match(ContainerAppBicep.Render(application, server), "name: 'Drain__Delay', value: '([^']+)'").Groups[1].Value, CultureInfo.InvariantCulture);
            Assert.InRange(delay, TimeSpan.FromSeconds((probe.PeriodSeconds + probe.TimeoutSeconds) * probe.Failures), ShutdownSettings.StopGracePeriod / 2);
        }
    }

    [Fact]
    public async Task A_load_balancer_that_leaves_has_time_for_those_in_front_and_then_for_what_it_still_does()
    {
        var application = await PublishedTopology.ReadAsync("--LoadBalancer:VirtualAddress=192.0.2.80/24");

        foreach (var loadBalancer in application.Services.Where(s => s.Kind == ServiceKind.LoadBalancer))
        {
            var rest = TimeSpan.FromSeconds(int.Parse(Regex.Match(loadBalancer.Configuration, @"hard-stop-after (\d+)s\n").Groups[1].Value, CultureInfo.InvariantCulture));
            Assert.True(ShutdownSettings.LoadBalancerDrainDelay + rest < ShutdownSettings.StopGracePeriod);
            Assert.True(ShutdownSettings.IngressDrainDelay + rest < ShutdownSettings.StopGracePeriod);

            // What goes on without being able to tell anybody would only be slow to leave.
            Assert.DoesNotContain("LB_GRACE", application.File("compose", "compose.yaml"));
            var compose = (application with { VirtualAddress = new VirtualAddress("192.0.2.80/24", "eth0") }).File("compose", "compose.yaml").Split($"\n  {loadBalancer.Name}:\n")[1].Split("\n    logging:")[0];
            Assert.Contains($"LB_GRACE: \"{ShutdownSettings.LoadBalancerDrainDelay.TotalSeconds}s\"\n", compose);
            Assert.Contains("stop_signal: SIGUSR1\n", compose);
            var bicep = ContainerAppBicep.Render(application, loadBalancer);
            Assert.Contains($"{{ name: 'LB_GRACE', value: '{ShutdownSettings.IngressDrainDelay.TotalSeconds}s' }}\n", bicep);
            Assert.Contains("type: 'Readiness', httpGet: { path: '/ready', ", bicep);
            Assert.Contains($"command: [sleep, \"{ShutdownSettings.LoadBalancerDrainDelay.TotalSeconds}\"]\n", application.File("kubernetes", "lb.yaml"));
        }
    }

    [Theory]
    [InlineData("postgres:17.6", "/var/lib/postgresql/data")]
    [InlineData("postgres:18.3", "/var/lib/postgresql")]
    public async Task In_Kubernetes_the_database_makes_the_folder_of_its_data_itself(string image, string folder)
    {
        var workload = (await PublishedTopology.ReadAsync($"--Images:Postgres={image}")).File("kubernetes", "postgres.yaml");

        Assert.Contains($"mountPath: {folder}\n", workload);
        Assert.Contains($"name: PGDATA\n              value: \"{folder}/pgdata\"\n", workload);
        // A folder that Kubernetes makes is root's, and initdb ends with "could not change permissions of directory".
        Assert.DoesNotContain("subPath", workload);
    }

    [Fact]
    public async Task Secrets_are_made_up_once_and_are_for_their_owner_alone()
    {
        var folder = Directory.CreateTempSubdirectory("scaleup-publish-");
        try
        {
            var application = await PublishedTopology.ReadAsync();
            await PublishedFile.WriteAsync(DeploymentExtensions.Targets["compose"](application), folder.FullName, Cancellation);
            var path = Path.Combine(folder.FullName, ".env");
            var first = await File.ReadAllLinesAsync(path, Cancellation);
            await PublishedFile.WriteAsync(DeploymentExtensions.Targets["compose"](application), folder.FullName, Cancellation);

            Assert.Equal(first, await File.ReadAllLinesAsync(path, Cancellation));
            Assert.Contains(first, line => line.Length == "POSTGRES_PASSWORD=".Length + 32 && line.StartsWith("POSTGRES_PASSWORD=", StringComparison.Ordinal));
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("docker", "compose config --quiet", "compose")]
    [InlineData("kubectl", "kustomize .", "kubernetes")]
    public async Task The_tool_that_it_is_for_understands_it(string program, string arguments, string form)
    {
        Assert.SkipUnless((await TryRunAsync(program, program == "docker" ? "compose version" : "version --client", "."))?.ExitCode == 0, $"There is no {program} here that can do this.");
        var folder = Directory.CreateTempSubdirectory("scaleup-publish-");
        try
        {
            await PublishedFile.WriteAsync(DeploymentExtensions.Targets[form](await PublishedTopology.ReadAsync()), folder.FullName, Cancellation);
            var run = await TryRunAsync(program, arguments, folder.FullName);
            Assert.True(run?.ExitCode == 0, run?.Output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void A_hole_that_no_form_can_fill_is_refused()
    {
        var application = new PublishedApplication([new("api", ServiceKind.Server)], []);

        var exception = Assert.Throws<NotSupportedException>(() => ManifestExpressions.Fill("{api.outputs.id}", application, (_, _) => ("", 0), _ => ""));
        Assert.Contains("{api.outputs.id}", exception.Message);
    }

    private static async Task<(int ExitCode, string Output)?> TryRunAsync(string program, string arguments, string folder)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var (output, error) = (process.StandardOutput.ReadToEndAsync(Cancellation), process.StandardError.ReadToEndAsync(Cancellation));
            await process.WaitForExitAsync(Cancellation);
            return (process.ExitCode, await output + await error);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
