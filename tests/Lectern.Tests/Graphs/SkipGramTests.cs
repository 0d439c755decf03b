using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

/// <summary>Skip-gram: a step against autograd, the tree, and that near nodes come near.</summary>
public sealed class SkipGramTests
{
    private static readonly SkipGramSettings Small = new(Dimensions: 16, Window: 3, Epochs: 5, Subsample: 0, Threads: 1);

    /// <summary>Two cliques of ten nodes with one edge between them.</summary>
    private static Graph Dumbbell() => Graph.Undirected(20, [
        .. from i in Enumerable.Range(0, 10) from j in Enumerable.Range(i + 1, 9 - i) select (i, j),
        .. from i in Enumerable.Range(10, 10) from j in Enumerable.Range(i + 1, 19 - i) select (i, j), (9, 10)]);

    private static RandomWalks Walks(int seed = 1) => new(Dumbbell(), new WalkSettings(PerNode: 20, Length: 20), seed);

    /// <summary>Mean cosine of pairs in one clique, less that of pairs across.</summary>
    private static double Margin(Tensor vectors)
    {
        using var scope = NewDisposeScope();
        var unit = nn.functional.normalize(vectors);
        var cosine = unit.mm(unit.t());
        double Mean(int r, int c) => cosine.narrow(0, r, 9).narrow(1, c, 9).mean().item<float>();    // the two ends of the bridge left out
        return (Mean(0, 0) + Mean(11, 11)) / 2 - Mean(0, 11);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(16)]
    [InlineData(50)]
    [InlineData(128)]
    public void A_step_is_one_of_gradient_descent_on_the_pairs_loss(int dimensions)
    {
        using var scope = NewDisposeScope();
        var model = new SkipGram(8, new SkipGramSettings(dimensions), 1);
        for (int i = 0; i < 200; i++) model.Learn(i % 8, (i + 1) % 8, [(i + 3) % 8, (i + 5) % 8], 1.0);    // away from zero
        var (inputs, outputs) = (model.Vectors.requires_grad_(), model.Outputs.requires_grad_());
        Tensor Score(int v) => (outputs[v] * inputs[2]).sum();
        var loss = nn.functional.softplus(-Score(4)) + nn.functional.softplus(Score(0)) + nn.functional.softplus(Score(7));
        loss.backward();
        double measured = model.Learn(2, 4, [0, 7], 0.1);
        Assert.Equal(loss.item<float>(), measured, 1e-5);
        using var quiet = no_grad();
        Assert.True((inputs - 0.1 * inputs.grad! - model.Vectors).abs().max().item<float>() < 1e-6f);
        Assert.True((outputs - 0.1 * outputs.grad! - model.Outputs).abs().max().item<float>() < 1e-6f);
        Assert.True((inputs.detach() - model.Vectors).abs().max().item<float>() > 1e-4f);
    }

    [Fact]
    public void A_code_is_short_for_who_is_often_visited_and_its_leaves_share_one()
    {
        // Huffman's own way: 1 + 1 = 2, 2 + 2 = 4, 4 + 4 = 8: lengths 1, 2, 3, 3.
        var code = new HuffmanCode([8, 4, 2, 2]);
        Assert.Equal([1, 2, 3, 3], Enumerable.Range(0, 4).Select(i => code.Way(i).Length));
        Assert.Equal(3, code.Longest);
        var random = new Random(1);
        long[] counts = [.. Enumerable.Range(0, 300).Select(_ => (long)random.Next(0, 1000))];
        var large = new HuffmanCode(counts);
        // Whatever is decided at the inner nodes, the probabilities of all leaves add up to 1.
        double[] left = [.. Enumerable.Range(0, 299).Select(_ => random.NextDouble())];
        double sum = 0, entropy = 0, bits = 0;
        for (int leaf = 0; leaf < 300; leaf++)
        {
            double chance = 1;
            for (int i = 0; i < large.Way(leaf).Length; i++)
                chance *= large.Turns(leaf)[i] > 0 ? left[large.Way(leaf)[i]] : 1 - left[large.Way(leaf)[i]];
            sum += chance;
            double share = counts[leaf] / (double)counts.Sum();
            bits += share * large.Way(leaf).Length;
            entropy -= share > 0 ? share * Math.Log2(share) : 0;
        }
        Assert.Equal(1, sum, 12);
        Assert.InRange(bits, entropy, entropy + 1);                         // Shannon: no code is below, Huffman's is within one bit
    }

    [Theory]
    [InlineData(5)]
    [InlineData(0)]
    public void Nodes_of_one_clique_come_nearer_than_nodes_of_two(int negatives)
    {
        var model = new SkipGram(20, Small with { Negatives = negatives }, 1);
        double before = Margin(model.Vectors);
        model.Train(Walks());
        Assert.True(Math.Abs(before) < 0.2, $"Before training: {before}.");
        Assert.True(Margin(model.Vectors) > 0.5, $"After training: {Margin(model.Vectors)}.");
    }

    [Fact]
    public void On_one_thread_the_same_seed_gives_the_same_vectors_and_another_gives_others()
    {
        Tensor Vectors(int seed)
        {
            var model = new SkipGram(20, Small, seed);
            model.Train(Walks());
            return model.Vectors;
        }
        using var scope = NewDisposeScope();
        Assert.Equal(Vectors(1).data<float>().ToArray(), Vectors(1).data<float>().ToArray());
        Assert.NotEqual(Vectors(1).data<float>().ToArray(), Vectors(2).data<float>().ToArray());
    }

    [Fact]
    public void Several_threads_learn_as_well_as_one()
    {
        var model = new SkipGram(20, Small with { Threads = 3 }, 1);
        model.Train(Walks());
        Assert.True(Margin(model.Vectors) > 0.5);
        Assert.True(model.Vectors.isfinite().all().item<bool>());
    }

    [Fact]
    public void Who_is_visited_more_often_than_the_threshold_is_trained_on_less()
    {
        // A star: every other visit is the middle's. With subsampling it keeps little of that.
        var walks = new RandomWalks(Generators.Star(50), new WalkSettings(PerNode: 5, Length: 20), 1);
        double Moved(double subsample)
        {
            using var scope = NewDisposeScope();
            // At a small rate the middle's own vector, zero at first, grows with the number of steps.
            var model = new SkipGram(50, Small with { Subsample = subsample, Epochs = 1, LearningRate = 1e-3, FinalRate = 1e-3 }, 1);
            model.Train(walks);
            return model.Outputs[0].norm().item<float>();
        }
        Assert.True(Moved(1e-3) < 0.3 * Moved(0), $"{Moved(1e-3)} with, {Moved(0)} without.");
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_the_reason()
    {
        var model = new SkipGram(5, Small, 1);
        Assert.Contains("20 nodes", Assert.Throws<ArgumentException>(() => model.Train(Walks())).Message);
        Assert.Contains("0 to 4", Assert.Throws<ArgumentOutOfRangeException>(() => model.Learn(5, 0, [], 0.1)).Message);
        Assert.Contains("negative", Assert.Throws<ArgumentException>(() => model.Learn(1, 0, [0], 0.1)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SkipGram(5, new SkipGramSettings(Dimensions: 0), 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SkipGram(5, new SkipGramSettings(LearningRate: double.NaN), 1));
    }
}
