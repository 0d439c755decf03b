using Lectern.Papers.InstanceSegmentation;
using Lectern.Tests.Vision;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

/// <summary>Pictures and hierarchies that the tests of grouping share.</summary>
internal static class Landscapes
{
    /// <summary>Random heights from 0 to 1, neighbours being alike.</summary>
    internal static float[] Smooth(string name, int height, int width)
    {
        double[] noise = Formula.Uniform(name, height * width);
        return [.. noise.Select((_, i) =>
        {
            double sum = 0;
            for (int dy = -1; dy <= 1; dy++)
                for (int dx = -1; dx <= 1; dx++)
                    sum += noise[(i / width + dy + height) % height * width + (i % width + dx + width) % width];
            return (float)(sum / 9);
        })];
    }

    /// <summary>A hierarchy of some dozens of superpixels with random strengths.</summary>
    internal static RegionTree Tree(string name, int height, int width)
    {
        var superpixels = Watershed.Flood(Smooth(name, height, width), height, width);
        return RegionTree.Merge(superpixels, Formula.Uniform(name + " strengths", superpixels.Arcs.Count));
    }

    /// <summary>Superpixels as letters: 'a' is 0.</summary>
    internal static Superpixels Letters(params string[] rows) =>
        new(rows.Length, rows[0].Length, [.. rows.SelectMany(row => row.Select(letter => letter - 'a'))]);

    /// <summary>How many pieces a labelled picture has, pieces being connected by sides of pixels.</summary>
    internal static int Pieces(int[] labels, int width)
    {
        bool[] seen = new bool[labels.Length];
        int pieces = 0;
        for (int first = 0; first < labels.Length; first++)
        {
            if (seen[first]) continue;
            pieces++;
            var open = new Stack<int>([first]);
            seen[first] = true;
            while (open.TryPop(out int pixel))
                foreach (var (dy, dx) in new[] { (-1, 0), (1, 0), (0, -1), (0, 1) })
                {
                    int y = pixel / width + dy, x = pixel % width + dx, next = y * width + x;
                    if (y < 0 || y >= labels.Length / width || x < 0 || x >= width || seen[next]) continue;
                    if (labels[next] != labels[pixel]) continue;
                    seen[next] = true;
                    open.Push(next);
                }
        }
        return pieces;
    }
}
