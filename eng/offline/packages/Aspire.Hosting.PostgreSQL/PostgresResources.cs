using System.Data.Common;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A PostgreSQL server in a container.</summary>
public class PostgresServerResource : ContainerResource, IResourceWithConnectionString
{
    internal const string PrimaryEndpointName = "tcp";
    private readonly Dictionary<string, string> _databases = new(StringComparer.OrdinalIgnoreCase);

    public PostgresServerResource(string name, ParameterResource? userName, ParameterResource password) : base(name)
        => (PrimaryEndpoint, UserNameParameter, PasswordParameter) = (new(this, PrimaryEndpointName), userName, password);

    public EndpointReference PrimaryEndpoint { get; }
    public ParameterResource? UserNameParameter { get; set; }
    public ParameterResource PasswordParameter { get; set; }
    public EndpointReferenceExpression Host => PrimaryEndpoint.Property(EndpointProperty.Host);
    public EndpointReferenceExpression Port => PrimaryEndpoint.Property(EndpointProperty.Port);
    /// <summary>The databases, by the names of their resources.</summary>
    public IReadOnlyDictionary<string, string> Databases => _databases;
    public ReferenceExpression UserNameReference
        => UserNameParameter is null ? ReferenceExpression.Create($"postgres") : ReferenceExpression.Create($"{UserNameParameter}");
    public ReferenceExpression ConnectionStringExpression
        => ReferenceExpression.Create($"Host={Host};Port={Port};Username={UserNameReference};Password={PasswordParameter}");

    internal void AddDatabase(string name, string databaseName) => _databases.TryAdd(name, databaseName);
}

/// <summary>A database on a server; it is created when the server is ready.</summary>
public class PostgresDatabaseResource(string name, string databaseName, PostgresServerResource postgresParentResource)
    : Resource(name), IResourceWithParent<PostgresServerResource>, IResourceWithConnectionString
{
    public PostgresServerResource Parent => postgresParentResource;
    public string DatabaseName => databaseName;
    public ReferenceExpression ConnectionStringExpression
        => ReferenceExpression.Create($"{Parent};{new DbConnectionStringBuilder { ["Database"] = DatabaseName }.ToString()}");
}
