// Query2Box — H. Ren, W. Hu and J. Leskovec, "Query2box: Reasoning over Knowledge Graphs in Vector Space using
// Box Embeddings", ICLR 2020, arXiv:2002.05969.
// Idea      A query stands for a set of entities, so it becomes a region: an axis-aligned box. A relation moves
//           and grows it, ∧ shrinks several into one, ∨ goes to the root and becomes the nearest of several.
// Symbols   v_e -> Entities [n, d]; Cen(p), Off(p) -> Box.Centre, Box.Half [B, d]; r -> centre shift and offset
//           [2m, d] each, an inverse relation being one of its own; γ -> Gamma; α -> Alpha; k -> Negatives
// Step      Cen + Cen(r), Off + Off(r)                                                       -> Query2Box.Project
// And       Σ a_i ⊙ Cen_i with a softmax over the branches in each dimension;
//           min_i Off_i ⊙ σ(DeepSets(Off_1 .. Off_k))                                      -> Query2Box.Intersect
// Or        disjunctive normal form, the least distance of its branches            -> QueryShape.Branches, Distances
// Distance  outside + α inside, both in the L1 norm                                               -> BoxDistance
// Loss      -log σ(γ - d(v)) - 1/k Σ log σ(d(v'_j) - γ), a query weighs (4 + answers)^-1/2  -> Query2BoxTraining.Loss
// GQE       (Hamilton et al. 2018) the same with boxes of no size                             -> Settings.Boxes = false
// Differs   α is 0.02, as in both released programs; queries of a batch are drawn with replacement; Adam goes on
//           when its rate falls at half of the steps (the released program starts a new one).
using Lectern.KnowledgeGraphs;
using Lectern.Training;

namespace Lectern.Papers.KnowledgeGraphs;

/// <summary>Settings; the defaults are those of the authors' scripts.</summary>
/// <param name="Width">d, dimensions of the space.</param>
/// <param name="Boxes">Whether queries are boxes; otherwise points: GQE.</param>
/// <param name="Gamma">γ, the margin; it also sets the scale on which everything starts.</param>
/// <param name="Alpha">α, what a way inside a box counts.</param>
/// <param name="Attention">Whether an intersection's centre is chosen by attention; otherwise the mean.</param>
/// <param name="Negatives">k, sampled non-answers a query.</param>
/// <param name="Batch">Queries of a structure in a step.</param>
/// <param name="LearningRate">Adam's; a tenth of it from half of the steps on.</param>
/// <param name="Steps">Steps; in each every trained structure has a batch and an update of its own.</param>
/// <param name="Period">Steps from one entry of the history, and one checkpoint, to the next.</param>
/// <param name="Seed">Of the start, the queries of a batch, the non-answers.</param>
public sealed record Query2BoxSettings(int Width = 400, bool Boxes = true, double Gamma = 24, double Alpha = 0.02,
    bool Attention = true, int Negatives = 128, int Batch = 512, double LearningRate = 1e-4, int Steps = 300_000,
    int Period = 1000, int Seed = 1);

/// <summary>Axis-aligned boxes { x : |x - centre| ≤ half }, one a query.</summary>
/// <param name="Centre">[B, d].</param>
/// <param name="Half">Half-widths, at least 0: [B, d]; null where boxes are points.</param>
public sealed record Box(Tensor Centre, Tensor? Half);

/// <summary>An answer to a question.</summary>
/// <param name="Entity">Its name.</param>
/// <param name="Distance">From the box; the smaller the better.</param>
/// <param name="IsTrue">Whether the graph's edges, all of them, lead to it.</param>
public sealed record QueryAnswer(string Entity, double Distance, bool IsTrue);

/// <summary>A part of a query, with its box.</summary>
/// <param name="Formula">The part.</param>
/// <param name="Centre">[d].</param>
/// <param name="Half">[d]; zeros for a point.</param>
/// <param name="Answers">Entities that answer this part, by all edges.</param>
public sealed record QueryPart(string Formula, float[] Centre, float[] Half, int[] Answers);

/// <summary>Entities as points, queries as boxes, and the operators between them.</summary>
public sealed class Query2Box : nn.Module
{
    private readonly Query2BoxSettings settings;
    private readonly Parameter entities, shifts;                        // [n, d], [2m, d]
    private readonly Parameter? offsets;                                // [2m, d]; a point has none
    private readonly Linear centre1, centre2;                           // W_1, W_2
    private readonly Linear? half1, half2;                              // U_1, U_2

