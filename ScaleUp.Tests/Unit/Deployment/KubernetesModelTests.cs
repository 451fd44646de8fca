using k8s;
using k8s.Models;
using ScaleUp.AppHost.Deployment;

namespace ScaleUp.Tests.Publishing;

/// <summary>
/// Deserializes the published Kubernetes manifests into the types of the .NET client, which are generated from the Kubernetes API. An
/// unknown field or a wrong type is an error; missing fields are not, so the workflow in .github/ also runs kubeconform.
/// </summary>
public sealed class KubernetesModelTests
{
    [Theory]
    [InlineData]
    [InlineData("--Postgres:External=true")]
    [InlineData("--Api:Replicas=5", "--Web:Replicas=1")]
    public async Task Every_object_and_every_field_is_part_of_the_Kubernetes_API(params string[] settings)
    {
        var files = ObjectFiles(await PublishedTopology.ReadAsync(settings));

        Assert.NotEmpty(files);
        Assert.All(files, file =>
        {
            var objects = Read(file.Text);
            Assert.Equal(file.Text.Split('\n').Count(line => line.StartsWith("kind: ", StringComparison.Ordinal)), objects.Count);
        });
    }

    [Fact]
    public async Task Deployments_have_replicas_disruption_budgets_network_policies_and_readiness_probes()
    {
        var objects = ObjectFiles(await PublishedTopology.ReadAsync()).SelectMany(file => Read(file.Text)).ToArray();

        Assert.Equal(
            [("api", 3), ("lb-1", 1), ("lb-2", 1), ("web", 2)],
            objects.OfType<V1Deployment>().Select(d => (d.Metadata.Name, d.Spec.Replicas ?? 1)).Order());
        Assert.Equal("postgres", Assert.Single(objects.OfType<V1StatefulSet>()).Metadata.Name);
        foreach (var deployment in objects.OfType<V1Deployment>())
        {
            var labels = deployment.Spec.Template.Metadata.Labels;
            Assert.True(Selects(deployment.Spec.Selector));
            Assert.Contains(objects.OfType<V1PodDisruptionBudget>(), budget => Selects(budget.Spec.Selector));
            Assert.Contains(objects.OfType<V1NetworkPolicy>(), policy => Selects(policy.Spec.PodSelector));
            Assert.All(deployment.Spec.Template.Spec.Containers, container => Assert.NotNull(container.ReadinessProbe?.HttpGet));

            bool Selects(V1LabelSelector selector) =>
                selector.MatchLabels?.All(label => labels.TryGetValue(label.Key, out var value) && value == label.Value) == true;
        }
    }

    [Theory]
    [InlineData("minReadySeconds: soon")]
    [InlineData("minReplicas: 1")]
    public async Task The_test_detects_unknown_fields_and_wrong_types(string line)
    {
        var web = (await PublishedTopology.ReadAsync()).File("kubernetes", "web.yaml");
        var invalid = web.Replace("\nspec:\n  replicas: 2\n", $"\nspec:\n  replicas: 2\n  {line}\n", StringComparison.Ordinal);

        Assert.ThrowsAny<Exception>(() => Read(invalid));
    }

    private static List<object> Read(string yaml) => KubernetesYaml.LoadAllFromString(yaml, strict: true);

    // kubectl reads the Kustomization; it is not an object of the API.
    private static PublishedFile[] ObjectFiles(PublishedApplication application) =>
    [
        .. DeploymentExtensions.Targets["kubernetes"](application)
            .Where(file => Path.GetExtension(file.Path) == ".yaml" && Path.GetFileName(file.Path) != "kustomization.yaml"),
    ];
}
