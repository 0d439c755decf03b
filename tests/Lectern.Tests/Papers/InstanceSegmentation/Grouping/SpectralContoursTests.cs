using Lectern.Papers.InstanceSegmentation;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class SpectralContoursTests
{
    /// <summary>Dark on the left, light on the right; in the middle rows it grows light before the border.</summary>
    private static Tensor Faded()
    {
        var picture = full(3, 40, 40, 0.25f);
        picture[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(20)] = tensor(0.6f);
        picture[TensorIndex.Colon, TensorIndex.Slice(17, 23), TensorIndex.Slice(14, 20)] = tensor(0.6f);
        return picture;
    }

    [Fact]
    public void A_gap_in_a_contour_is_closed_from_the_whole_picture()
    {
        // How strong the border is in the middle of the gap, in that of its sharp part: locally, and spectrally.
        double Share(double weight)
        {
            var map = Contours.Of(Faded());
            SpectralContours.Mix(map, new SpectralSettings { Weight = weight, Vectors = 8 });
            float[] strengths = map.Maximum();
            double Best(int y) => Enumerable.Range(19, 2).Max(x => strengths[y * 40 + x]);
            return Best(20) / Best(8);
        }
        Assert.True(Share(1) > 1.5 * Share(0), $"{Share(1):0.000} against {Share(0):0.000}");
    }

    [Fact]
    public void The_smoothest_vectors_count_most()
    {
        // Two even halves: the border parts the first vector, and the others only swing within the halves.
        var picture = full(3, 24, 24, 0.25f);
        picture[TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(12)] = tensor(0.6f);
        var map = Contours.Of(picture);
        SpectralContours.Mix(map, new SpectralSettings { Weight = 1, Vectors = 8 });
        float[] strengths = map.Maximum();
        double border = Enumerable.Range(4, 16).Average(y => Math.Max(strengths[y * 24 + 11], strengths[y * 24 + 12]));
        double within = Enumerable.Range(4, 16).Average(y => (strengths[y * 24 + 4] + strengths[y * 24 + 19]) / 2);
        Assert.True(border > 2 * within, $"{border:0.0000} against {within:0.0000}");
    }

    [Fact]
    public void Decimated_vectors_are_near_those_of_the_whole_problem()
    {
        // The gradients of both, pixel by pixel, are nearly alike.
        float[] Of(int pixels)
        {
            var map = Contours.Of(Faded());
            SpectralContours.Mix(map, new SpectralSettings { Weight = 1, Vectors = 2, Pixels = pixels });
            return map.Maximum();
        }
        float[] whole = Of(1600), half = Of(400);
        double mean = whole.Average(), other = half.Average();
        double both = whole.Zip(half).Sum(pair => (pair.First - mean) * (pair.Second - other));
        double correlation = both / Math.Sqrt(
            whole.Sum(v => (v - mean) * (v - mean)) * half.Sum(v => (v - other) * (v - other)));
        Assert.True(correlation > 0.8, $"The correlation is {correlation:0.000}.");
    }

    [Fact]
    public void No_weight_and_nothing_to_see_change_nothing()
    {
        var map = Contours.Of(Faded());
        float[] before = map.Maximum();
        SpectralContours.Mix(map, new SpectralSettings { Weight = 0 });
        Assert.Equal(before, map.Maximum());
        var even = Contours.Of(full(3, 20, 20, 0.5f));
        SpectralContours.Mix(even, new SpectralSettings());
        Assert.Equal(0, even.Maximum().Max(), 1e-5);
        Assert.Throws<ArgumentException>(() => SpectralContours.Mix(map, new SpectralSettings { Weight = 2 }));
    }
}