    /// <param name="entityCount">n.</param>
    /// <param name="relationCount">2m, inverse relations among them.</param>
    /// <param name="settings">Width, margin, and whether there are boxes at all.</param>
    public Query2Box(int entityCount, int relationCount, Query2BoxSettings settings) : base(nameof(Query2Box))
    {
        ArgumentNullException.ThrowIfNull(settings);
        this.settings = settings;
        long d = settings.Width;
        double rho = (settings.Gamma + 2) / d;
        entities = new Parameter(empty(entityCount, d));
        shifts = new Parameter(empty(relationCount, d));
        nn.init.uniform_(entities, -rho, rho);
        nn.init.uniform_(shifts, -rho, rho);
        (centre1, centre2) = (Square(d), Square(d));
        if (settings.Boxes)
        {
            offsets = new Parameter(empty(relationCount, d));
            nn.init.uniform_(offsets, 0, rho);
            (half1, half2) = (Square(d), Square(d));
        }
        RegisterComponents();
    }

    /// <summary>n.</summary>
    public int EntityCount => (int)entities.shape[0];

    /// <summary>The entities' points: [n, d].</summary>
    public Tensor Entities => entities;

    private static Linear Square(long d)
    {
        var layer = nn.Linear(d, d, hasBias: false);
        nn.init.xavier_uniform_(layer.weight!);
        return layer;
    }

    // ------------------------------------------------------------------------------------ operators

    /// <summary>A relation moves the centre and adds to the size: boxes only grow.</summary>
    /// <param name="box">Where it starts.</param>
    /// <param name="relations">A relation a box, int64: [B].</param>
    public Box Project(Box box, Tensor relations)
    {
        ArgumentNullException.ThrowIfNull(box);
        var centre = box.Centre + shifts.index_select(0, relations);
        if (offsets is null) return new Box(centre, null);
        return new Box(centre, box.Half! + 0.5 * offsets.index_select(0, relations).relu());    // widths -> half-widths
    }

    /// <summary>
    /// The intersection: a centre inside the hull of the centres, chosen in each dimension by itself, and a size that
    /// no input falls below in any dimension.
    /// </summary>
    /// <param name="boxes">The branches; their order does not matter.</param>
    public Box Intersect(IReadOnlyList<Box> boxes)
    {
        ArgumentNullException.ThrowIfNull(boxes);
        var centres = stack([.. boxes.Select(box => box.Centre)]);                              // [K, B, d]
        var attention = centre2.call(centre1.call(centres).relu()).softmax(0);                  // over the branches
        var centre = settings.Attention ? (attention * centres).sum(0) : centres.mean([0]);
        if (half1 is null || half2 is null) return new Box(centre, null);
        var halves = stack([.. boxes.Select(box => box.Half!)]);                                // [K, B, d]
        var gate = half2.call(half1.call(halves).relu().mean([0])).sigmoid();                   // DeepSets
        return new Box(centre, halves.amin(0) * gate);
    }

    /// <summary>The boxes of queries of one shape without ∨.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="anchors">Entities in its slots, int64: [B, A].</param>
    /// <param name="relations">Relations in its slots, int64: [B, R].</param>
    /// <exception cref="ArgumentException">The shape has ∨: no single box holds a union.</exception>
    public Box Embed(QueryShape shape, Tensor anchors, Tensor relations)
    {
        switch (shape)
        {
            case QueryShape.Anchor anchor:
                var point = entities.index_select(0, anchors.select(1, anchor.Slot));           // [B, d]
                return new Box(point, settings.Boxes ? zeros_like(point) : null);
            case QueryShape.Step step:
                return Project(Embed(step.From, anchors, relations), relations.select(1, step.Slot));
            case QueryShape.And and:
                return Intersect([.. and.Parts.Select(part => Embed(part, anchors, relations))]);
            default:
                throw new ArgumentException(
                    "No single box holds a union: embed each of shape.Branches(), and take the least distance.",
                    nameof(shape));
        }
    }

    /// <summary>Distances of entities from queries of one shape; of a union the least of its branches'.</summary>
    /// <param name="shape">The shape.</param>
    /// <param name="anchors">Entities in its slots, int64: [B, A].</param>
    /// <param name="relations">Relations in its slots, int64: [B, R].</param>
    /// <param name="candidates">Which entities for each query, int64: [B, K]; null for all.</param>
    /// <returns>[B, K] or [B, n].</returns>
    public Tensor Distances(QueryShape shape, Tensor anchors, Tensor relations, Tensor? candidates = null)
    {
        ArgumentNullException.ThrowIfNull(shape);
        using var scope = NewDisposeScope();
        return shape.Branches().Select(branch => Distances(Embed(branch, anchors, relations), candidates))
            .Aggregate((one, other) => one.minimum(other)).MoveToOuterDisposeScope();
    }

    /// <summary>Distances of entities from boxes: outside + α inside.</summary>
    /// <param name="box">The boxes.</param>
    /// <param name="candidates">Which entities for each box, int64: [B, K]; null for all.</param>
    public Tensor Distances(Box box, Tensor? candidates = null) =>
        BoxDistance.Of(box.Centre, box.Half, entities, candidates, settings.Alpha);

