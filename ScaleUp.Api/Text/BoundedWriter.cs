using System.Text;

namespace ScaleUp.Api.Text;

/// <summary>A string writer with a maximum length, which stops rendering before it uses too much memory.</summary>
/// <param name="maxLength">Maximum number of characters; more throw <see cref="RenderBudgetExceededException"/>.</param>
internal sealed class BoundedWriter(int maxLength) : StringWriter(new StringBuilder(), System.Globalization.CultureInfo.InvariantCulture)
{
    public override void Write(char value)
    {
        Reserve(1);
        base.Write(value);
    }

    public override void Write(char[] buffer, int index, int count)
    {
        Reserve(count);
        base.Write(buffer, index, count);
    }

    public override void Write(ReadOnlySpan<char> buffer)
    {
        Reserve(buffer.Length);
        base.Write(buffer);
    }

    public override void Write(string? value)
    {
        Reserve(value?.Length ?? 0);
        base.Write(value);
    }

    private void Reserve(int count)
    {
        if (GetStringBuilder().Length + count > maxLength)
        {
            throw new RenderBudgetExceededException();
        }
    }
}
