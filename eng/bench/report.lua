-- Prints a line for eng/bench.sh: requests, seconds, p50 and p99 in milliseconds, errors.
function done(summary, latency)
    local e = summary.errors
    print(string.format("report %d %f %f %f %d", summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
        latency:percentile(99) / 1e3, e.connect + e.read + e.write + e.status + e.timeout))
end
