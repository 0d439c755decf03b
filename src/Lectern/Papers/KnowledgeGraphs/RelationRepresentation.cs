// RelationRepresentation — C. Allen, I. Balažević and T. Hospedales, "On Understanding Knowledge Graph
// Representation", 2019; as "Interpreting Knowledge Graph Relation Representation from Word Embeddings",
// ICLR 2021, arXiv:1909.11611.
// Idea      vectors of words are projections of rows of pointwise mutual information. Read vectors of
//           entities the same way, and a relation is a condition on what two such rows share and how they
//           differ.
// Symbols   PMI -> Pmi [words, contexts]; w, c -> Factorise; P_r -> a projection on contexts that the
//           relation is about; R, S, C -> RelationType; K -> RelationFacts.Krackhardt
// PMI       log p(x,c) / (p(x) p(c)), about wᵀc                                          -> Pmi, Factorise
// Types     R: a common part, P e_s ≈ P e_o                                 -> a symmetric product suffices
//           S: and one side has more, P e_s ≈ P e_o + v                     -> an offset beside it
//           C: and so has the other, P e_s + v ≈ P e_o + v'                 -> the same, both ways
//           told from a graph by symmetry, hierarchy, path lengths                       -> Describe,
//           Krackhardt
// Models    TransE (offset alone), MuRE_I (with biases), DistMult (product alone), TuckER, MuRE (both)
//                                                                                        -> Settings
// Results   filtered ranks by relation and by type, with intervals        -> ByRelation, ByType, Wilson
// Differs   ranks keep the subject itself among the candidates, and ties count half; the authors' code leaves
//           the subject out and takes ties as sorted.
using Lectern.Graphs;
using Lectern.KnowledgeGraphs;
using Lectern.Training;

namespace Lectern.Papers.KnowledgeGraphs;

/// <summary>What two entities of a relation have in common, and how they differ.</summary>
public enum RelationType
{
    /// <summary>R: both occur with the relation's contexts; nothing else is asked for.</summary>
    Related,

    /// <summary>S: related, and one side has contexts in addition: the specialised one.</summary>
    Specialisation,

    /// <summary>C: related, and each side has contexts that the other lacks.</summary>
    ContextShift,
}

/// <summary>The models that are compared.</summary>
public enum RelationModel
{
    /// <summary>An offset alone: -‖h + r - t‖.</summary>
    TransE,

    /// <summary>An offset and biases: -‖h - (t + r)‖² + b_h + b_t.</summary>
    MuREI,

    /// <summary>A product alone: hᵀ diag(r) t.</summary>
    DistMult,

    /// <summary>A full product through one core: W ×₁ h ×₂ r ×₃ t.</summary>
    TuckER,

    /// <summary>A product, an offset and biases: -‖R h - (t + r)‖² + b_h + b_t.</summary>
    MuRE,
}

/// <summary>What a relation's triples tell about it.</summary>
/// <param name="Relation">Its number.</param>
/// <param name="Name">Its name.</param>
/// <param name="Triples">How many triples.</param>
/// <param name="Krackhardt">K: of all pairs where y can be reached from x, the share where x cannot be
/// reached from y. 1: a hierarchy; 0: all mutual.</param>
/// <param name="Symmetry">Share of triples whose reverse is there.</param>
/// <param name="LongestPath">The longest of all shortest paths.</param>
/// <param name="MeanPath">The mean of the shortest paths.</param>
public sealed record RelationFacts(int Relation, string Name, int Triples, double Krackhardt, double Symmetry,
    int LongestPath, double MeanPath);

/// <summary>Ranks of a relation, or of a type of relations, from both sides.</summary>
/// <param name="Name">Of what.</param>
/// <param name="Metrics">MRR and Hits.</param>
/// <param name="Low">Where the 95 % interval of Hits@10 begins.</param>
/// <param name="High">Where it ends.</param>
public sealed record RelationResult(string Name, LinkMetrics Metrics, double Low, double High);

/// <summary>Words with planted relations and how often they occur with contexts.</summary>
/// <param name="Counts">How often a word occurs with a context: [words, contexts].</param>
/// <param name="Pairs">The pairs of words of each type, the more special one second.</param>
/// <param name="Shared">The contexts that the pairs of each type have in common.</param>
public sealed record PlantedWords(double[,] Counts, IReadOnlyDictionary<RelationType, (int X, int Y)[]> Pairs,
    IReadOnlyDictionary<RelationType, int[]> Shared);

