using Lectern.Training;

namespace Lectern.Graphs;

/// <summary>A made-up citation graph: communities that cite themselves more than others, and words that hint at them.</summary>
/// <param name="Count">Communities, which are the classes.</param>
/// <param name="Size">Nodes in each.</param>
/// <param name="Inside">A node's expected neighbours in its own community.</param>
/// <param name="Outside">Its expected neighbours elsewhere.</param>
/// <param name="Words">F, words in all; each community has an equal part of them as its own.</param>
/// <param name="WordsPerNode">Words of a node, drawn with repetition; a repeated word counts once.</param>
/// <param name="OwnWords">Share of words that come from the community's own part; the others come from all.</param>
/// <param name="Close">Further expected neighbours in a node's own group, a small part of its community; 0: there are no groups.</param>
/// <param name="GroupSize">Nodes in a group.</param>
/// <param name="TrainPerClass">Training nodes of each class.</param>
/// <param name="Validation">Validation nodes.</param>
/// <param name="Test">Test nodes.</param>
public sealed record CommunitySettings(int Count = 5, int Size = 80, double Inside = 3, double Outside = 1, int Words = 200,
    int WordsPerNode = 10, double OwnWords = 0.25, double Close = 0, int GroupSize = 10, int TrainPerClass = 10, int Validation = 50, int Test = 200);

/// <summary>Makes <see cref="CommunitySettings"/> a data set, so that lessons on citation graphs run without a download.</summary>
public static class Communities
{
    /// <summary>A stochastic block model with a bag of words for each node. The same seed gives the same set.</summary>
    /// <param name="settings">Sizes and shares.</param>
    /// <param name="seed">Of edges, words and split.</param>
    public static NodeDataset Make(CommunitySettings settings, int seed)
    {
        ArgumentNullException.ThrowIfNull(settings);
        int nodes = settings.Count * settings.Size, own = settings.Words / settings.Count;
        var (graph, blocks) = Generators.StochasticBlocks([.. Enumerable.Repeat(settings.Size, settings.Count)],
            Math.Min(1, settings.Inside / Math.Max(1, settings.Size - 1)), Math.Min(1, settings.Outside / Math.Max(1, nodes - settings.Size)), seed);
        var random = new Random(seed);
        if (settings.Close > 0) graph = Graph.Undirected(nodes, [.. graph.Pairs(), .. GroupPairs(settings, blocks, random)]);
        int Word(int block) => random.NextDouble() < settings.OwnWords ? block * own + random.Next(own) : random.Next(settings.Words);
        var (pointers, words) = (new List<int> { 0 }, new List<int>());
        foreach (int block in blocks)
        {
            words.AddRange(Enumerable.Range(0, settings.WordsPerNode).Select(_ => Word(block)).Distinct().Order());
            pointers.Add(words.Count);
        }
        var (train, validation, test) = Splits.PerClass(blocks, settings.TrainPerClass, settings.Validation, settings.Test, seed);
        Tensor Nodes(int[] some) => tensor([.. some.Select(i => (long)i)]).DetachFromDisposeScope();
        return new NodeDataset("communities", graph, SparseMatrix.FromRows(nodes, settings.Words, [.. pointers], [.. words]),
            Nodes(blocks), Nodes(train), Nodes(validation), Nodes(test), settings.Count);
    }

    // Groups are runs of nodes inside a community; the last of each may be smaller.
    private static IEnumerable<(int, int)> GroupPairs(CommunitySettings settings, int[] blocks, Random random)
    {
        double joined = Math.Min(1, settings.Close / Math.Max(1, settings.GroupSize - 1));
        int Group(int node) => node % settings.Size / settings.GroupSize;
        for (int i = 0; i < blocks.Length; i++)
            for (int j = i + 1; j < blocks.Length && blocks[j] == blocks[i] && Group(j) == Group(i); j++)
                if (random.NextDouble() < joined) yield return (i, j);
    }
}