    // ------------------------------------------------------------------------------------ questions

    /// <summary>The answers of a question, nearest first.</summary>
    /// <param name="graph">The graph that it was trained on.</param>
    /// <param name="query">The question.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentException">The graph has no such entity or relation; the message names near
    /// ones.</exception>
    public IReadOnlyList<QueryAnswer> Ask(QueryGraph graph, Query query, int count = 10)
    {
        var bound = graph.Bind(query);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (anchors, relations) = Slots([bound.Anchors], [bound.Relations]);
        var distance = Distances(bound.Shape, anchors, relations).cpu().data<float>().ToArray();
        var truth = graph.Answers(bound, QueryEdges.All).ToHashSet();
        return [.. Enumerable.Range(0, EntityCount).OrderBy(e => distance[e]).Take(count)
            .Select(e => new QueryAnswer(graph.Data.Entities[e], distance[e], truth.Contains(e)))];
    }

    /// <summary>A question part by part: the anchors, each step, each intersection; the question itself comes
    /// last.</summary>
    /// <param name="graph">The graph that it was trained on.</param>
    /// <param name="query">A question without ∨.</param>
    public IReadOnlyList<QueryPart> Parts(QueryGraph graph, Query query)
    {
        var bound = graph.Bind(query);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (anchors, relations) = Slots([bound.Anchors], [bound.Relations]);
        var parts = new List<QueryPart>();
        Add(query.Shape);
        return parts;

        void Add(QueryShape shape)
        {
            if (shape is QueryShape.Step step) Add(step.From);
            if (shape is QueryShape.And and) foreach (var part in and.Parts) Add(part);
            var box = Embed(shape, anchors, relations);
            parts.Add(new QueryPart(query.Part(shape).ToString(), box.Centre.cpu().data<float>().ToArray(),
                (box.Half ?? zeros_like(box.Centre)).cpu().data<float>().ToArray(),
                graph.Answers(bound with { Shape = shape }, QueryEdges.All)));
        }
    }

    /// <summary>Slots of several queries as tensors: [B, A] and [B, R], int64.</summary>
    internal (Tensor Anchors, Tensor Relations) Slots(IReadOnlyList<int[]> anchors, IReadOnlyList<int[]> relations)
    {
        Tensor Table(IReadOnlyList<int[]> rows) =>
            tensor(rows.SelectMany(row => row.Select(x => (long)x)).ToArray(), device: entities.device).view(rows.Count, -1);
        return (Table(anchors), Table(relations));
    }
}

/// <summary>Ranks of hard answers, averaged over each query's answers and then over queries.</summary>
/// <param name="Queries">Number of queries.</param>
/// <param name="Hits1">Share of ranks that are 1.</param>
/// <param name="Hits3">Share of ranks up to 3.</param>
/// <param name="Hits10">Share of ranks up to 10.</param>
/// <param name="Mrr">Mean of 1/rank.</param>
public sealed record QueryMetrics(int Queries, double Hits1, double Hits3, double Hits10, double Mrr);