/// <summary>How the rows of the two words of a type's pairs compare, on the average.</summary>
/// <param name="Common">Mean size of what both have.</param>
/// <param name="First">Mean size of what the first has and the second lacks.</param>
/// <param name="Second">Mean size of what the second has and the first lacks.</param>
public sealed record PairContrast(double Common, double First, double Second);

/// <summary>Relations by what they need: from words to knowledge graphs.</summary>
public static class RelationRepresentation
{
    private const double Normal95 = 1.959964;           // of the normal distribution, two-sided

    /// <summary>The types of WN18RR's relations, as the authors read them.</summary>
    public static IReadOnlyDictionary<string, RelationType> WordNet { get; } =
        new Dictionary<string, RelationType>
        {
            ["_verb_group"] = RelationType.Related,
            ["_derivationally_related_form"] = RelationType.Related,
            ["_also_see"] = RelationType.Related,
            ["_similar_to"] = RelationType.Related,
            ["_instance_hypernym"] = RelationType.Specialisation,
            ["_hypernym"] = RelationType.Specialisation,
            ["_synset_domain_topic_of"] = RelationType.ContextShift,
            ["_member_of_domain_usage"] = RelationType.ContextShift,
            ["_member_of_domain_region"] = RelationType.ContextShift,
            ["_member_meronym"] = RelationType.ContextShift,
            ["_has_part"] = RelationType.ContextShift,
        };

    /// <summary>The types of the countries' relations, by the same reading: neighbours share a place, a
    /// region has all that is typical of its countries' places and they have more, a country and its language
    /// differ both ways.</summary>
    public static IReadOnlyDictionary<string, RelationType> Countries { get; } =
        new Dictionary<string, RelationType>
        {
            ["neighbor"] = RelationType.Related,
            ["locatedIn"] = RelationType.Specialisation,
            ["speaks"] = RelationType.ContextShift,
            ["usesCurrency"] = RelationType.ContextShift,
            ["hasCapital"] = RelationType.ContextShift,
        };

    /// <summary>Settings of a model: reciprocal relations and 50 uniform negatives a question for
    /// all.</summary>
    /// <remarks>MuRE and MuRE_I are trained as the authors do: binary cross-entropy, plain gradient descent.
    /// Theirs is the mean over 128 · 51 cells with a rate of 50 (WN18RR) or 10 (FB15k-237); here a step's
    /// loss is a sum over cells, divided by the triples, of which each gives two rows: 64 triples make their
    /// 128 rows, and the rate is theirs · 64 / (128 · 51). Larger batches at a rate to match do not
    /// converge. Products of vectors near 0 have no slope there, and distances are no logits; so the other
    /// models have cross-entropy and Adam.</remarks>
    /// <param name="model">The model.</param>
    /// <param name="width">D; the authors report 40 and 200.</param>
    /// <param name="rate">MuRE's rate, as theirs.</param>
    public static LinkSettings Settings(RelationModel model, int width = 40, double rate = 50)
    {
        var common = new LinkSettings
        {
            Model = model switch
            {
                RelationModel.TransE => LinkModel.TransE,
                RelationModel.DistMult => LinkModel.DistMult,
                RelationModel.TuckER => LinkModel.TuckER,
                _ => LinkModel.MuRE,
            },
            Stretches = model != RelationModel.MuREI, Width = width, InnerDropouts = [0, 0, 0],
            Reciprocal = true, Training = LinkTrainingType.NegativeSampling, HeadNegatives = 50,
            TailNegatives = 50, PlateauFactor = 1, Epochs = 500,
        };
        return model is RelationModel.MuRE or RelationModel.MuREI
            ? common with
            {
                Loss = LinkLoss.BinaryCrossEntropy,
                Batch = 64,
                Optimizer = LinkOptimizer.Sgd,
                LearningRate = rate * 64 / (128 * 51),
                StartScale = 1e-3,
            }
            : common with
            {
                Batch = 256,
                Optimizer = LinkOptimizer.Adam,
                LearningRate = 0.003,
                Start = LinkStart.XavierNormal,
                StartScale = 1,
            };
    }

