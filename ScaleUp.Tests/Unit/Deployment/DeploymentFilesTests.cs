using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ScaleUp.AppHost.Deployment;

namespace ScaleUp.Tests.Publishing;

/// <summary>The published files reflect the settings of the topology, and their tools accept them.</summary>
public sealed class DeploymentFilesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_configured_number_of_replicas_is_deployed()
    {
        var application = await PublishedTopology.ReadAsync("--Api:Replicas=5", "--Web:Replicas=1");

        Assert.Equal((5, 1), (application["api"].Replicas, application["web"].Replicas));
        Assert.Contains("replicas: 5", application.File("compose", "compose.yaml"));
        Assert.Contains("replicas: 5", application.File("kubernetes", "api.yaml"));
        Assert.Contains("minReplicas: 5", ContainerAppBicep.Render(application, application["api"]));
        Assert.Contains("server-template api- 5 ", application.File("compose", "haproxy.cfg"));
        // A disruption budget for a single replica would block every eviction.
        Assert.DoesNotContain("PodDisruptionBudget", application.File("kubernetes", "web.yaml"));
    }

    [Theory]
    [InlineData(3, null)] // The default of 20 each.
    [InlineData(5, "16")]
    [InlineData(16, "5")]
    public async Task The_connection_pools_of_all_replicas_fit_into_the_connections_of_the_database(int replicas, string? poolSize)
    {
        var application = await PublishedTopology.ReadAsync($"--Api:Replicas={replicas}");

        Assert.Equal(poolSize, application["api"].Environment.GetValueOrDefault("Database__PoolSize"));
        // A rolling update runs one additional replica.
        Assert.True((replicas + 1) * int.Parse(poolSize ?? "20", null) <= 97);
    }

    [Fact]
    public async Task An_external_database_is_not_deployed_and_its_connection_string_is_a_parameter()
    {
        var application = await PublishedTopology.ReadAsync("--Postgres:External=true");

        Assert.DoesNotContain(application.Services, s => s.Kind == ServiceKind.Database);
        Assert.Equal("{scaleup.value}", application["api"].Environment["ConnectionStrings__scaleup"]);
        Assert.Contains(new PublishedParameter("scaleup", IsGenerated: false), application.Parameters);
        Assert.Contains("\"${SCALEUP:?set it in .env}\"", application.File("compose", "compose.yaml"));
        // The operator fills in the connection string.
        Assert.Contains("\nSCALEUP=\n", application.File("compose", ".env"));
    }

    [Theory]
    [InlineData("postgres:17.6", "haproxy:3.4.0")]
    [InlineData("registry.example.com:5000/base/postgres:17.6", "registry.example.com:5000/base/haproxy:3.4.0")]
    public async Task Image_names_are_used_as_given(string postgres, string haproxy)
    {
        var application = await PublishedTopology.ReadAsync($"--Images:Postgres={postgres}", $"--Images:HAProxy={haproxy}");

        Assert.Equal((postgres, haproxy), (application["postgres"].Image, application["lb-1"].Image));
        Assert.Contains($"image: \"{postgres}\"\n", application.File("compose", "compose.yaml"));
        Assert.Contains($"image: {postgres}\n", application.File("kubernetes", "postgres.yaml"));
        Assert.Contains($"FROM {haproxy}\n", application.File("kubernetes", "load-balancer/Dockerfile"));
        Assert.Contains($"image: '{postgres}'\n", ContainerAppBicep.Render(application, application["postgres"]));
    }

    [Fact]
    public async Task Servers_trust_forwarded_headers_from_load_balancers_only()
    {
        var application = await PublishedTopology.ReadAsync();

        Assert.All(application.Services.Where(s => s.Kind == ServiceKind.Server), s =>
        {
            Assert.Contains("10.0.0.0/8", s.Environment["TrustedProxies"]);
            // With this variable ASP.NET Core trusts every client.
            Assert.DoesNotContain("ASPNETCORE_FORWARDEDHEADERS_ENABLED", s.Environment.Keys);
        });
    }

    [Fact]
    public async Task Each_replica_has_a_name_that_identifies_it()
    {
        var application = await PublishedTopology.ReadAsync();

        foreach (var server in application.Services.Where(s => s.Kind == ServiceKind.Server))
        {
            // Compose replicas append their container ID; Azure provides CONTAINER_APP_REPLICA_NAME.
            Assert.Equal(server.Name, server.Environment["OTEL_SERVICE_NAME"]);
            Assert.Contains(
                "- name: ServerName\n              valueFrom:\n                fieldRef:\n                  fieldPath: metadata.name\n",
                application.File("kubernetes", $"{server.Name}.yaml"));
            // A value in Environment would be the same for all replicas.
            Assert.DoesNotContain("ServerName", server.Environment.Keys);
        }
    }

    [Fact]
    public async Task A_rolling_update_in_Kubernetes_stops_a_pod_only_after_its_replacement_is_ready()
    {
        var application = await PublishedTopology.ReadAsync();

        foreach (var service in application.Services.Where(s => s.Kind != ServiceKind.Database))
        {
            var workload = application.File("kubernetes", $"{service.Group}.yaml").Split("---\n")
                .Single(text => text.Contains($"kind: Deployment\nmetadata:\n  name: {service.Name}\n", StringComparison.Ordinal));
            Assert.Contains("maxUnavailable: 0\n      maxSurge: 1\n", workload);
            Assert.Contains("readinessProbe:\n", workload);
            // Load balancers avoid each other but not their own replacements, so that two nodes are enough.
            Assert.Equal(
                service.Kind == ServiceKind.LoadBalancer,
                workload.Contains($"operator: NotIn\n                    values: [{service.Name}]\n", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task In_Container_Apps_a_draining_server_continues_to_serve_until_the_readiness_probe_has_failed()
    {
        var application = await PublishedTopology.ReadAsync();

        foreach (var server in application.Services.Where(s => s.Kind == ServiceKind.Server))
        {
            var probe = ShutdownSettings.ProbesOf(server).Single(p => p.Kind == "Readiness");
            var delay = Regex.Match(ContainerAppBicep.Render(application, server), "name: 'Drain__Delay', value: '([^']+)'");
            Assert.InRange(
                TimeSpan.Parse(delay.Groups[1].Value, CultureInfo.InvariantCulture),
                TimeSpan.FromSeconds((probe.PeriodSeconds + probe.TimeoutSeconds) * probe.Failures),
                ShutdownSettings.StopGracePeriod / 2);
        }
    }

    [Fact]
    public async Task A_stopping_load_balancer_has_time_for_its_clients_to_notice_and_then_for_requests_in_flight()
    {
        var application = await PublishedTopology.ReadAsync("--LoadBalancer:VirtualAddress=192.0.2.80/24");

        foreach (var loadBalancer in application.Services.Where(s => s.Kind == ServiceKind.LoadBalancer))
        {
            var seconds = Regex.Match(loadBalancer.Configuration, @"hard-stop-after (\d+)s\n").Groups[1].Value;
            var hardStop = TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture));
            Assert.True(ShutdownSettings.LoadBalancerDrainDelay + hardStop < ShutdownSettings.StopGracePeriod);
            Assert.True(ShutdownSettings.IngressDrainDelay + hardStop < ShutdownSettings.StopGracePeriod);

            // Without a virtual address nothing watches the readiness, so a grace period would only delay the shutdown.
            Assert.DoesNotContain("LB_GRACE", application.File("compose", "compose.yaml"));
            var compose = (application with { VirtualAddress = new VirtualAddress("192.0.2.80/24", "eth0") })
                .File("compose", "compose.yaml").Split($"\n  {loadBalancer.Name}:\n")[1].Split("\n    logging:")[0];
            Assert.Contains($"LB_GRACE: \"{ShutdownSettings.LoadBalancerDrainDelay.TotalSeconds}s\"\n", compose);
            Assert.Contains("stop_signal: SIGUSR1\n", compose);
            var bicep = ContainerAppBicep.Render(application, loadBalancer);
            Assert.Contains($"{{ name: 'LB_GRACE', value: '{ShutdownSettings.IngressDrainDelay.TotalSeconds}s' }}\n", bicep);
            Assert.Contains("type: 'Readiness', httpGet: { path: '/ready', ", bicep);
            Assert.Contains(
                $"command: [sleep, \"{ShutdownSettings.LoadBalancerDrainDelay.TotalSeconds}\"]\n", application.File("kubernetes", "lb.yaml"));
        }
    }

    [Theory]
    [InlineData("postgres:17.6", "/var/lib/postgresql/data")]
    [InlineData("postgres:18.3", "/var/lib/postgresql")]
    public async Task In_Kubernetes_the_database_creates_its_own_data_folder(string image, string folder)
    {
        var workload = (await PublishedTopology.ReadAsync($"--Images:Postgres={image}")).File("kubernetes", "postgres.yaml");

        Assert.Contains($"mountPath: {folder}\n", workload);
        Assert.Contains($"name: PGDATA\n              value: \"{folder}/pgdata\"\n", workload);
        // Kubernetes creates subPath folders as root, and initdb then fails with "could not change permissions of directory".
        Assert.DoesNotContain("subPath", workload);
    }

    [Fact]
    public async Task Secrets_are_generated_once_and_readable_by_their_owner_only()
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
            Assert.Contains(first, line =>
                line.Length == "POSTGRES_PASSWORD=".Length + 32 && line.StartsWith("POSTGRES_PASSWORD=", StringComparison.Ordinal));
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

    [Fact]
    public async Task A_folder_of_an_earlier_version_keeps_its_secrets_and_gets_those_that_are_new()
    {
        var folder = Directory.CreateTempSubdirectory("scaleup-publish-");
        try
        {
            var path = Path.Combine(folder.FullName, ".env");
            await File.WriteAllTextAsync(path, "# Mine\nPOSTGRES_PASSWORD=kept", Cancellation);
            await PublishedFile.WriteAsync(DeploymentExtensions.Targets["compose"](await PublishedTopology.ReadAsync()), folder.FullName, Cancellation);

            var lines = await File.ReadAllLinesAsync(path, Cancellation);
            Assert.Equal(["# Mine", "POSTGRES_PASSWORD=kept"], lines[..2]);
            Assert.Equal(["ADMINISTRATOR_PASSWORD", "POSTGRES_API_PASSWORD", "POSTGRES_OWNER_PASSWORD", "STATISTICS_KEY", "WEB_SERVICE_KEY"], lines[2..].Select(line => line[..^33]).Order(StringComparer.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Servers_get_the_passwords_of_two_roles_as_secrets_and_PostgreSQL_creates_these()
    {
        var application = await PublishedTopology.ReadAsync();

        Assert.Equal("Host={postgres.bindings.tcp.host};Port={postgres.bindings.tcp.port};Username=scaleup_api;Password={postgres-api-password.value};Database=scaleup", application["api"].Environment["ConnectionStrings__scaleup"]);
        Assert.Equal("Host={postgres.bindings.tcp.host};Port={postgres.bindings.tcp.port};Username=scaleup_owner;Password={postgres-owner-password.value};Database=scaleup", application["api"].Environment["ConnectionStrings__migrations"]);
        foreach (var (name, parameter) in new[] { ("POSTGRES_OWNER_PASSWORD", "postgres_owner_password"), ("POSTGRES_API_PASSWORD", "postgres_api_password") })
        {
            Assert.Contains($"{name}: \"${{{name}:?set it in .env}}\"\n", application.File("compose", "compose.yaml"));
            Assert.Contains($"key: {name}\n", application.File("kubernetes", "api.yaml"));
            Assert.Contains($"key: {name}\n", application.File("kubernetes", "postgres.yaml"));
            Assert.Contains($"@secure()\nparam {parameter} string\n", ContainerAppBicep.Render(application, application["postgres"]));
        }

        string[] forms = [application.File("compose", "compose.yaml"), application.File("kubernetes", "postgres.yaml"), ContainerAppBicep.Render(application, application["postgres"])];
        Assert.All(forms, text => Assert.Contains("ALTER ROLE scaleup_owner LOGIN NOSUPERUSER", text));
    }

    [Fact]
    public async Task A_database_that_is_there_already_may_have_a_connection_string_for_migrations()
    {
        var application = await PublishedTopology.ReadAsync("--Postgres:External=true", "--ConnectionStrings:migrations=Host=none");

        Assert.Equal("{scaleup.value}", application["api"].Environment["ConnectionStrings__scaleup"]);
        Assert.Equal("{migrations.value}", application["api"].Environment["ConnectionStrings__migrations"]);
        Assert.Contains("\nMIGRATIONS=\n", application.File("compose", ".env"));
    }

    [Theory]
    [InlineData("docker", "compose config --quiet", "compose")]
    [InlineData("kubectl", "kustomize .", "kubernetes")]
    public async Task The_deployment_tool_accepts_the_files(string program, string arguments, string form)
    {
        var version = await TryRunAsync(program, program == "docker" ? "compose version" : "version --client", ".");
        Assert.SkipUnless(version?.ExitCode == 0, $"'{program} {arguments.Split(' ')[0]}' is not installed.");
        var folder = Directory.CreateTempSubdirectory("scaleup-publish-");
        try
        {
            var application = await PublishedTopology.ReadAsync();
            await PublishedFile.WriteAsync(DeploymentExtensions.Targets[form](application), folder.FullName, Cancellation);
            var run = await TryRunAsync(program, arguments, folder.FullName);
            Assert.True(run?.ExitCode == 0, run?.Output);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void An_unsupported_placeholder_is_rejected()
    {
        var application = new PublishedApplication([new("api", ServiceKind.Server)], []);

        var exception = Assert.Throws<NotSupportedException>(
            () => ManifestExpressions.Fill("{api.outputs.id}", application, (_, _) => ("", 0), _ => ""));
        Assert.Contains("{api.outputs.id}", exception.Message);
    }

    private static async Task<(int ExitCode, string Output)?> TryRunAsync(string program, string arguments, string folder)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
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
