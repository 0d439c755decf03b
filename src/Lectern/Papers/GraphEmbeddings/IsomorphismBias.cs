// Isomorphism bias — S. Ivanov, S. Sviridov and E. Burnaev, "Understanding Isomorphism Bias in Graph Data
// Sets", 2019, arXiv:1910.12091.
// Idea      Data sets of graphs hold isomorphic copies. A copy in training gives its twin in testing away;
//           copies with different classes cannot all be right. Count them, report on both parts, clean the
//           set.
// Symbols   D -> GraphDataset; orbit -> a class of isomorphic graphs with at least two members;
//           I, IP, mismatched -> IsomorphismStatistics; Y_iso, Y_new -> PeeringResult.Iso, New
// Orbits    colour refinement parts the graphs, an exact search confirms              -> IsomorphismBias.Find
// Cleaning  one member of each orbit of one class; mixed orbits go                   -> IsomorphismBias.Clean
// Peering   a test graph with copies in training gets the majority label of those     -> IsomorphismBias.Peer
// Models    any, over folds, each score in its parts                         -> IsomorphismBias.CrossValidate
//           GIN, 1-nearest neighbour in colours, vertex histograms
//                                                            -> Gin, NearestNeighbour, VertexHistogramKernel
// Differs   nothing; node attributes are one more notion of a copy.
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Papers.GraphEmbeddings;

/// <summary>What has to agree for two graphs to count as copies, besides their shape.</summary>
[Flags]
public enum CopyNotion
{
    /// <summary>The shape alone.</summary>
    Shape = 0,

    /// <summary>Node labels too.</summary>
    NodeLabels = 1,

    /// <summary>Edge labels too.</summary>
    EdgeLabels = 2,

    /// <summary>Node attributes too: all numbers of a node, exactly.</summary>
    NodeAttributes = 4,
}

/// <summary>The isomorphism classes of a data set.</summary>
/// <param name="Notion">What had to agree.</param>
/// <param name="ClassOf">Isomorphism class of each graph, numbered from 0 by first member: [N].</param>
/// <param name="Classes">The members of each class, ascending; many have one.</param>
/// <param name="Compared">Pairs that colour refinement left and the exact search had to decide.</param>
/// <param name="Refuted">How many of those are not isomorphic after all.</param>
public sealed record IsomorphismClasses(
    CopyNotion Notion, IReadOnlyList<int> ClassOf, IReadOnlyList<IReadOnlyList<int>> Classes,
    int Compared, int Refuted)
{
    /// <summary>The classes with at least two members.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Orbits { get; } = [.. Classes.Where(c => c.Count > 1)];
}

/// <summary>The paper's counts for one data set; shares from 0 to 1.</summary>
/// <param name="Graphs">N.</param>
/// <param name="Orbits">Isomorphism classes with at least two members.</param>
/// <param name="InOrbits">I, the graphs in them.</param>
/// <param name="Largest">Members of the largest.</param>
/// <param name="PairShare">IP, the share of all pairs that are isomorphic.</param>
/// <param name="MixedOrbits">Orbits with more than one class.</param>
/// <param name="Mismatched">Graphs in those.</param>
/// <param name="Cleaned">Graphs that cleaning leaves.</param>
/// <param name="Ceiling">The best accuracy on the whole set of whoever gives copies one answer.</param>
public sealed record IsomorphismStatistics(int Graphs, int Orbits, int InOrbits, int Largest,
    double PairShare, int MixedOrbits, int Mismatched, int Cleaned, double Ceiling)
{
    /// <summary>I / N.</summary>
    public double Share => (double)InOrbits / Graphs;

    /// <summary>Share of the graphs in mixed orbits.</summary>
    public double MismatchedShare => (double)Mismatched / Graphs;
}

/// <summary>Accuracy of one cross-validation, in parts; shares from 0 to 1,
/// NaN where a part is empty.</summary>
/// <param name="All">On all test graphs.</param>
/// <param name="Iso">On Y_iso: test graphs with a copy in training.</param>
/// <param name="New">On Y_new: the rest.</param>
/// <param name="IsoShare">Share of the test graphs in Y_iso.</param>
/// <param name="Peered">On all, where predictions on Y_iso are looked up (orbits of any kind).</param>
/// <param name="PeeredHomogeneous">On all, where they are looked up only for orbits of one class.</param>
/// <param name="Folds">Accuracy on all test graphs, fold by fold.</param>
public sealed record PeeringResult(double All, double Iso, double New, double IsoShare, double Peered,
    double PeeredHomogeneous, IReadOnlyList<double> Folds);

