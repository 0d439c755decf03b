using Lectern.Training;

namespace Lectern.Graphs.Large;

/// <summary>A large graph made by rule, whose classes can be learned from neighbours and hardly from a node's own features.</summary>
/// <param name="Nodes">N. Groups of <paramref name="GroupSize"/> lie anywhere among the numbers.</param>
/// <param name="Pairs">Pairs of nodes that are drawn; each is an edge in both directions, and a few come twice.</param>
/// <param name="Features">F.</param>
/// <param name="Classes">Group g has class g mod this.</param>
/// <param name="GroupSize">Nodes a group.</param>
/// <param name="Inside">Share of the pairs that lie within a group; the other ends are anywhere.</param>
/// <param name="Noise">Standard deviation of a feature around its class's mean; the means of the classes are drawn with 1.</param>
/// <param name="Half">Whether features are kept in float16.</param>
public sealed record PlantedGraph(
    int Nodes = 1_000_000, int Pairs = 10_000_000, int Features = 32, int Classes = 16, int GroupSize = 500, double Inside = 0.7,
    double Noise = 6, bool Half = true)
{
    /// <summary>Writes the graph as a <see cref="StoredGraph"/>. Memory: 24 bytes a node.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="seed">The same seed gives the same files.</param>
    public void Write(string folder, int seed)
    {
        var random = new Random(seed);
        int[] order = [.. Enumerable.Range(0, Nodes)], place = new int[Nodes];
        random.Shuffle(order);
        for (int i = 0; i < Nodes; i++) place[order[i]] = i;
        float[][] means = [.. Enumerable.Range(0, Classes).Select(_ => Normal(new float[Features], null, 1))];
        using var writer = new StoredGraphWriter(folder, Nodes, Features, Classes, Half);
        float[] row = new float[Features];
        for (int node = 0; node < Nodes; node++)
        {
            int label = place[node] / GroupSize % Classes;
            writer.AddNode(Normal(row, means[label], Noise), label);
        }
        for (int pair = 0; pair < Pairs; pair++)
        {
            int one = random.Next(Nodes), first = one / GroupSize * GroupSize;
            int other = random.NextDouble() < Inside ? random.Next(first, Math.Min(first + GroupSize, Nodes)) : random.Next(Nodes);
            if (one == other) continue;
            writer.AddEdge(order[one], order[other]);
            writer.AddEdge(order[other], order[one]);
        }
        writer.Finish();

        float[] Normal(float[] values, float[]? mean, double deviation)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = (float)((mean?[i] ?? 0) + deviation * random.NextNormal());
            return values;
        }
    }
}
