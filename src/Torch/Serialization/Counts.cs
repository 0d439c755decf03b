namespace TorchSharp.Utils;

/// <summary>Counts as TorchSharp's files have them: seven bits a byte, least first (LEB128).</summary>
internal static class Counts
{
    public static void WriteCount(this BinaryWriter writer, long value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        for (; value > 0x7f; value >>= 7)
        {
            writer.Write((byte)(value | 0x80));
        }
        writer.Write((byte)value);
    }

    /// <exception cref="InvalidDataException">The count has more than 63 bits.</exception>
    public static long ReadCount(this BinaryReader reader)
    {
        long result = 0;
        for (var shift = 0; shift < 63; shift += 7)
        {
            var next = reader.ReadByte();
            result |= (long)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return result;
            }
        }
        throw new InvalidDataException(
            "The file holds a count of more than 63 bits: it is damaged, or not in TorchSharp's format.");
    }
}
