using System.Buffers.Binary;
using System.Buffers.Text;

namespace ScaleUp.Api.Paging;

/// <summary>
/// A place in a list: after the row that has this time (or rank) and this id. It stays right when rows are added meanwhile,
/// which a page number does not.
/// </summary>
/// <param name="Place">Ticks of a time in UTC, or the bits of a rank.</param>
/// <param name="Id">Tells rows of the same place apart.</param>
internal readonly record struct PageCursor(long Place, Guid Id)
{
    private const int Length = sizeof(long) + 16;

    public PageCursor(DateTimeOffset time, Guid id) : this(time.UtcTicks, id) { }

    public PageCursor(float rank, Guid id) : this(BitConverter.SingleToInt32Bits(rank), id) { }

    public DateTimeOffset Time => new(Place, TimeSpan.Zero);

    public float Rank => BitConverter.Int32BitsToSingle((int)Place);

    /// <summary>The cursor as text that goes into an address; opaque to clients.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Place);
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
        return cursor.Place >= DateTime.MinValue.Ticks && cursor.Place <= DateTime.MaxValue.Ticks;
    }
}