/// <summary>Settings of the paper's network; the defaults are its code's.</summary>
/// <param name="Hidden">Width of each layer.</param>
/// <param name="Layers">Layers after the input.</param>
/// <param name="Dropout">On each layer's scores.</param>
/// <param name="BatchSize">Graphs a step.</param>
/// <param name="LearningRate">Adam's, at the beginning.</param>
/// <param name="HalveEvery">Epochs after which the rate is halved.</param>
/// <param name="Epochs">Passes over the graphs; the one of best validation accuracy counts.</param>
/// <param name="HeldOut">One training graph in this many is held out for validation.</param>
public sealed record IsomorphismGinSettings(int Hidden = 64, int Layers = 4, double Dropout = 0.5,
    int BatchSize = 32, double LearningRate = 0.01, int HalveEvery = 50, int Epochs = 350, int HeldOut = 5);

/// <summary>Finding copies, counting them, and what they do to a score.</summary>
public static class IsomorphismBias
{
    /// <summary>Sorts graphs into isomorphism classes. Cost: colour refinement of all,
    /// then a search for each pair that it leaves.</summary>
    /// <param name="data">The graphs.</param>
    /// <param name="notion">What has to agree besides the shape.</param>
    /// <exception cref="ArgumentException">The data set has no labels or attributes of
    /// the kind asked for.</exception>
    public static IsomorphismClasses Find(GraphDataset data, CopyNotion notion = CopyNotion.Shape)
    {
        ArgumentNullException.ThrowIfNull(data);
        var nodeLabels = Labels(data, notion);
        var edgeLabels = !notion.HasFlag(CopyNotion.EdgeLabels) ? null
            : data.EdgeLabels ?? throw Lacking(data, "edge labels", CopyNotion.EdgeLabels);
        var refined = WeisfeilerLeman.Refine(data.Graphs, nodeLabels, edgeLabels);
        // Graphs with the same counts of stable colours; only those may be copies.
        var buckets = new Dictionary<string, List<int>>();
        for (int g = 0; g < data.Count; g++)
        {
            string key = string.Join(' ', refined.Histogram(refined.Rounds, g)
                .Select(c => $"{c.Colour}:{c.Nodes}"));
            if (!buckets.TryGetValue(key, out var bucket)) buckets[key] = bucket = [];
            bucket.Add(g);
        }
        var classes = new List<List<int>>();
        int compared = 0, refuted = 0;
        using var progress = Progress.Start("exact comparison", buckets.Count);
        foreach (var bucket in buckets.Values)
        {
            var own = new List<List<int>>();
            foreach (int g in bucket)
            {
                var home = own.Find(members =>
                {
                    bool same = Same(members[0], g);
                    compared++;
                    if (!same) refuted++;
                    return same;
                });
                if (home is null) own.Add([g]);
                else home.Add(g);
            }
            classes.AddRange(own);
            progress.Step();
        }
        classes.Sort((x, y) => x[0].CompareTo(y[0]));
        var classOf = new int[data.Count];
        for (int c = 0; c < classes.Count; c++) foreach (int g in classes[c]) classOf[g] = c;
        return new IsomorphismClasses(notion, classOf, classes, compared, refuted);

        bool Same(int g, int h) => Isomorphism.Find(data.Graphs[g], data.Graphs[h],
            nodeLabels?[g], nodeLabels?[h], edgeLabels?[g], edgeLabels?[h]) is not null;
    }

    /// <summary>Node labels and attributes as one number a node; null where only the shape counts.</summary>
    private static IReadOnlyList<int[]>? Labels(GraphDataset data, CopyNotion notion)
    {
        var labels = !notion.HasFlag(CopyNotion.NodeLabels) ? null
            : data.NodeLabels ?? throw Lacking(data, "node labels", CopyNotion.NodeLabels);
        if (!notion.HasFlag(CopyNotion.NodeAttributes)) return labels;
        var attributes = data.NodeAttributes ?? throw Lacking(data, "node attributes",
            CopyNotion.NodeAttributes);
        var known = new Dictionary<string, int>();
        int width = data.NodeAttributeCount;
        return [.. Enumerable.Range(0, data.Count).Select(g =>
            Enumerable.Range(0, data.Graphs[g].Nodes).Select(v =>
        {
            string key = $"{labels?[g][v]}|{string.Join('|', attributes[g][(v * width)..((v + 1) * width)])}";
            if (!known.TryGetValue(key, out int number)) known.Add(key, number = known.Count);
            return number;
        }).ToArray())];
    }

    private static ArgumentException Lacking(GraphDataset data, string what, CopyNotion flag) =>
        new($"'{data.Name}' has no {what}; leave CopyNotion.{flag} out.", nameof(data));

