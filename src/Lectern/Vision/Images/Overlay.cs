using Lectern.Charts;

namespace Lectern.Vision;

/// <summary>Objects drawn into the pixels of a picture: for files; figures have Chart.Objects.</summary>
public static class Overlay
{
    private const double Opacity = 0.4;

    // Digits of 3×5 pixels, a row of bits after the other.
    private static readonly int[] Digits =
    [
        0b111_101_101_101_111, 0b010_110_010_010_111, 0b111_001_111_100_111, 0b111_001_111_001_111,
        0b101_101_111_001_001, 0b111_100_111_001_111, 0b111_100_111_101_111, 0b111_001_010_010_010,
        0b111_101_111_101_111, 0b111_101_111_001_111,
    ];

    /// <summary>
    /// Each object in a colour of its own: its pixels tinted, its outline and box full, its number from 1 at the
    /// box's corner. The first lies over the others.
    /// </summary>
    /// <param name="picture">[3, H, W]; uint8, or floating from 0 to 1.</param>
    /// <param name="objects">What is drawn.</param>
    /// <returns>uint8 [3, H, W].</returns>
    /// <exception cref="ArgumentException">A mask has another size than the picture.</exception>
    public static Tensor Draw(Tensor picture, IReadOnlyList<CocoDetection> objects)
    {
        ArgumentNullException.ThrowIfNull(objects);
        var (pixels, height, width, channels) = Chart.Pixels(picture);
        if (channels != 3) throw new ArgumentException(
            $"A picture to draw on is [3, H, W]; given was [{string.Join(", ", picture.shape)}].", nameof(picture));
        var canvas = new Canvas(pixels, height, width);
        int line = Math.Max(1, Math.Min(height, width) / 250);
        for (int i = objects.Count - 1; i >= 0; i--)
        {
            byte[] colour = Convert.FromHexString(Theme.Colour(i).AsSpan(1));
            if (objects[i].Mask is { } mask) canvas.Tint(mask, colour);
            var box = objects[i].Box;
            int x1 = (int)box.X, y1 = (int)box.Y, x2 = (int)Math.Ceiling(box.X + box.Width),
                y2 = (int)Math.Ceiling(box.Y + box.Height);
            canvas.Fill(x1, y1, x2, y1 + line, colour);
            canvas.Fill(x1, y2 - line, x2, y2, colour);
            canvas.Fill(x1, y1, x1 + line, y2, colour);
            canvas.Fill(x2 - line, y1, x2, y2, colour);
            canvas.Number(i + 1, x1, y1, line, colour);
        }
        using var scope = NewDisposeScope();
        return tensor(pixels, [height, width, 3]).permute(2, 0, 1).contiguous().MoveToOuterDisposeScope();
    }

    private sealed record Canvas(byte[] Pixels, int Height, int Width)
    {
        private void Mix(int y, int x, byte[] colour, double opacity)
        {
            if ((uint)y >= (uint)Height || (uint)x >= (uint)Width) return;
            for (int c = 0; c < 3; c++)
            {
                ref byte value = ref Pixels[(y * Width + x) * 3 + c];
                value = (byte)(value * (1 - opacity) + colour[c] * opacity);
            }
        }

        internal void Fill(int x1, int y1, int x2, int y2, byte[] colour)
        {
            for (int y = Math.Max(y1, 0); y < Math.Min(y2, Height); y++)
                for (int x = Math.Max(x1, 0); x < Math.Min(x2, Width); x++) Mix(y, x, colour, 1);
        }

        internal void Tint(RleMask mask, byte[] colour)
        {
            if ((mask.Height, mask.Width) != (Height, Width)) throw new ArgumentException(
                $"A mask of {mask.Height}×{mask.Width} does not fit a picture of {Height}×{Width}.");
            var (x1, y1, x2, y2) = mask.Bounds;
            bool[] inside = new bool[(x2 - x1) * Height];           // column by column, as runs go
            int at = -x1 * Height;
            for (int run = 0; run < mask.Runs.Length; at += mask.Runs[run++])
                if (run % 2 == 1) inside.AsSpan(at, mask.Runs[run]).Fill(true);
            bool In(int x, int y) =>
                x >= x1 && x < x2 && (uint)y < (uint)Height && inside[(x - x1) * Height + y];
            for (int x = x1; x < x2; x++)
                for (int y = y1; y < y2; y++)
                    if (In(x, y))
                        Mix(y, x, colour, In(x - 1, y) && In(x + 1, y) && In(x, y - 1) && In(x, y + 1) ? Opacity : 1);
        }

        internal void Number(int number, int left, int top, int scale, byte[] colour)
        {
            string text = $"{number}";
            // The whole plate stays in the picture, where it fits.
            int wide = (4 * text.Length + 1) * scale, high = 7 * scale;
            left = Math.Clamp(left, 0, Math.Max(0, Width - wide));
            top = Math.Clamp(top, 0, Math.Max(0, Height - high));
            Fill(left, top, left + wide, top + high, colour);
            for (int i = 0; i < text.Length; i++)
                for (int bit = 0; bit < 15; bit++)
                {
                    if ((Digits[text[i] - '0'] >> (14 - bit) & 1) == 0) continue;
                    int x = left + (1 + 4 * i + bit % 3) * scale, y = top + (1 + bit / 3) * scale;
                    Fill(x, y, x + scale, y + scale, [255, 255, 255]);
                }
        }
    }
}
