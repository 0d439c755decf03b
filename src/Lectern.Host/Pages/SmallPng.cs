using Lectern.Charts;

namespace Lectern.Host.Pages;

/// <summary>Stores a drawn picture with a palette, which takes about half the space and looks the same.</summary>
/// <remarks>
/// A plot has few colours, and many shades of them along the edges of lines and letters. The palette is found by median cut
/// (Heckbert 1982): the colours are halved again and again at the median of the channel in which they differ most.
/// </remarks>
internal static class SmallPng
{
    private const int Colours = 256;

    // Levels of 255, root mean square over the pixels: beyond it the steps of a smooth field of colours can be seen.
    private const double Visible = 2.0;

    /// <summary>The picture as a PNG with a palette.</summary>
    /// <param name="rgba">Row by row from the top, four bytes a pixel.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <returns>The file; null where 256 colours would not do, or a pixel lets the ground shine through.</returns>
    public static byte[]? Encode(ReadOnlySpan<byte> rgba, int width, int height)
    {
        var counts = new Dictionary<int, int>();
        for (var i = 0; i < rgba.Length; i += 4)
        {
            if (rgba[i + 3] != 255)
            {
                return null;
            }
            var colour = Colour(rgba, i);
            counts[colour] = counts.GetValueOrDefault(colour) + 1;
        }
        // In order: what comes out must not depend on where a dictionary keeps its entries.
        var colours = counts.Select(c => new Counted(c.Key, c.Value)).OrderBy(c => c.Colour).ToArray();
        var palette = colours.Length <= Colours ? [.. colours.Select(c => c.Colour)] : Cut(colours);
        var places = new Dictionary<int, byte>(colours.Length);
        var error = 0.0;
        foreach (var (colour, count) in colours)
        {
            var (place, distance) = Nearest(colour, palette);
            places[colour] = place;
            error += (double)distance * count;
        }
        if (Math.Sqrt(error / (3.0 * width * height)) > Visible)
        {
            return null;
        }
        var indices = new byte[width * height];
        for (var i = 0; i < indices.Length; i++)
        {
            indices[i] = places[Colour(rgba, 4 * i)];
        }
        var bytes = palette.SelectMany(c => new[] { (byte)Channel(c, 0), (byte)Channel(c, 1), (byte)Channel(c, 2) }).ToArray();
        return Png.EncodeIndexed(indices, bytes, width, height);
    }

    private static int Colour(ReadOnlySpan<byte> rgba, int at) => (rgba[at] << 16) | (rgba[at + 1] << 8) | rgba[at + 2];

    private static int Channel(int colour, int number) => (colour >> (16 - (8 * number))) & 255;

    private static int[] Cut(Counted[] colours)
    {
        var boxes = new PriorityQueue<ArraySegment<Counted>, double>();
        boxes.Enqueue(colours, 0);
        while (boxes.Count < Colours && boxes.Peek().Count > 1)
        {
            var box = boxes.Dequeue();
            var channel = Widest(box).Channel;
            Array.Sort(colours, box.Offset, box.Count, Comparer<Counted>.Create((a, b) =>
                (Channel(a.Colour, channel), a.Colour).CompareTo((Channel(b.Colour, channel), b.Colour))));
            var half = box.Sum(c => (long)c.Count) / 2;
            var first = 1;
            for (long sum = box[0].Count; first < box.Count - 1 && sum + box[first].Count <= half; first++)
            {
                sum += box[first].Count;
            }
            foreach (var part in new[] { box[..first], box[first..] })
            {
                boxes.Enqueue(part, -Widest(part).Spread);
            }
        }
        return [.. boxes.UnorderedItems.Select(box => Mean(box.Element)).Distinct().Order()];
    }

    // The channel with the most variation in it, and how much of the picture's error that is.
    private static (int Channel, double Spread) Widest(ArraySegment<Counted> box)
    {
        var spreads = Enumerable.Range(0, 3).Select(channel =>
        {
            double sum = 0, squares = 0, count = 0;
            foreach (var (colour, times) in box)
            {
                double value = Channel(colour, channel);
                sum += times * value;
                squares += times * value * value;
                count += times;
            }
            return (Channel: channel, Spread: box.Count == 1 ? 0 : squares - (sum * sum / count));
        });
        return spreads.MaxBy(s => s.Spread);
    }

    private static int Mean(ArraySegment<Counted> box)
    {
        var total = box.Sum(c => (double)c.Count);
        int Of(int channel) => (int)Math.Round(box.Sum(c => (double)c.Count * Channel(c.Colour, channel)) / total);
        return (Of(0) << 16) | (Of(1) << 8) | Of(2);
    }

    private static (byte Place, int Distance) Nearest(int colour, int[] palette)
    {
        var (best, least) = (0, int.MaxValue);
        for (var i = 0; i < palette.Length; i++)
        {
            var (r, g, b) = (Channel(palette[i], 0) - Channel(colour, 0), Channel(palette[i], 1) - Channel(colour, 1),
                Channel(palette[i], 2) - Channel(colour, 2));
            var distance = (r * r) + (g * g) + (b * b);
            if (distance < least)
            {
                (best, least) = (i, distance);
            }
        }
        return ((byte)best, least);
    }

    private readonly record struct Counted(int Colour, int Count);
}