    /// <summary>The paper's counts.</summary>
    /// <param name="classes">The isomorphism classes.</param>
    /// <param name="labels">Class of each graph.</param>
    public static IsomorphismStatistics Count(IsomorphismClasses classes, IReadOnlyList<int> labels)
    {
        RequireLabels(classes, labels);
        double n = labels.Count, pairs = classes.Orbits.Sum(o => o.Count * (o.Count - 1.0) / 2);
        var mixed = classes.Orbits.Where(o => o.Select(g => labels[g]).Distinct().Count() > 1).ToList();
        // All but the majority.
        int lost = mixed.Sum(o => o.Count - o.CountBy(g => labels[g]).Max(c => c.Value));
        return new IsomorphismStatistics(labels.Count, classes.Orbits.Count, classes.Orbits.Sum(o => o.Count),
            classes.Orbits.Select(o => o.Count).DefaultIfEmpty(1).Max(),
            n < 2 ? 0 : pairs / (n * (n - 1) / 2),
            mixed.Count, mixed.Sum(o => o.Count), Clean(classes, labels).Length, (n - lost) / n);
    }

    /// <summary>The graphs that cleaning keeps, ascending: one of each orbit of one class,
    /// none of a mixed one, all others.</summary>
    /// <param name="classes">The isomorphism classes.</param>
    /// <param name="labels">Class of each graph.</param>
    /// <remarks>The set is <c>data.Subset(Clean(…))</c>.</remarks>
    public static int[] Clean(IsomorphismClasses classes, IReadOnlyList<int> labels)
    {
        RequireLabels(classes, labels);
        return [.. classes.Classes.Where(c => c.All(g => labels[g] == labels[c[0]]))
            .Select(c => c[0]).Order()];
    }

    /// <summary>Predictions after peering: a test graph with copies in training gets the majority
    /// class of those copies.</summary>
    /// <param name="classes">The isomorphism classes.</param>
    /// <param name="labels">Class of each graph.</param>
    /// <param name="train">Graphs that the model was trained on.</param>
    /// <param name="test">Graphs that were predicted.</param>
    /// <param name="predicted">The model's class of each test graph.</param>
    /// <param name="homogeneousOnly">Whether only orbits count whose members, in training and in testing,
    /// have one class (the paper's PH); otherwise all orbits (P). A tie leaves the model's answer if it is
    /// among the leaders.</param>
    /// <exception cref="ArgumentException">Labels are not as many as graphs, or predictions not as many as test graphs.</exception>
    public static int[] Peer(IsomorphismClasses classes, IReadOnlyList<int> labels, IReadOnlyList<int> train,
        IReadOnlyList<int> test, IReadOnlyList<int> predicted, bool homogeneousOnly)
    {
        RequireLabels(classes, labels);
        if (test.Count != predicted.Count)
            throw new ArgumentException(
                $"{predicted.Count} predictions for {test.Count} graphs: give one each.", nameof(predicted));
        var copies = train.ToLookup(g => classes.ClassOf[g], g => labels[g]);
        var peered = new int[test.Count];
        for (int i = 0; i < peered.Length; i++)
        {
            int of = classes.ClassOf[test[i]];
            peered[i] = predicted[i];
            if (!copies.Contains(of)) continue;
            if (homogeneousOnly && classes.Classes[of].Any(g => labels[g] != labels[test[i]])) continue;
            var votes = copies[of].CountBy(c => c).ToDictionary();
            int most = votes.Values.Max();
            if (votes.GetValueOrDefault(predicted[i]) < most)
                peered[i] = votes.Where(v => v.Value == most).Min(v => v.Key);
        }
        return peered;
    }

    /// <summary>Trains and tests a model fold by fold, and parts its accuracy.</summary>
    /// <param name="classes">The isomorphism classes.</param>
    /// <param name="labels">Class of each graph.</param>
    /// <param name="folds">Number of stratified folds; 10 in the paper.</param>
    /// <param name="seed">Of the folds.</param>
    /// <param name="model">From training and test graphs and the fold's number to a class
    /// for each test graph.</param>
    public static PeeringResult CrossValidate(IsomorphismClasses classes, IReadOnlyList<int> labels,
        int folds, int seed, Func<int[], int[], int, IReadOnlyList<int>> model)
    {
        RequireLabels(classes, labels);
        var parts = Splits.StratifiedFolds(labels, folds, seed);
        var (hits, perFold) = (new List<(bool Iso, bool Right)>(), new List<double>());
        var (peered, homogeneous) = (0, 0);
        foreach (var (fold, test) in Progress.Over("folds", parts.Index().ToList()))
        {
            int[] train = [.. parts.Where(p => p != test).SelectMany(p => p).Order()];
            var predicted = model(train, test, fold);
            var inTraining = train.Select(g => classes.ClassOf[g]).ToHashSet();
            hits.AddRange(test.Select((g, i) =>
                (inTraining.Contains(classes.ClassOf[g]), predicted[i] == labels[g])));
            perFold.Add(test.Select((g, i) => predicted[i] == labels[g] ? 1.0 : 0).Average());
            int Right(bool only) => Peer(classes, labels, train, test, predicted, only)
                .Where((p, i) => p == labels[test[i]]).Count();
            peered += Right(false);
            homogeneous += Right(true);
        }
        double Share(IEnumerable<(bool Iso, bool Right)> some) =>
            some.Select(h => h.Right ? 1.0 : 0).DefaultIfEmpty(double.NaN).Average();
        double n = hits.Count;
        return new PeeringResult(Share(hits), Share(hits.Where(h => h.Iso)), Share(hits.Where(h => !h.Iso)),
            hits.Count(h => h.Iso) / n,
            peered / n, homogeneous / n, perFold);
    }

