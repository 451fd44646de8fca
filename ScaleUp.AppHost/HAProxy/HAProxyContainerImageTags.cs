namespace Aspire.Hosting.HAProxy;

internal static class HAProxyContainerImageTags
{
    /// <summary>haproxy</summary>
    public const string Image = "haproxy";

    /// <summary>3.0.11, of a branch with long-term support</summary>
    public const string Tag = "3.0.11";
}
