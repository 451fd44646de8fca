using k8s;
using k8s.Models;
using ScaleUp.AppHost.Deployment;

namespace ScaleUp.Tests.Publishing;

/// <summary>
/// What is published for Kubernetes, read into the types that its .NET client has of Kubernetes' own description of its API. A field that
/// is not there, or is of another type, is an error. (Fields that are missing are not; the workflow in .github/ shows the objects to kubeconform besides.)
/// </summary>
public sealed class KubernetesModelTests
{
    [Theory]
    [InlineData]
    [InlineData("--Postgres:External=true")]
    [InlineData("--Api:Replicas=5", "--Web:Replicas=1")]
    public async Task Kubernetes_knows_every_object_and_every_field(params string[] settings)
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
    public async Task There_is_what_the_guarantees_rest_on()
    {
        var objects = ObjectFiles(await PublishedTopology.ReadAsync()).SelectMany(file => Read(file.Text)).ToArray();

        Assert.Equal([("api", 3), ("lb-1", 1), ("lb-2", 1), ("web", 2)], objects.OfType<V1Deployment>().Select(d => (d.Metadata.Name, d.Spec.Replicas ?? 1)).Order());
        Assert.Equal("postgres", Assert.Single(objects.OfType<V1StatefulSet>()).Metadata.Name);
        foreach (var deployment in objects.OfType<V1Deployment>())
        {
            var labels = deployment.Spec.Template.Metadata.Labels;
            Assert.Equal(deployment.Spec.Selector.MatchLabels, labels.Where(label => deployment.Spec.Selector.MatchLabels.ContainsKey(label.Key)).ToDictionary());
            Assert.Contains(objects.OfType<V1PodDisruptionBudget>(), budget => budget.Spec.Selector.MatchLabels.All(label => labels.TryGetValue(label.Key, out var value) && value == label.Value));
            Assert.Contains(objects.OfType<V1NetworkPolicy>(), policy => policy.Spec.PodSelector.MatchLabels?.All(label => labels.TryGetValue(label.Key, out var value) && value == label.Value) == true);
            Assert.All(deployment.Spec.Template.Spec.Containers, container => Assert.NotNull(container.ReadinessProbe?.HttpGet));
        }
    }

    [Theory]
    [InlineData("minReadySeconds: soon")]
    [InlineData("minReplicas: 1")]
    public async Task A_field_that_Kubernetes_does_not_know_or_not_so_would_be_found(string line)
    {
        var web = (await PublishedTopology.ReadAsync()).File("kubernetes", "web.yaml");

        Assert.ThrowsAny<Exception>(() => Read(web.Replace("\nspec:\n  replicas: 2\n", $"\nspec:\n  replicas: 2\n  {line}\n", StringComparison.Ordinal)));
    }

    private static List<object> Read(string yaml) => KubernetesYaml.LoadAllFromString(yaml, strict: true);

    // The Kustomization is for kubectl and no object of the API.
    private static PublishedFile[] ObjectFiles(PublishedApplication application) =>
        [.. DeploymentExtensions.Targets["kubernetes"](application).Where(file => Path.GetExtension(file.Path) == ".yaml" && Path.GetFileName(file.Path) != "kustomization.yaml")];
}
