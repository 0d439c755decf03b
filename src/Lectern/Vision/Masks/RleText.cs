using System.Text;

namespace Lectern.Vision;

/// <summary>Run lengths as COCO's text.</summary>
/// <remarks>
/// From the fourth run on, the difference to the run before last is written: neighbouring columns of a
/// shape are about as long. A number is groups of five bits, the least first and sign-extended; bit 5
/// says that more follow, and 48 is added to make a character.
/// </remarks>
internal static class RleText
{
    private const int First = '0', More = 0x20, Sign = 0x10, Bits = 5;

    internal static string Write(ReadOnlySpan<int> runs)
    {
        var text = new StringBuilder();
        for (int i = 0; i < runs.Length; i++)
        {
            int rest = i > 2 ? runs[i] - runs[i - 2] : runs[i];
            while (true)
            {
                int group = rest & 0x1F;
                rest >>= Bits;                                                          // keeps the sign
                bool last = (group & Sign) == 0 ? rest == 0 : rest == -1;
                text.Append((char)(First + (last ? group : group | More)));
                if (last) break;
            }
        }
        return text.ToString();
    }

    /// <exception cref="InvalidDataException">A character is none of the 64, or the text ends within a
    /// number.</exception>
    internal static int[] Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var runs = new List<int>();
        for (int at = 0; at < text.Length;)
        {
            long value = 0;
            for (int shift = 0; ; shift += Bits)
            {
                if (at == text.Length || shift > 35)
                    throw new InvalidDataException($"The run lengths '{Short(text)}' end within a number.");
                int group = text[at++] - First;
                if (group is < 0 or >= 64)
                    throw new InvalidDataException(
                        $"The run lengths '{Short(text)}' have the character '{text[at - 1]}', not theirs.");
                value |= (long)(group & 0x1F) << shift;
                if ((group & More) != 0) continue;
                if ((group & Sign) != 0) value -= 1L << (shift + Bits);
                break;
            }
            if (runs.Count > 2) value += runs[^2];
            if (value is < 0 or > int.MaxValue)
                throw new InvalidDataException($"The run lengths '{Short(text)}' have {value} pixels.");
            runs.Add((int)value);
        }
        return [.. runs];
    }

    private static string Short(string text) => text.Length > 40 ? text[..40] + "…" : text;
}
