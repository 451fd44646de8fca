using Aspire.Hosting.HAProxy;

namespace ScaleUp.Tests.HAProxy;

public sealed class LoopbackPortTests
{
    [Fact]
    public void A_missing_address_is_not_reported_as_a_port_in_use()
    {
        // 2001:db8::/32 is for documentation, https://www.rfc-editor.org/rfc/rfc3849.
        var exception = Assert.Throws<PortUnavailableException>(() => LoopbackPort.EnsureFree(["2001:db8::1"], 8080, "a load balancer"));

        Assert.StartsWith(
            "Address 2001:db8::1 is needed for a load balancer, but this machine does not have it (",
            exception.Message,
            StringComparison.Ordinal);
        Assert.EndsWith(
            "Enable it (IPv6 on the loopback interface), or run with fewer load balancers.",
            exception.ToString(),
            StringComparison.Ordinal);
    }
}