/// <summary>Training, and ranking of the answers that training edges do not give.</summary>
public static class Query2BoxTraining
{
    /// <summary>Trains a model.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="queries">Queries of the trained structures.</param>
    /// <param name="settings">Everything that is chosen.</param>
    /// <param name="checkpoint">File to go on from, exactly, and to write to; null: none.</param>
    /// <returns>The model of the last step.</returns>
    /// <exception cref="ArgumentException">There is no query, or a structure has none.</exception>
    public static (Query2Box Model, History History) Train(QueryGraph graph, IReadOnlyList<QuerySet> queries,
        Query2BoxSettings settings, string? checkpoint = null)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(settings);
        if (queries.Count == 0 || queries.Any(set => set.Queries.Count == 0))
            throw new ArgumentException("Every structure needs a query to train on: "
                + $"{string.Join(", ", queries.Select(set => $"{set.Structure.Name} has {set.Queries.Count}"))}.", nameof(queries));
        manual_seed(settings.Seed);
        var model = new Query2Box(graph.EntityCount, graph.RelationCount, settings).to(Devices.Chosen);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);
        int periods = (settings.Steps + settings.Period - 1) / settings.Period;
        var history = new Trainer(model, optimizer)
        {
            Task = $"{(settings.Boxes ? "Query2Box" : "GQE")} on {graph.Data.Name}",
            Epochs = periods,
            Schedule = history =>
            {
                double rate = history.Epochs < (periods + 1) / 2 ? settings.LearningRate : settings.LearningRate / 10;
                foreach (var group in optimizer.ParamGroups) group.LearningRate = rate;
            },
            Checkpoint = checkpoint,
            CheckpointEvery = 1,
        }.Run(period => Batches(queries, settings, graph.EntityCount, period), batch => Loss(model, settings, batch));
        return (model, history);
    }

    /// <summary>Queries of one structure with an answer and non-answers each.</summary>
    /// <param name="Shape">The structure's shape.</param>
    /// <param name="Queries">B queries.</param>
    /// <param name="Candidates">For each its answer and then k non-answers: [B, 1 + k], row by row.</param>
    internal sealed record Batch(QueryShape Shape, IReadOnlyList<SampledQuery> Queries, long[] Candidates);

    internal static IEnumerable<Batch> Batches(
        IReadOnlyList<QuerySet> sets, Query2BoxSettings settings, int entityCount, int period)
    {
        var random = new Random(unchecked(settings.Seed * 7919 + period));
        int steps = Math.Min(settings.Period, settings.Steps - period * settings.Period);
        for (int step = 0; step < steps; step++)
            foreach (var set in sets)
            {
                var some = new SampledQuery[settings.Batch];
                long[] candidates = new long[settings.Batch * (1 + settings.Negatives)];
                int at = 0;
                for (int i = 0; i < some.Length; i++)
                {
                    int[] answers = (some[i] = set.Queries[random.Next(set.Queries.Count)]).Easy;
                    candidates[at++] = answers[random.Next(answers.Length)];
                    for (int k = 0; k < settings.Negatives; k++)
                    {
                        int other;
                        do other = random.Next(entityCount);
                        while (answers.Length < entityCount && Array.BinarySearch(answers, other) >= 0);
                        candidates[at++] = other;
                    }
                }
                yield return new Batch(set.Structure.Shape, some, candidates);
            }
    }

    internal static Tensor Loss(Query2Box model, Query2BoxSettings settings, Batch batch)
    {
        var (anchors, relations) = model.Slots(
            [.. batch.Queries.Select(q => q.Anchors)], [.. batch.Queries.Select(q => q.Relations)]);
        var candidates = tensor(batch.Candidates, device: anchors.device).view(batch.Queries.Count, -1);
        var d = model.Distances(batch.Shape, anchors, relations, candidates);                   // [B, 1 + k]
        var positive = nn.functional.softplus(d.select(1, 0) - settings.Gamma);                 // -log σ(γ - d)
        var negative = nn.functional.softplus(settings.Gamma - d.narrow(1, 1, settings.Negatives)).mean([1]);
        var weights = tensor(batch.Queries.Select(q => (float)Math.Pow(4 + q.Easy.Length, -0.5)).ToArray(),
            device: anchors.device);
        // As the released program has it: weights normalised in the batch, and half of the sum of the two terms.
        return (weights * (positive + negative)).sum() / weights.sum() / 2;
    }

    /// <summary>Ranks hard answers among all entities but the other answers.</summary>
    /// <param name="model">The model.</param>
    /// <param name="queries">Queries with hard answers.</param>
    /// <param name="chunk">Numbers of a table of distances at most, about; a table has n a query.</param>
    /// <exception cref="ArgumentException">A structure has no query.</exception>
    public static QueryMetrics Rank(Query2Box model, QuerySet queries, long chunk = 1 << 22)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(queries);
        if (queries.Queries.Count == 0 || queries.Queries.Any(query => query.Hard.Length == 0))
            throw new ArgumentException(
                $"'{queries.Structure.Name}' needs queries to rank, each with an answer that is hard.", nameof(queries));
        model.eval();
        using var quiet = no_grad();
        double[] sums = new double[4];
        int size = (int)Math.Clamp(chunk / model.EntityCount, 1, 4096), n = model.EntityCount;
        using var progress = Progress.Start($"rank {queries.Structure.Name}", queries.Queries.Count);
        foreach (var some in queries.Queries.Chunk(size))
        {
            using var scope = NewDisposeScope();
            var (anchors, relations) = model.Slots([.. some.Select(q => q.Anchors)], [.. some.Select(q => q.Relations)]);
            float[] scores = (-model.Distances(queries.Structure.Shape, anchors, relations)).cpu().data<float>().ToArray();
            for (int i = 0; i < some.Length; i++)
            {
                int[] answers = [.. some[i].Easy, .. some[i].Hard];
                int[] ranks = [.. some[i].Hard.Select(e => LinkRanking.RankOf(scores.AsSpan(i * n, n), e, answers))];
                sums[0] += ranks.Average(rank => rank <= 1 ? 1.0 : 0);
                sums[1] += ranks.Average(rank => rank <= 3 ? 1.0 : 0);
                sums[2] += ranks.Average(rank => rank <= 10 ? 1.0 : 0);
                sums[3] += ranks.Average(rank => 1.0 / rank);
                progress.Step();
            }
        }
        double count = queries.Queries.Count;
        return new QueryMetrics(queries.Queries.Count, sums[0] / count, sums[1] / count, sums[2] / count, sums[3] / count);
    }
}