    /// <summary>Reads relations off their triples. Cost: a breadth-first search from each entity of each
    /// relation.</summary>
    /// <param name="triples">The triples; the table of the paper takes all parts of a set together.</param>
    /// <param name="names">The relations' names.</param>
    public static IReadOnlyList<RelationFacts> Describe(IEnumerable<Triple> triples,
        IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(triples);
        ArgumentNullException.ThrowIfNull(names);
        return
        [
            .. triples.Distinct().GroupBy(triple => triple.Relation).OrderBy(group => group.Key)
                .Select(group =>
            {
                var edges = group.Select(t => (t.Head, t.Tail)).ToHashSet();
                var (krackhardt, longest, mean) = Reach([.. edges]);
                double symmetry = edges.Count(edge =>
                    edges.Contains((edge.Tail, edge.Head))) / (double)edges.Count;
                return new RelationFacts(group.Key, names[group.Key], edges.Count, krackhardt, symmetry,
                    longest, mean);
            }),
        ];
    }

    /// <summary>Krackhardt's hierarchy score: Σ R_xy (1 - R_yx) / Σ R_xy over x ≠ y, R_xy whether a path
    /// leads from x to y.</summary>
    /// <param name="edges">Directed edges between numbered nodes; loops do not count.</param>
    /// <returns>From 0 to 1; 0 where there is no edge.</returns>
    public static double Krackhardt(IReadOnlyCollection<(int From, int To)> edges) => Reach(edges).Krackhardt;

    private static (double Krackhardt, int Longest,
        double Mean) Reach(IReadOnlyCollection<(int From, int To)> edges)
    {
        ArgumentNullException.ThrowIfNull(edges);
        int[] nodes = [.. edges.SelectMany(edge => (int[])[edge.From, edge.To]).Distinct().Order()];
        var place = nodes.Index().ToDictionary(node => node.Item, node => node.Index);
        var forward = edges.Where(e => e.From != e.To).ToLookup(e => place[e.From], e => place[e.To]);
        var backward = edges.Where(e => e.From != e.To).ToLookup(e => place[e.To], e => place[e.From]);
        var ahead = new Search(forward, nodes.Length);
        var behind = new Search(backward, nodes.Length);
        var assigned = new bool[nodes.Length];
        long pairs = 0, mutual = 0, steps = 0;
        int longest = 0;
        for (int x = 0; x < nodes.Length; x++)
        {
            var (count, sum, deepest) = ahead.From(x);
            (pairs, steps, longest) = (pairs + count - 1, steps + sum, Math.Max(longest, deepest));
            if (assigned[x]) continue;
            // Whoever is both ahead of and behind x can be reached from each other.
            behind.From(x);
            int[] circle = [.. behind.Seen.Where(ahead.Has)];
            foreach (int node in circle) assigned[node] = true;
            mutual += (long)circle.Length * (circle.Length - 1);
        }
        return pairs == 0 ? (0, 0, 0) : ((pairs - mutual) / (double)pairs, longest, steps / (double)pairs);
    }

    /// <summary>Breadth-first searches of one graph, whose memory is reused.</summary>
    private sealed class Search(ILookup<int, int> next, int nodes)
    {
        private readonly int[][] next = [.. Enumerable.Range(0, nodes).Select(node => next[node].ToArray())];
        private readonly int[] depth = new int[nodes], stamp = new int[nodes], queue = new int[nodes];
        private int run, count;

        /// <summary>What the last search saw.</summary>
        internal IEnumerable<int> Seen => queue.Take(count);

        internal bool Has(int node) => stamp[node] == run;

        internal (int Count, long Depths, int Deepest) From(int start)
        {
            run++;
            (queue[0], stamp[start], depth[start], count) = (start, run, 0, 1);
            long sum = 0;
            for (int at = 0; at < count; at++)
            {
                int node = queue[at];
                sum += depth[node];
                foreach (int other in next[node])
                {
                    if (stamp[other] == run) continue;
                    (stamp[other], depth[other]) = (run, depth[node] + 1);
                    queue[count++] = other;
                }
            }
            return (count, sum, depth[queue[count - 1]]);
        }
    }

    /// <summary>Results relation by relation.</summary>
    /// <param name="ranks">Ranks of test triples.</param>
    /// <param name="names">The relations' names.</param>
    public static IReadOnlyList<RelationResult> ByRelation(LinkRanks ranks, IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        return [.. ranks.ByRelation().OrderBy(r => r.Key).Select(r => Result(names[r.Key], r.Value))];
    }

