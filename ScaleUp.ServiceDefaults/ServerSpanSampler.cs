using System.Diagnostics;
using OpenTelemetry.Trace;

namespace ScaleUp.ServiceDefaults;

/// <summary>
/// Samples root spans of incoming requests only: background work (warm-up, migrations, cleanup, polling for keys) would hide the
/// requests of visitors. With a <see cref="ParentBasedSampler"/>, the calls that background work makes to other servers are not sampled
/// either.
/// </summary>
internal sealed class ServerSpanSampler : Sampler
{
    /// <inheritdoc />
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(samplingParameters.Kind is ActivityKind.Server ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);
}
