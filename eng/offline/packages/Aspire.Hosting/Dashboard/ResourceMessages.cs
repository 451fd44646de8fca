using Aspire.Hosting.Dashboard.Protocol;
using HealthReport = Aspire.Hosting.Dashboard.Protocol.HealthReport;

namespace Aspire.Hosting.Dashboard;

/// <summary>Turns the state of a resource into the dashboard's message.</summary>
internal static class ResourceMessages
{
    // The dashboard stops listening at the first resource without a time of creation.
    private static readonly DateTime AppHostStarted = DateTime.UtcNow;

    public static Protocol.Resource Create(ResourceEvent change)
    {
        var snapshot = change.Snapshot;
        var message = new Protocol.Resource
        {
            Name = change.ResourceId, Uid = change.ResourceId, DisplayName = change.Resource.Name, ResourceType = snapshot.ResourceType,
            State = snapshot.State?.Text ?? "", StateStyle = snapshot.State?.Style ?? "", IsHidden = snapshot.IsHidden,
            CreatedAt = Time(snapshot.CreationTimeStamp ?? AppHostStarted), StartedAt = Time(snapshot.StartTimeStamp), StoppedAt = Time(snapshot.StopTimeStamp),
            IconName = snapshot.IconName ?? "", IconVariant = Icon.Filled,
        };

        message.Environment.AddRange(snapshot.EnvironmentVariables.Select(variable => new EnvironmentVariable
        {
            Name = variable.Name, Value = variable.Value ?? "", IsFromSpec = variable.IsFromSpec,
        }));
        message.Properties.AddRange(Properties(change));
        message.Urls.AddRange(snapshot.Urls.Select(url => new Url
        {
            EndpointName = url.Name ?? "", FullUrl = url.Url, IsInternal = url.IsInternal, IsInactive = url.IsInactive,
            DisplayProperties = new() { DisplayName = url.DisplayProperties.DisplayName },
        }));
        message.Relationships.AddRange(snapshot.Relationships.Select(relation => new Relationship
        {
            ResourceName = relation.ResourceName, Type = relation.Type,
        }));
        message.Commands.AddRange(snapshot.Commands.Select(command => new Command
        {
            Name = command.Name, DisplayName = command.DisplayName, DisplayDescription = command.DisplayDescription ?? "",
            ConfirmationMessage = command.ConfirmationMessage ?? "", IconName = command.IconName ?? "",
            IconVariant = (Icon)(command.IconVariant ?? default), IsHighlighted = command.IsHighlighted, State = (CommandState)command.State,
        }));
        message.HealthReports.AddRange(snapshot.HealthReports.Select(Report));
        return message;
    }

    private static HealthReport Report(HealthReportSnapshot report)
    {
        var message = new HealthReport
        {
            Key = report.Name, Description = report.Description ?? "", Exception = report.ExceptionText ?? "", LastRunAt = Time(report.LastRunAt),
        };
        if (report.Status is { } status)
        {
            message.Status = System.Enum.Parse<HealthState>(status.ToString());
        }

        return message;
    }

    // The dashboard lists what it finds here beside the fields of the message, so the general ones come along as well.
    private static IEnumerable<Property> Properties(ResourceEvent change)
    {
        var snapshot = change.Snapshot;
        foreach (var (name, value) in new (string, object?)[]
        {
            ("uid", change.ResourceId), ("name", change.ResourceId), ("type", snapshot.ResourceType), ("displayName", change.Resource.Name),
            ("state", snapshot.State?.Text), ("exitCode", snapshot.ExitCode?.ToString(CultureInfo.InvariantCulture)),
            ("createTime", snapshot.CreationTimeStamp?.ToString("O")), ("startTime", snapshot.StartTimeStamp?.ToString("O")),
            ("stopTime", snapshot.StopTimeStamp?.ToString("O")), ("healthState", snapshot.HealthStatus?.ToString()),
        })
        {
            yield return new() { Name = $"resource.{name}", Value = ToValue(value) };
        }

        var isProject = snapshot.ResourceType == KnownResourceTypes.Project;
        foreach (var property in snapshot.Properties)
        {
            var message = new Property { Name = property.Name, Value = ToValue(property.Value), IsSensitive = property.IsSensitive };
            if (Labels.TryGetValue(property.Name, out var label) && (!isProject || label.OfProject))
            {
                (message.DisplayName, message.SortOrder, message.IsHighlighted) = (label.Text, label.Order, true);
            }

            yield return message;
        }
    }

    // Shown without asking. Of a project its own path and profile are, and not how dotnet is called to run it.
    private static readonly Dictionary<string, (string Text, int Order, bool OfProject)> Labels = new()
    {
        [KnownProperties.ContainerImage] = ("Container image", 0, false), [KnownProperties.ContainerId] = ("Container ID", 1, false),
        [KnownProperties.ContainerPorts] = ("Container ports", 2, false), [KnownProperties.ExecutablePath] = ("Executable path", 0, false),
        [KnownProperties.ExecutableWorkDir] = ("Working directory", 1, false), [KnownProperties.ExecutablePid] = ("Process ID", 3, true),
        [KnownProperties.ProjectPath] = ("Project path", 0, true),
    };

    private static Value ToValue(object? value) => value switch
    {
        null => Value.ForNull(),
        string text => Value.ForString(text),
        int number => Value.ForNumber(number),
        IEnumerable list => Value.ForList([.. list.Cast<object?>().Select(ToValue)]),
        _ => Value.ForString(Convert.ToString(value, CultureInfo.InvariantCulture)),
    };

    private static Timestamp? Time(DateTime? time) => time is { } known ? Timestamp.FromDateTime(known.ToUniversalTime()) : null;
}
