using System.Buffers.Binary;
using System.Buffers.Text;

namespace ScaleUp.Api.Paging;

/// <summary>
/// A position in a list: after the row with this time (or rank) and id. Unlike a page number, it stays correct when rows are added.
/// </summary>
/// <param name="SortKey">Ticks of a UTC time, or the bits of a rank.</param>
/// <param name="Id">Breaks ties between rows with the same sort key.</param>
internal readonly record struct PageCursor(long SortKey, Guid Id)
{
    private const int Length = sizeof(long) + 16;

    public PageCursor(DateTimeOffset time, Guid id) : this(time.UtcTicks, id) { }

    public PageCursor(float rank, Guid id) : this(BitConverter.SingleToInt32Bits(rank), id) { }

    public DateTimeOffset Time => new(SortKey, TimeSpan.Zero);

    public float Rank => BitConverter.Int32BitsToSingle((int)SortKey);

    /// <summary>The cursor as URL-safe text, opaque to clients.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, SortKey);
        Id.TryWriteBytes(bytes[sizeof(long)..]);
        return Base64Url.EncodeToString(bytes);
    }

    public static bool TryParse(string text, out PageCursor cursor)
    {
        cursor = default;
        Span<byte> bytes = stackalloc byte[Length];
        if (!Base64Url.IsValid(text, out var length) || length != Length || !Base64Url.TryDecodeFromChars(text, bytes, out _))
        {
            return false;
        }

        cursor = new PageCursor(BinaryPrimitives.ReadInt64BigEndian(bytes), new Guid(bytes[sizeof(long)..]));
        return cursor.SortKey >= DateTime.MinValue.Ticks && cursor.SortKey <= DateTime.MaxValue.Ticks;
    }
}