    /// <summary>Results by the relations' types; relations without one are left out.</summary>
    /// <param name="ranks">Ranks of test triples.</param>
    /// <param name="names">The relations' names.</param>
    /// <param name="types">The types, by name.</param>
    public static IReadOnlyDictionary<RelationType,
        RelationResult> ByType(LinkRanks ranks, IReadOnlyList<string> names,
        IReadOnlyDictionary<string, RelationType> types)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        ArgumentNullException.ThrowIfNull(types);
        return Enumerable.Range(0, ranks.Triples.Count)
            .Where(i => types.ContainsKey(names[ranks.Triples[i].Relation]))
            .GroupBy(i => types[names[ranks.Triples[i].Relation]])
            .OrderBy(group => group.Key)
            .ToDictionary(group => group.Key, group => Result($"{group.Key}", LinkMetrics.Of(
                [.. group.Select(i => ranks.HeadRanks[i]), .. group.Select(i => ranks.TailRanks[i])])));
    }

    private static RelationResult Result(string name, LinkMetrics metrics)
    {
        var (low, high) = Wilson(metrics.Hits10, metrics.Count);
        return new RelationResult(name, metrics, low, high);
    }

    /// <summary>Wilson's 95 % interval of a share (1927): relations of few triples have wide ones.</summary>
    /// <param name="share">The share that was seen.</param>
    /// <param name="count">Among how many.</param>
    public static (double Low, double High) Wilson(double share, int count)
    {
        if (count == 0) return (0, 1);
        double z2 = Normal95 * Normal95 / count, middle = share + z2 / 2;
        double half = Math.Sqrt(z2 * (share * (1 - share) + z2 / 4));
        return ((middle - half) / (1 + z2), (middle + half) / (1 + z2));
    }

    /// <summary>Pointwise mutual information, log p(x,c) / (p(x) p(c)).</summary>
    /// <param name="counts">How often a word occurs with a context, above 0 everywhere: [words,
    /// contexts].</param>
    /// <returns>[words, contexts], float64.</returns>
    /// <exception cref="ArgumentException">A count is not above 0: smooth the counts first.</exception>
    public static Tensor Pmi(double[,] counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        if (counts.Cast<double>().Any(count => !(count > 0)))
            throw new ArgumentException(
                "Every count must be above 0, since its logarithm is taken; add a little to all.",
                nameof(counts));
        using var scope = NewDisposeScope();
        var joint = tensor(counts);
        joint = joint / joint.sum();
        return (joint / (joint.sum(1, keepdim: true) * joint.sum(0, keepdim: true))).log()
            .MoveToOuterDisposeScope();
    }

    /// <summary>Vectors of words and of contexts whose products are nearest to a table among all of their
    /// width: what skip-gram with negative samples approaches (Levy and Goldberg 2014).</summary>
    /// <param name="table">Such as <see cref="Pmi"/>: [words, contexts].</param>
    /// <param name="width">D.</param>
    /// <returns>[words, D] and [contexts, D], with the weight of each dimension on both sides
    /// alike.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The width is below 1, or above the smaller side of the table.</exception>
    public static (Tensor Words, Tensor Contexts) Factorise(Tensor table, int width)
    {
        ArgumentNullException.ThrowIfNull(table);
        if (width < 1 || width > table.shape.Min())
            throw new ArgumentOutOfRangeException(nameof(width), width,
                $"A table of {table.shape[0]} × {table.shape[1]} has 1 to {table.shape.Min()} dimensions.");
        using var scope = NewDisposeScope();
        var (u, s, vh) = linalg.svd(table, fullMatrices: false);
        var root = s.narrow(0, 0, width).sqrt();
        return ((u.narrow(1, 0, width) * root).MoveToOuterDisposeScope(),
            (vh.narrow(0, 0, width).t() * root).MoveToOuterDisposeScope());
    }

    /// <summary>Words whose pairs are of known types, and how often they occur with contexts.</summary>
    /// <remarks>Each type has contexts that all of its pairs share; S has further ones for the second word, C
    /// further ones for either. Everything else is chance: each word has tastes of its own. Counts are
    /// Poisson's.</remarks>
    /// <param name="pairs">Pairs of each type.</param>
    /// <param name="contexts">Number of contexts, at least 60.</param>
    /// <param name="strength">How much more often than chance a word occurs with the contexts of its
    /// relation, as a logarithm.</param>
    /// <param name="seed">Of everything.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no pair, or there are fewer than 60 contexts.</exception>
    public static PlantedWords Plant(int pairs = 50, int contexts = 120, double strength = 1.5, int seed = 1)
    {
        if (pairs < 1) throw new ArgumentOutOfRangeException(nameof(pairs), pairs,
            "There is at least one pair a type.");
        if (contexts < 60)
            throw new ArgumentOutOfRangeException(nameof(contexts), contexts,
                "Six groups of ten contexts need 60.");
        var random = new Random(seed);
        int[] Group(int number) => [.. Enumerable.Range(10 * number, 10)];
        (RelationType Type, int[] Shared, int[] First, int[] Second)[] kinds =
        [
            (RelationType.Related, Group(0), [], []),
            (RelationType.Specialisation, Group(1), [], Group(2)),
            (RelationType.ContextShift, Group(3), Group(4), Group(5)),
        ];
        double[] frequency = [.. Enumerable.Range(0, contexts).Select(_ => 0.5 * random.NextNormal())];
        var counts = new double[2 * pairs * kinds.Length, contexts];
        var planted = new Dictionary<RelationType, (int, int)[]>();
        int word = 0;
        foreach (var (type, shared, first, second) in kinds)
        {
            var made = new List<(int, int)>();
            for (int pair = 0; pair < pairs; pair++)
            {
                made.Add((word, word + 1));
                foreach (int[] own in (int[][])[first, second])
                {
                    for (int c = 0; c < contexts; c++)
                    {
                        double typical = shared.Contains(c) || own.Contains(c) ? strength : 0;
                        double taste = frequency[c] + 0.3 * random.NextNormal();
                        counts[word, c] = 0.5 + Poisson(20 * Math.Exp(typical + taste));
                    }
                    word++;
                }
            }
            planted.Add(type, [.. made]);
        }
        return new PlantedWords(counts, planted, kinds.ToDictionary(kind => kind.Type, kind => kind.Shared));

        // Few: one by one (Knuth); many: the normal distribution is near.
        int Poisson(double mean)
        {
            if (mean > 50) return (int)Math.Max(0, Math.Round(mean + Math.Sqrt(mean) * random.NextNormal()));
            int events = -1;
            for (double left = 0; left < mean; events++) left -= Math.Log(1 - random.NextDouble());
            return events;
        }
    }

    /// <summary>What the two rows of a type's pairs have in common and what one has and the other lacks:
    /// sizes of the mean over pairs, so that what is each pair's own vanishes.</summary>
    /// <remarks>A constant between two rows says how frequent the words are, which biases take up; the median
    /// of the difference is taken off.</remarks>
    /// <param name="rows">Rows of words, such as <see cref="Pmi"/> or products of <see cref="Factorise"/>:
    /// [words, contexts].</param>
    /// <param name="pairs">The pairs.</param>
    public static PairContrast Contrast(Tensor rows, IReadOnlyList<(int X, int Y)> pairs)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(pairs);
        using var scope = NewDisposeScope();
        var x = rows[tensor(pairs.Select(pair => (long)pair.X).ToArray())];         // [pairs, contexts]
        var y = rows[tensor(pairs.Select(pair => (long)pair.Y).ToArray())];
        var difference = (x - y).mean([0]);                                         // [contexts]
        difference -= difference.median();
        static double Size(Tensor vector) => vector.norm().item<double>();
        return new(Size(minimum(x, y).mean([0]).clamp_min(0)), Size(difference.clamp_min(0)),
            Size((-difference).clamp_min(0)));
    }

    /// <summary>How far the two words of pairs are apart once their vectors are projected on the direction
    /// that some contexts have most in common.</summary>
    /// <param name="words">Vectors of words: [words, D].</param>
    /// <param name="contexts">Vectors of the contexts that a relation is about: [K, D].</param>
    /// <param name="pairs">The pairs.</param>
    /// <returns>Their mean distance over that of any two words.</returns>
    public static double ProjectedDistance(Tensor words, Tensor contexts, IReadOnlyList<(int X, int Y)> pairs)
    {
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(contexts);
        using var scope = NewDisposeScope();
        var (_, _, vh) = linalg.svd(contexts, fullMatrices: false);
        double[] at = words.mv(vh[0]).data<double>().ToArray();                     // [words]
        double own = pairs.Average(pair => Math.Abs(at[pair.X] - at[pair.Y]));
        double any = at.Average(a => at.Average(b => Math.Abs(a - b)));
        return own / any;
    }
}
