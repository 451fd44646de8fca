using Google.Protobuf;

namespace ScaleUp.Tests.Topology;

/// <summary>A log record. Severity is 9 to 12 for information, 13 to 16 for warnings and 17 or more for errors.</summary>
internal sealed record LogRecord(string Server, DateTimeOffset Time, int Severity, string TraceId, string Body);

/// <summary>A span. Kind is 1 for internal, 2 for server and 3 for client. A root span has no parent.</summary>
internal sealed record Span(string Server, string TraceId, string ParentId, string Name, int Kind)
{
    public const int ServerKind = 2;

    public bool IsRoot => ParentId.Length == 0;
}

/// <summary>
/// Parses the parts of OTLP messages that tests assert. Field numbers:
/// https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto
/// </summary>
internal static class OtlpMessages
{
    public static IEnumerable<LogRecord> ReadLogs(byte[] request) =>
        from resource in MessagesIn(request, 1)
        let server = ServerOf(resource)
        from scope in MessagesIn(resource, 2)
        from record in MessagesIn(scope, 2)
        let fields = Fields.Read(record)
        select new LogRecord(server, DateTimeOffset.UnixEpoch.AddTicks((long)(fields.Number(1) / 100)), (int)fields.Number(2),
            fields.Hex(9), TextOf(fields.Bytes(5)));

    public static IEnumerable<Span> ReadSpans(byte[] request) =>
        from resource in MessagesIn(request, 1)
        let server = ServerOf(resource)
        from scope in MessagesIn(resource, 2)
        from span in MessagesIn(scope, 2)
        let fields = Fields.Read(span)
        select new Span(server, fields.Hex(1), fields.Hex(4), fields.Text(5), (int)fields.Number(6));

    // Field 1 of a Resource contains its attributes, key-value pairs.
    private static string ServerOf(byte[] resource) =>
        MessagesIn(resource, 1).SelectMany(attributes => MessagesIn(attributes, 1)).Select(Fields.Read)
            .Where(attribute => attribute.Text(1) == "service.name").Select(attribute => TextOf(attribute.Bytes(2))).FirstOrDefault("");

    // Field 1 of an AnyValue contains a string.
    private static string TextOf(byte[] anyValue) => Fields.Read(anyValue).Text(1);

    private static IEnumerable<byte[]> MessagesIn(byte[] message, int field) => Fields.Read(message).All(field);

    private sealed class Fields
    {
        private readonly List<(int Field, ulong Number, byte[] Bytes)> _fields = [];

        public static Fields Read(byte[] message)
        {
            var result = new Fields();
            using var input = new CodedInputStream(message);
            while (input.ReadTag() is > 0 and var tag)
            {
                var field = WireFormat.GetTagFieldNumber(tag);
                switch (WireFormat.GetTagWireType(tag))
                {
                    case WireFormat.WireType.LengthDelimited:
                        result._fields.Add((field, 0, input.ReadBytes().ToByteArray()));
                        break;
                    case WireFormat.WireType.Varint:
                        result._fields.Add((field, input.ReadUInt64(), []));
                        break;
                    case WireFormat.WireType.Fixed64:
                        result._fields.Add((field, input.ReadFixed64(), []));
                        break;
                    default:
                        input.SkipLastField();
                        break;
                }
            }

            return result;
        }

        public IEnumerable<byte[]> All(int field) => _fields.Where(f => f.Field == field).Select(f => f.Bytes);

        public byte[] Bytes(int field) => All(field).FirstOrDefault([]);

        public string Text(int field) => System.Text.Encoding.UTF8.GetString(Bytes(field));

        public string Hex(int field) => Convert.ToHexStringLower(Bytes(field));

        public ulong Number(int field) => _fields.Where(f => f.Field == field).Select(f => f.Number).FirstOrDefault();
    }
}