    /// <summary>The paper's network, GIN: a part of the training graphs is held out and
    /// chooses the epoch.</summary>
    /// <param name="data">The set.</param>
    /// <param name="train">Training graphs, the held out ones included.</param>
    /// <param name="test">Test graphs; their labels are not looked at.</param>
    /// <param name="settings">Widths, rate and epochs.</param>
    /// <param name="seed">Of the part, the weights, the order and dropout.</param>
    /// <returns>A class for each test graph.</returns>
    public static int[] Gin(GraphDataset data, int[] train, int[] test,
        IsomorphismGinSettings settings, int seed)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(settings);
        int[] labels = [.. train.Select(g => data.Labels[g])];
        int[] heldOut = [.. Splits.StratifiedFolds(labels, settings.HeldOut, seed)[0].Select(i => train[i])];
        int[] learned = [.. train.Except(heldOut)];
        manual_seed(seed);
        using var scope = NewDisposeScope();
        using var features = data.Features().to(Devices.Chosen);
        var model = new GinClassifier(features.shape[1], data.Classes,
            new GinSettings([.. Enumerable.Repeat(settings.Hidden, settings.Layers)], settings.Dropout)).to(Devices.Chosen);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);
        new Trainer(model, optimizer)
        {
            Task = $"GIN on {data.Name}",
            Epochs = settings.Epochs,
            Best = "validation accuracy",
            HigherIsBetter = true,
            AfterEpoch = epoch =>
            {
                foreach (var group in optimizer.ParamGroups)
                    group.LearningRate = settings.LearningRate
                        * Math.Pow(0.5, (epoch + 1) / settings.HalveEvery);
            },
        }.Run(epoch => GraphTraining.Batches(learned, settings.BatchSize, seed, epoch),
            batch => GraphTraining.Loss(model, data.Batch(batch, features)),
            () => new Dictionary<string, double>
            {
                ["validation accuracy"] = GraphTraining.Evaluate(model, data, features, heldOut).Accuracy,
            });
        model.eval();
        using var quiet = no_grad();
        long[] Predict(int[] graphs) =>
            model.call(data.Batch(graphs, features)).argmax(1).cpu().data<long>().ToArray();
        return [.. test.Chunk(128).SelectMany(Predict).Select(c => (int)c)];
    }

    /// <summary>The class of the training graph with the largest kernel; of equal ones, the first.</summary>
    /// <param name="kernel">k(i, j) of all graphs, normalised: [N, N].</param>
    /// <param name="labels">Class of each graph.</param>
    /// <param name="train">Training graphs.</param>
    /// <param name="test">Test graphs.</param>
    public static int[] NearestNeighbour(double[,] kernel, IReadOnlyList<int> labels, int[] train,
        int[] test) =>
        [.. test.Select(t => labels[train.MaxBy(g => kernel[t, g])])];

    /// <summary>The kernel of vertex histograms: inner products of counts of node labels (of degrees where
    /// there are none), normalised.</summary>
    public static double[,] VertexHistogramKernel(GraphDataset data)
    {
        var labels = data.NodeLabels ?? [.. data.Graphs.Select(g =>
            Enumerable.Range(0, g.Nodes).Select(v => g.Neighbours(v).Length).ToArray())];
        return WeisfeilerLeman.Refine(data.Graphs, labels, rounds: 0).SubtreeKernel(normalized: true);
    }

    private static void RequireLabels(IsomorphismClasses classes, IReadOnlyList<int> labels)
    {
        if (labels.Count != classes.ClassOf.Count)
            throw new ArgumentException(
                $"The classes are of {classes.ClassOf.Count} graphs; given were {labels.Count} labels.",
                nameof(labels));
    }
}
