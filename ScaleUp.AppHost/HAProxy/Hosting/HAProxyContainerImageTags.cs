namespace Aspire.Hosting.HAProxy;

internal static class HAProxyContainerImageTags
{
    /// <summary>haproxy</summary>
    public const string Image = "haproxy";

    /// <summary>3.4.0, from the newest long-term support branch</summary>
    public const string Tag = "3.4.0";
}
