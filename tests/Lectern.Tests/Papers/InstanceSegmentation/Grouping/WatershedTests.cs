using Lectern.Papers.InstanceSegmentation;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class WatershedTests
{
    [Fact]
    public void Two_valleys_meet_on_the_ridge()
    {
        float[] row = [1, 0, 1, 5, 2, 2, 3];
        Assert.Equal([0, 0, 0, 0, 1, 1, 1], Watershed.Flood(row, 1, 7).Labels.ToArray());
        // As a column it is the same.
        Assert.Equal([0, 0, 0, 0, 1, 1, 1], Watershed.Flood(row, 7, 1).Labels.ToArray());
    }

    [Fact]
    public void A_basin_less_deep_than_asked_is_part_of_its_neighbour()
    {
        // Bottoms 0, 2 and 1, ridges at 3 and 4: the middle one is 1 deep, the others more.
        float[] row = [0, 3, 2, 4, 1];
        Assert.Equal(3, Watershed.Flood(row, 1, 5, 1).Count);
        Assert.Equal([0, 0, 0, 1, 1], Watershed.Flood(row, 1, 5, 1.5).Labels.ToArray());
        Assert.Equal(1, Watershed.Flood(row, 1, 5, 4).Count);
    }

    [Fact]
    public void Every_basin_is_one_piece_with_one_minimum()
    {
        float[] landscape = Landscapes.Smooth("basins", 30, 40);
        var regions = Watershed.Flood(landscape, 30, 40);
        Assert.Equal(regions.Count, Landscapes.Pieces(regions.Labels.ToArray(), 40));
        int minima = 0;
        for (int i = 0; i < landscape.Length; i++)
            if (new[] { (-1, 0), (1, 0), (0, -1), (0, 1) }.All(step =>
                i / 40 + step.Item1 is < 0 or >= 30 || i % 40 + step.Item2 is < 0 or >= 40
                || landscape[i + 40 * step.Item1 + step.Item2] > landscape[i]))
                minima++;
        Assert.Equal(minima, regions.Count);
        Assert.True(regions.Count > 20);
    }

    [Fact]
    public void A_weak_arc_that_ends_at_a_strong_contour_stays_weak()
    {
        // Black on the left; on the right two greys, one above the other, that hardly differ.
        var picture = zeros(3, 24, 24);
        picture[TensorIndex.Colon, TensorIndex.Slice(0, 12), TensorIndex.Slice(12)] = tensor(0.7f);
        picture[TensorIndex.Colon, TensorIndex.Slice(12), TensorIndex.Slice(12)] = tensor(0.75f);
        int[] labels = [.. Enumerable.Range(0, 576).Select(i => i % 24 < 12 ? 0 : i / 24 < 12 ? 1 : 2)];
        var regions = new Superpixels(24, 24, labels);
        var map = Contours.Of(picture);
        double[] strengths = Watershed.Strengths(regions, map);
        Assert.Equal([(0, 1), (0, 2), (1, 2)], regions.Arcs.Select(arc => (arc.A, arc.B)));
        float[] largest = map.Maximum();
        double withoutDirection = regions.Arcs[2]
            .Cracks.Average(crack => (largest[crack / 2] + largest[crack / 2 + 24]) / 2);
        Assert.True(strengths[2] < 0.4 * strengths[0]);
        Assert.True(strengths[2] < 0.8 * withoutDirection, $"{strengths[2]} against {withoutDirection}");
    }

    [Fact]
    public void A_slanting_arc_is_as_strong_as_the_contour_in_its_own_slant()
    {
        const int Side = 16, Directions = 8;
        // Below and above the diagonal that goes down to the right: at three quarters of half a turn, counter-clockwise.
        int[] labels = [.. Enumerable.Range(0, Side * Side).Select(i => i % Side > i / Side ? 1 : 0)];
        double Strength(int direction)
        {
            var map = new ContourMap(Side, Side, Directions);
            for (int pixel = 0; pixel < labels.Length; pixel++) map.Values[pixel * Directions + direction] = 1;
            return Watershed.Strengths(new Superpixels(Side, Side, labels), map)[0];
        }
        Assert.True(Strength(6) > 0.9, $"{Strength(6)}");
        Assert.True(Strength(2) < 0.1, $"{Strength(2)}");
        Assert.True(Strength(0) < 0.2 && Strength(4) < 0.2, $"{Strength(0)}, {Strength(4)}");
    }

    [Fact]
    public void Labels_in_another_size_are_those_of_most_of_a_pixel()
    {
        var regions = Landscapes.Letters("aabb", "aacb", "ccbb", "cccc");
        Assert.Equal([0, 1, 2, 1], regions.Resized(2, 2));              // of equal counts the first
        Assert.Equal(regions.Labels.ToArray(), regions.Resized(4, 4));
        int[] twice = regions.Resized(8, 8);
        Assert.Equal(Enumerable.Range(0, 64).Select(i => regions.Labels[i / 8 / 2 * 4 + i % 8 / 2]), twice);
    }

    [Fact]
    public void Labels_without_gaps_are_asked_for()
    {
        var error = Assert.Throws<ArgumentException>(() => new Superpixels(1, 3, [0, 2, 2]));
        Assert.Contains("no pixel has 1", error.Message);
        Assert.Throws<ArgumentException>(() => new Superpixels(2, 2, [0, 0, 0]));
        Assert.Throws<ArgumentException>(() => new Superpixels(1, 2, [0, -1]));
        Assert.Throws<ArgumentException>(() => Watershed.Flood(new float[5], 2, 3));
    }
}
