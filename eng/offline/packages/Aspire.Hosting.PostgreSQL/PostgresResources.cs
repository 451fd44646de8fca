namespace Aspire.Hosting.ApplicationModel;

/// <summary>A PostgreSQL server in a container.</summary>
public sealed class PostgresServerResource : ContainerResource, IResourceWithConnectionString
{
    internal const string PrimaryEndpointName = "tcp", UserName = "postgres";

    internal PostgresServerResource(string name, ParameterResource password) : base(name) => Password = password;

    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create(
        $"Host={Endpoint.Property(EndpointProperty.Host)};Port={Endpoint.Property(EndpointProperty.Port)};Username={UserName};Password={Password}");

    private EndpointReference Endpoint => this.GetEndpoint(PrimaryEndpointName);
    internal ParameterResource Password { get; }
    internal List<string> Databases { get; } = [];
}

/// <summary>A database on a server, of the same name; it is created when the server is ready.</summary>
public sealed class PostgresDatabaseResource : Resource, IResourceWithParent, IResourceWithConnectionString
{
    internal PostgresDatabaseResource(string name, PostgresServerResource server) : base(name) => Parent = server;

    public PostgresServerResource Parent { get; }
    IResource IResourceWithParent.Parent => Parent;
    public ReferenceExpression ConnectionStringExpression
        => ReferenceExpression.Create($"{Parent};{new DbConnectionStringBuilder { ["Database"] = Name }.ToString()}");
}
