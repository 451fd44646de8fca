using System.Diagnostics;
using OpenTelemetry.Trace;

namespace ScaleUp.ServiceDefaults;

/// <summary>
/// Starts traces at incoming requests only. Background work (warm-up, migrations, cleanup, polls for keys) would otherwise bury the
/// requests of visitors; with a <see cref="ParentBasedSampler"/>, what it causes in other servers is not sampled either.
/// </summary>
internal sealed class RequestSampler : Sampler
{
    /// <inheritdoc />
    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        new(samplingParameters.Kind is ActivityKind.Server ? SamplingDecision.RecordAndSample : SamplingDecision.Drop);
}
