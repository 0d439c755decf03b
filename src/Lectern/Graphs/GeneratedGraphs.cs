namespace Lectern.Graphs;

/// <summary>
/// Sets of small graphs made by rule, for lessons without a download. Two classes in turn; the same seed gives the same
/// set. Each rule stands for a kind of real data: what decides is the structure (<see cref="Molecules"/>), the nodes
/// alone (<see cref="Mixtures"/>), or the number of dense groups (<see cref="EgoNetworks"/>).
/// </summary>
public static class GeneratedGraphs
{
    /// <summary>
    /// Graphs like small molecules: rings of five or six nodes joined by chains, with node labels 0 (C), 1 (N), 2 (O) and
    /// 3 (Cl), and edge labels 0 (in a ring) and 1 (in a chain). Class 1 has an N with two O's fixed to a ring, as the
    /// nitro groups of MUTAG are; class 0 has the same atoms, but the group hangs at the end of a chain.
    /// </summary>
    /// <remarks>Both classes have the same distribution of node labels, of degrees and of sizes: only where the group
    /// stands tells them apart, so a sum over nodes is at chance and one round of message passing is not.</remarks>
    /// <param name="count">Number of graphs.</param>
    /// <param name="seed">Which set.</param>
    /// <param name="noise">Share of the graphs whose class is drawn at random, 0 to 1.</param>
    public static GraphDataset Molecules(int count, int seed, double noise = 0)
    {
        var random = new Random(seed);
        return Make("molecules", count, 4, 2, g => Molecule(random, nitro: g % 2 == 1), random, noise);
    }

    /// <summary>
    /// Graphs whose nodes decide: 10 to 40 nodes with three labels, drawn with shares 0.45, 0.35, 0.20 in class 0 and
    /// 0.30, 0.35, 0.35 in class 1, on a path with random chords that is drawn alike for both.
    /// </summary>
    /// <remarks>Like PROTEINS in Errica et al. 2020: a model that only counts labels has all there is to know.</remarks>
    /// <inheritdoc cref="Molecules" path="/param"/>
    public static GraphDataset Mixtures(int count, int seed, double noise = 0)
    {
        var random = new Random(seed);
        return Make("mixtures", count, 3, 0, g =>
        {
            int n = random.Next(10, 41);
            var drawing = new Drawing();
            for (int i = 0; i < n; i++)
            {
                double u = random.NextDouble(), low = g % 2 == 0 ? 0.45 : 0.30;
                drawing.Add(u < low ? 0 : u < low + 0.35 ? 1 : 2);
                if (i > 0) drawing.Join(i - 1, i, 0);
            }
            for (int chord = 0; chord < n / 2; chord++)
            {
                int i = random.Next(n), j = random.Next(n);
                if (i != j) drawing.Join(i, j, 0);
            }
            return drawing;
        }, random, noise);
    }

    /// <summary>
    /// Graphs like the ego networks of IMDB-BINARY, without labels: one node that is joined to all others, which form
    /// groups that are all joined. Class 0 has 1 or 2 groups, class 1 has 2 to 4, and both have 10 to 24 nodes.
    /// </summary>
    /// <remarks>The same graph often comes twice, with the same class or with another, as in the real set.</remarks>
    /// <inheritdoc cref="Molecules" path="/param"/>
    public static GraphDataset EgoNetworks(int count, int seed, double noise = 0)
    {
        var random = new Random(seed);
        return Make("ego-networks", count, 0, 0, g =>
        {
            int n = random.Next(10, 25), groups = g % 2 == 0 ? random.Next(1, 3) : random.Next(2, 5);
            var drawing = new Drawing();
            for (int i = 0; i < n; i++)
            {
                drawing.Add(0);
                for (int j = 0; j < i; j++)
                    if (j == 0 || (j - 1) % groups == (i - 1) % groups) drawing.Join(j, i, 0);
            }
            return drawing;
        }, random, noise);
    }

    private static Drawing Molecule(Random random, bool nitro)
    {
        var drawing = new Drawing();
        var ring = new List<int>();                                     // carbons of rings that may still take a bond
        int rings = random.Next(1, 4);
        for (int r = 0; r < rings; r++)
        {
            int size = random.Next(5, 7), first = drawing.Nodes;
            for (int i = 0; i < size; i++) drawing.Add(0);
            for (int i = 0; i < size; i++) drawing.Join(first + i, first + (i + 1) % size, 0);
            if (r > 0) drawing.Join(Take(ring, random), first, 1);
            ring.AddRange(Enumerable.Range(first + 1, size - 1));
        }
        // A chain of two or three carbons on a ring, and a chlorine on another place.
        int end = Take(ring, random), length = random.Next(2, 4);
        for (int i = 0; i < length; i++) end = drawing.Hang(end, 0);
        int free = Take(ring, random);
        // The group and the chlorine change places between the classes.
        int n = drawing.Hang(nitro ? free : end, 1);
        drawing.Hang(n, 2);
        drawing.Hang(n, 2);
        drawing.Hang(nitro ? end : free, 3);
        return drawing;
    }

    private static int Take(List<int> places, Random random)
    {
        int at = random.Next(places.Count), place = places[at];
        places.RemoveAt(at);
        return place;
    }

    private static GraphDataset Make(
        string name, int count, int nodeLabels, int edgeLabels, Func<int, Drawing> draw, Random random, double noise)
    {
        if (count < 1) throw new ArgumentOutOfRangeException(nameof(count), count, "A set has at least one graph.");
        if (noise is < 0 or > 1) throw new ArgumentOutOfRangeException(nameof(noise), noise, "A share lies between 0 and 1.");
        var (drawings, labels) = (new Drawing[count], new int[count]);
        for (int g = 0; g < count; g++)
        {
            drawings[g] = draw(g);
            labels[g] = random.NextDouble() < noise ? random.Next(2) : g % 2;
        }
        return new GraphDataset
        {
            Name = name,
            Graphs = [.. drawings.Select(drawing => drawing.ToGraph())],
            Labels = labels,
            Classes = 2,
            NodeLabels = nodeLabels == 0 ? null : [.. drawings.Select(drawing => drawing.Labels)],
            NodeLabelCount = nodeLabels,
            EdgeLabels = edgeLabels == 0 ? null : [.. drawings.Select(drawing => drawing.EdgeLabels())],
            EdgeLabelCount = edgeLabels,
        };
    }

    /// <summary>A labelled graph that is being drawn.</summary>
    private sealed class Drawing
    {
        private readonly List<int> labels = [];
        private readonly Dictionary<(int, int), int> edges = [];

        public int Nodes => labels.Count;

        public int[] Labels => [.. labels];

        public int Add(int label)
        {
            labels.Add(label);
            return labels.Count - 1;
        }

        public void Join(int i, int j, int label) => edges.TryAdd((Math.Min(i, j), Math.Max(i, j)), label);

        /// <summary>A new node on an old one; its number.</summary>
        public int Hang(int on, int label)
        {
            int node = Add(label);
            Join(on, node, 1);
            return node;
        }

        public Graph ToGraph() => Graph.Undirected(Nodes, [.. edges.Keys]);

        public int[] EdgeLabels()
        {
            var graph = ToGraph();
            return [.. graph.Sources.Zip(graph.Targets, (i, j) => edges[(Math.Min(i, j), Math.Max(i, j))])];
        }
    }
}
