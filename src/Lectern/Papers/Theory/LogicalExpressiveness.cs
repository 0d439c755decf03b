// Logical expressiveness — P. Barceló, E. Kostylev, M. Monet, J. Pérez, J. Reutter and J.-P. Silva, "The
// Logical Expressiveness of Graph Neural Networks", ICLR 2020, OpenReview r1lZ7AEKvB.
// Idea      Networks that hear their neighbours only (AC-GNN) decide, of all first-order properties of a
//           node, just those of graded modal logic. With a sum over the whole graph in every layer (ACR-GNN)
//           they decide all of FOC₂.
// Symbols   φ -> Formula (Graphs); C, A, R, b -> LogicNetwork; f -> clamp(0, 1); COM, AGG, READ -> LogicLayer
// Layer     x_v' = f(x_v C + Σ_{u ∈ N(v)} x_u A + Σ_{u ∈ G} x_u R + b)                   -> LogicNetwork.Step
// Compiler  one component a sub-formula, equal parameters in all layers (Prop. 4.1, Thm. 5.1)
//                                                                                          -> FormulaCompiler
// Training  x_v' = COM(x_v V + AGG A + READ R), then ReLU and batch norm       -> LogicLayer, LogicClassifier
// Data      five colours: lines, where red and blue are far apart, and random graphs; α_1 … α_3
//                                                                              -> Lines, RandomGraphs, Alpha
// Differs   ∨ has a column of its own; the compiler takes FOC₂ as it is written, without a detour over
//           another logic.
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Papers.Theory;

/// <summary>What a layer knows besides the node itself.</summary>
public enum LogicModel
{
    /// <summary>Aggregate and combine: the neighbours.</summary>
    AC,

    /// <summary>Aggregate, combine and read out: the neighbours,
    /// and the whole graph in every layer.</summary>
    ACR,

    /// <summary>AC with one readout, in the last layer (the paper's AC-FR).</summary>
    ACFinalReadout,

    /// <summary>The graph isomorphism network, another AC-GNN.</summary>
    Gin,
}

/// <summary>How many rows become one.</summary>
public enum LogicPooling
{
    /// <summary>Their sum, the only one that counts.</summary>
    Sum,

    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The largest value of each column.</summary>
    Max,
}

/// <summary>Settings of a trained classifier; defaults are those of the authors' code.</summary>
/// <param name="Model">AC, ACR, AC with a final readout, or GIN.</param>
/// <param name="Layers">L; the paper has 1 to 7.</param>
/// <param name="Hidden">Width of every layer; the colours are filled up with zeros to it.</param>
/// <param name="Aggregation">AGG, over the neighbours.</param>
/// <param name="Readout">READ, over the graph.</param>
/// <param name="MapLayers">Depth of the maps V, A and R: 0 (none), 1 or 2.</param>
/// <param name="CombineByMlp">Whether COM is an MLP of two layers; otherwise ReLU.</param>
/// <param name="Epochs">Passes over the training graphs.</param>
/// <param name="BatchSize">Graphs a step.</param>
/// <param name="LearningRate">Adam's, at the beginning.</param>
/// <param name="HalveEvery">Steps (not epochs) after which the rate is halved.</param>
public sealed record LogicSettings(LogicModel Model = LogicModel.ACR, int Layers = 1, int Hidden = 64,
    LogicPooling Aggregation = LogicPooling.Sum, LogicPooling Readout = LogicPooling.Sum, int MapLayers = 1,
    bool CombineByMlp = false, int Epochs = 20, int BatchSize = 128, double LearningRate = 0.01,
    int HalveEvery = 50);

/// <summary>A graph with the answer that a formula gives at each node.</summary>
/// <param name="Graph">The coloured graph.</param>
/// <param name="Labels">Whether the formula holds: [N].</param>
public sealed record LabelledGraph(ColouredGraph Graph, bool[] Labels);

/// <summary>What training gave; accuracies are shares of all nodes of all graphs, from 0 to 1.</summary>
/// <param name="Model">The classifier after the last epoch.</param>
/// <param name="History">The loss, epoch by epoch.</param>
/// <param name="TrainAccuracy">On the training graphs, in evaluation mode.</param>
public sealed record LogicResult(LogicClassifier Model, History History, double TrainAccuracy);

/// <summary>A homogeneous ACR-GNN in the proofs' form: the same C, A, R and b in every layer,
/// f = min(max(·, 0), 1).</summary>
public sealed class LogicNetwork
{
    internal LogicNetwork(IReadOnlyList<Formula> parts, int layers, Tensor c, Tensor a, Tensor r, Tensor b)
    {
        (Parts, Layers, C, A, R, B) = (parts, layers, c, a, r, b);
        UsesReadout = R.abs().max().item<double>() > 0;
    }

    /// <summary>The sub-formulas φ_1 … φ_L, parts before wholes;
    /// component l of a state is the truth of φ_l.</summary>
    public IReadOnlyList<Formula> Parts { get; }

    /// <summary>Layers after which the last component is right: the depth of the formula.</summary>
    public int Layers { get; }

    /// <summary>What a node's own state gives: double [L, L]; row k speaks of φ_k,
    /// column l makes φ_l.</summary>
    public Tensor C { get; }

    /// <summary>What the sum over the neighbours gives: [L, L].</summary>
    public Tensor A { get; }

    /// <summary>What the sum over the graph gives: [L, L]; zero in an AC-GNN.</summary>
    public Tensor R { get; }

    /// <summary>The constants: [L].</summary>
    public Tensor B { get; }

    /// <summary>Whether R is not zero: the network is an ACR-GNN and not an AC-GNN.</summary>
    public bool UsesReadout { get; }

    /// <summary>The first state: 1 for the colour that a node has, 0 for everything else.</summary>
    /// <returns>Double [N, L].</returns>
    public Tensor Input(ColouredGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var values = new double[graph.Nodes * Parts.Count];
        for (int l = 0; l < Parts.Count; l++)
        {
            if (Parts[l] is not Formula.Colour colour) continue;
            int place = graph.ColourOf(colour.Name);
            for (int v = 0; v < graph.Nodes; v++)
                if (graph.Colours[v] == place) values[v * Parts.Count + l] = 1;
        }
        return tensor(values).reshape(graph.Nodes, Parts.Count);
    }

    /// <summary>One layer. Cost O(N L² + E L).</summary>
    /// <param name="graph">The edges.</param>
    /// <param name="x">States: [N, L].</param>
    public Tensor Step(Graph graph, Tensor x)
    {
        using var scope = NewDisposeScope();
        var own = x.mm(C);                                      // [N, L]
        var neighbours = graph.WithWeights(null).Sum(x).mm(A);  // [N, L]
        var everyone = x.sum(dim: 0, keepdim: true).mm(R);      // [1, L], the readout
        return (own + neighbours + everyone + B).clamp(0, 1).MoveToOuterDisposeScope();     // f
    }

    /// <summary>All states, the input first: Layers + 1 tensors [N, L].</summary>
    public IReadOnlyList<Tensor> States(ColouredGraph graph)
    {
        var states = new List<Tensor> { Input(graph) };
        for (int i = 0; i < Layers; i++) states.Add(Step(graph.Graph, states[^1]));
        return states;
    }

    /// <summary>Where the formula holds: [N].</summary>
    public bool[] Run(ColouredGraph graph)
    {
        using var scope = NewDisposeScope();
        var last = States(graph)[^1][.., Parts.Count - 1];      // component L
        return [.. last.contiguous().data<double>().ToArray().Select(value => value == 1)];
    }
}

/// <summary>Turns a formula of FOC₂ into the weights of an ACR-GNN,
/// and one of graded modal logic into those of an AC-GNN.</summary>
/// <remarks>
/// Every sub-formula that speaks of one node becomes a component. A quantifier ∃≥N y ψ(x, y) is told apart by
/// what y is to x: a neighbour, x itself, or neither. In each case E(x, y) and x = y are known, and what is
/// left of ψ speaks of y alone. Parts of ψ that speak of x are drawn out: the quantifier is compiled once
/// with them true and once with them false.
/// </remarks>
internal sealed class FormulaCompiler
{
    private static readonly Formula Top = new Formula.True(), Bottom = new Formula.Not(Top);
    private readonly Dictionary<Formula, int> known = [];
    private readonly List<Formula> parts = [];
    private readonly List<int> depths = [];
    private readonly List<(char Matrix, int From, int To, double Value)> entries = [];

    internal static LogicNetwork Compile(Formula formula)
    {
        Formula.RequireClassifier(formula);
        var compiler = new FormulaCompiler();
        int root = compiler.Column(Simplify(formula));
        int count = compiler.parts.Count;
        if (root != count - 1)
            throw new InvalidOperationException("The whole formula comes after its parts.");
        Tensor Matrix(char name)
        {
            var values = new double[count * count];
            // Entries are added, so that φ ∧ φ counts its part twice.
            foreach (var e in compiler.entries)
                if (e.Matrix == name) values[e.From * count + e.To] += e.Value;
            return tensor(values).reshape(count, count);
        }
        return new LogicNetwork(compiler.parts, compiler.depths[root], Matrix('C'), Matrix('A'), Matrix('R'),
            Matrix('b')[0].contiguous());
    }

    // The component of a formula with at most one free variable, which is called x from here on.
    private int Column(Formula formula)
    {
        if (formula.HasFree('y') || formula is Formula.AtLeast { Variable: 'x' }) formula = formula.Swapped();
        if (known.TryGetValue(formula, out int column)) return column;
        switch (formula)
        {
            case Formula.Colour:
                return Add(formula, [], ('C', Own, 1));
            case Formula.Not n:
                int part = Column(n.Part);
                return Add(formula, [part], ('C', part, -1), ('b', 0, 1));
            case Formula.And a:
                var (j, k) = (Column(a.Left), Column(a.Right));
                return Add(formula, [j, k], ('C', j, 1), ('C', k, 1), ('b', 0, -1));
            case Formula.Or o:
                (j, k) = (Column(o.Left), Column(o.Right));
                return Add(formula, [j, k], ('C', j, 1), ('C', k, 1));
            case Formula.AtLeast q:
                return Count(q);
            default:
                return Add(formula, [], ('b', 0, 1));                        // ⊤
        }
    }

    private const int Own = -1;

    private int Add(Formula formula, int[] from, params (char Matrix, int From, double Value)[] weights)
    {
        int column = parts.Count;
        parts.Add(formula);
        known[formula] = column;
        int deepest = from.Select(part => depths[part]).DefaultIfEmpty(0).Max();
        depths.Add(formula is Formula.Colour ? 0 : 1 + deepest);
        entries.AddRange(weights.Select(w => (w.Matrix, w.From == Own ? column : w.From, column, w.Value)));
        return column;
    }

    // ∃≥N y ψ(x, y), with y for the variable that is counted.
    private int Count(Formula.AtLeast q)
    {
        if (OfX(q.Body) is { } about)
        {
            // What ψ says of x alone is the same for every y: decide it first.
            var yes = Simplify(new Formula.AtLeast(q.Count, 'y', Replace(q.Body, about, Top)));
            var no = Simplify(new Formula.AtLeast(q.Count, 'y', Replace(q.Body, about, Bottom)));
            var split = new Formula.Or(new Formula.And(about, yes),
                new Formula.And(new Formula.Not(about), no));
            return known[q] = Column(Simplify(split));
        }
        var (edge, equal) = (new Formula.Edge(), new Formula.Equal());
        int? Case(Formula joined, Formula same)
        {
            var left = Simplify(Replace(Replace(q.Body, edge, joined), equal, same));
            return left.Equals(Bottom) ? null : Column(left);
        }
        int? neighbours = Case(Top, Bottom), itself = Case(Bottom, Top), others = Case(Bottom, Bottom);
        var weights = new List<(char, int, double)> { ('b', 0, 1 - q.Count) };
        if (neighbours is { } n) weights.Add(('A', n, 1));
        if (itself is { } i) weights.Add(('C', i, 1));
        // Neither: the graph, less the neighbours, less the node itself.
        if (others is { } o) weights.AddRange([('R', o, 1), ('A', o, -1), ('C', o, -1)]);
        return Add(q, [.. new[] { neighbours, itself, others }.OfType<int>()], [.. weights]);
    }

    // A part of ψ that speaks of x and of nothing else, if there is one.
    private static Formula? OfX(Formula body) => body switch
    {
        Formula.Edge or Formula.Equal => null,
        _ when body.HasFree('x') && !body.HasFree('y') => body,
        Formula.Not n => OfX(n.Part),
        Formula.And a => OfX(a.Left) ?? OfX(a.Right),
        Formula.Or o => OfX(o.Left) ?? OfX(o.Right),
        _ => null,
    };

    // Within a boolean combination; what quantifiers bind is left alone.
    private static Formula Replace(Formula body, Formula what, Formula by) =>
        body.Equals(what) ? by : body switch
        {
            Formula.Not n => new Formula.Not(Replace(n.Part, what, by)),
            Formula.And a => new Formula.And(Replace(a.Left, what, by), Replace(a.Right, what, by)),
            Formula.Or o => new Formula.Or(Replace(o.Left, what, by), Replace(o.Right, what, by)),
            _ => body,
        };

    private static Formula Simplify(Formula formula) => formula switch
    {
        Formula.Not n => Simplify(n.Part) is var part && part is Formula.Not inner
            ? inner.Part : new Formula.Not(part),
        Formula.And a => (Simplify(a.Left), Simplify(a.Right)) switch
        {
            var (l, r) when l.Equals(Bottom) || r.Equals(Bottom) => Bottom,
            var (l, r) when l.Equals(Top) => r,
            var (l, r) when r.Equals(Top) => l,
            var (l, r) => new Formula.And(l, r),
        },
        Formula.Or o => (Simplify(o.Left), Simplify(o.Right)) switch
        {
            var (l, r) when l.Equals(Top) || r.Equals(Top) => Top,
            var (l, r) when l.Equals(Bottom) => r,
            var (l, r) when r.Equals(Bottom) => l,
            var (l, r) => new Formula.Or(l, r),
        },
        Formula.AtLeast { Count: <= 0 } => Top,
        Formula.AtLeast q => Simplify(q.Body) is var body && body.Equals(Bottom)
            ? Bottom : q with { Body = body },
        _ => formula,
    };
}

/// <summary>One trained layer of the experiments: h' = COM(h V + AGG{h_u} A + READ{h_u} R).</summary>
/// <remarks>Without a readout it is an AC layer. Cost O(N·D² + E·D).</remarks>
public sealed class LogicLayer : nn.Module<GraphBatch, Tensor, Tensor>
{
    private readonly nn.Module<Tensor, Tensor> own, neighbours;     // V, A
    private readonly nn.Module<Tensor, Tensor>? everyone, combine;  // R, the MLP
    private readonly LogicSettings settings;

    /// <param name="settings">Widths, maps and poolings.</param>
    /// <param name="reads">Whether the layer has a readout.</param>
    /// <exception cref="ArgumentOutOfRangeException">MapLayers is not 0, 1 or 2.</exception>
    public LogicLayer(LogicSettings settings, bool reads) : base(nameof(LogicLayer))
    {
        this.settings = settings;
        int d = settings.Hidden;
        nn.Module<Tensor, Tensor> Map(int layers) => layers switch
        {
            0 => nn.Identity(),
            1 => nn.Linear(d, d),
            2 => nn.Sequential(nn.Linear(d, d), nn.BatchNorm1d(d), nn.ReLU(), nn.Linear(d, d)),
            _ => throw new ArgumentOutOfRangeException(nameof(settings), layers, "MapLayers is 0, 1 or 2."),
        };
        (own, neighbours) = (Map(settings.MapLayers), Map(settings.MapLayers));
        everyone = reads ? Map(settings.MapLayers) : null;
        combine = settings.CombineByMlp ? Map(2) : null;
        RegisterComponents();
    }

    /// <param name="batch">The graphs.</param>
    /// <param name="h">States: [N, D].</param>
    /// <returns>[N, D], before batch norm.</returns>
    public override Tensor forward(GraphBatch batch, Tensor h)
    {
        using var scope = NewDisposeScope();
        var aggregated = settings.Aggregation switch            // AGG: [N, D]
        {
            LogicPooling.Sum => batch.Graph.Sum(h),
            LogicPooling.Mean => batch.Graph.Mean(h),
            _ => batch.Graph.Max(h),
        };
        var next = own.call(h) + neighbours.call(aggregated);
        if (everyone is not null)
        {
            var read = settings.Readout switch                  // READ: [G, D]
            {
                LogicPooling.Sum => batch.Sum(h),
                LogicPooling.Mean => batch.Mean(h),
                _ => batch.Max(h),
            };
            // To every node of its graph, before R, so that a batch norm in R sees nodes: [N, D].
            var graphOfNode = tensor(batch.GraphOfNode().Select(g => (long)g).ToArray(), device: h.device);
            next = next + everyone.call(read.index_select(0, graphOfNode));
        }
        next = combine is null ? next.relu() : combine.call(next);
        return next.MoveToOuterDisposeScope();
    }
}

/// <summary>The trained node classifier: L layers, each with batch norm,
/// then a linear map to two scores.</summary>
public sealed class LogicClassifier : nn.Module<GraphBatch, Tensor, Tensor>
{
    private readonly ModuleList<LogicLayer> layers = nn.ModuleList<LogicLayer>();
    private readonly ModuleList<GinLayer> gin = nn.ModuleList<GinLayer>();
    private readonly ModuleList<BatchNorm1d> norms = nn.ModuleList<BatchNorm1d>();
    private readonly Linear predict;

    /// <param name="settings">The model, its depth and width.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no layer.</exception>
    public LogicClassifier(LogicSettings settings) : base(nameof(LogicClassifier))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Layers, 1);
        (Settings, int d) = (settings, settings.Hidden);
        for (int l = 1; l <= settings.Layers; l++)
        {
            if (settings.Model == LogicModel.Gin)
                gin.append(new GinLayer(nn.Sequential(nn.Linear(d, d), nn.ReLU(), nn.Linear(d, d)),
                    inFeatures: d));
            else
                layers.append(new LogicLayer(settings, settings.Model == LogicModel.ACR
                    || (settings.Model == LogicModel.ACFinalReadout && l == settings.Layers)));
            norms.append(nn.BatchNorm1d(d));
        }
        predict = nn.Linear(d, 2);
        RegisterComponents();
    }

    /// <summary>The model, its depth and width.</summary>
    public LogicSettings Settings { get; }

    /// <param name="batch">The graphs.</param>
    /// <param name="x">Colours, one-hot: [N, K] with K at most the width.</param>
    /// <returns>Scores of "no" and "yes" before the sigmoid: [N, 2].</returns>
    /// <exception cref="ArgumentException">Colours do not fit the graphs, or are more than the width.</exception>
    public override Tensor forward(GraphBatch batch, Tensor x)
    {
        long n = batch.Graph.Nodes;
        if (x.dim() != 2 || x.shape[0] != n || x.shape[1] > Settings.Hidden)
            throw new ArgumentException(
                $"The colours are [{n}, K] with at most {Settings.Hidden} columns, the width; "
                + $"given were [{string.Join(", ", x.shape)}].", nameof(x));
        using var scope = NewDisposeScope();
        var h = nn.functional.pad(x, [0, Settings.Hidden - x.shape[1]]);        // [N, K] -> [N, D]
        for (int l = 0; l < Settings.Layers; l++)
            h = norms[l].call(Settings.Model == LogicModel.Gin
                ? gin[l].call(batch.Graph, h).relu()
                : layers[l].call(batch, h));
        return predict.call(h).MoveToOuterDisposeScope();                       // [N, 2]
    }
}

/// <summary>Formulas, data and training of the paper.</summary>
public static class LogicalExpressiveness
{
    /// <summary>Section 6, first experiment: a red node in a graph with a blue one.
    /// No AC-GNN decides it.</summary>
    public static Formula RedAndSomewhereBlue { get; } = FormulaParser.Parse("Red(x) & exists y Blue(y)");

    /// <summary>α_i of equation 6: α_0 = Blue, α_i(x) = ∃[lo, hi] y (α_{i-1}(y) ∧ ¬E(x, y)).</summary>
    /// <param name="i">1, 2 or 3; the intervals are [8, 10], [10, 20] and [10, 30].</param>
    /// <exception cref="ArgumentOutOfRangeException">i is not 1, 2 or 3.</exception>
    public static Formula Alpha(int i)
    {
        if (i is < 1 or > 3)
            throw new ArgumentOutOfRangeException(nameof(i), i, "There are α_1, α_2 and α_3.");
        Formula inner = i == 1 ? new Formula.Colour("Blue", 'x') : Alpha(i - 1);
        var (least, most) = i switch { 1 => (8, 10), 2 => (10, 20), _ => (10, 30) };
        return Formula.Between(least, most, 'y',
            new Formula.And(inner.Swapped(), new Formula.Not(new Formula.Edge())));     // eq. 6
    }

    /// <summary>The weights of a network that decides a formula at every node of every graph.</summary>
    /// <param name="formula">A node classifier; of graded modal logic for an AC-GNN.</param>
    /// <exception cref="ArgumentException">y is free.</exception>
    public static LogicNetwork Compile(Formula formula)
    {
        ArgumentNullException.ThrowIfNull(formula);
        return FormulaCompiler.Compile(formula);
    }

    /// <summary>The graphs with a formula's answers.</summary>
    public static IReadOnlyList<LabelledGraph> Label(IEnumerable<ColouredGraph> graphs, Formula formula) =>
        [.. graphs.Select(graph => new LabelledGraph(graph, formula.Evaluate(graph)))];

    /// <summary>
    /// Lines in whose second half red prevails, without blue there: 30 % have no blue at all, in half of them
    /// blue prevails in the first tenth of the line (no red in the first half), 10 % are coloured evenly
    /// without blue and 10 % with it.
    /// </summary>
    /// <param name="count">How many; the order is that of the four kinds.</param>
    /// <param name="minNodes">Shortest line.</param>
    /// <param name="maxNodes">Longest line.</param>
    /// <param name="seed">Of lengths and colours.</param>
    /// <exception cref="ArgumentOutOfRangeException">Lines could be shorter than 10.</exception>
    public static IReadOnlyList<ColouredGraph> Lines(int count, int minNodes, int maxNodes, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(minNodes, 10);
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            int n = random.Next(minNodes, maxNodes + 1);
            return new ColouredGraph(Generators.Path(n), ColourLine(n, (i + 1.0) / count, random));
        })];
    }

    // Colours by their place in the palette: 0 blue, 1 red, 2 to 4 others.
    private static int[] ColourLine(int n, double place, Random random)
    {
        const int blue = 0, red = 1;
        int Among(int first) => random.Next(first, 5);
        int Mostly(int colour, double share, int first) =>
            random.NextDouble() < share ? colour : Among(first);
        int half = n / 2, near = half / 5;
        var colours = new int[n];
        for (int v = 0; v < n; v++)
            colours[v] = place switch
            {
                <= 0.3 => v < half ? Among(red) : Mostly(red, 0.8, 2),
                <= 0.8 when v == 0 => blue,
                <= 0.8 when v < near => Mostly(blue, 0.8, 2),
                <= 0.8 => v < half ? Among(2) : Mostly(red, 0.9, 2),
                <= 0.9 => Among(red),
                _ => Among(blue),
            };
        return colours;
    }

    /// <summary>Random graphs G(n, m) with a number of blue nodes;
    /// the other four colours fall evenly on the rest.</summary>
    /// <param name="count">How many.</param>
    /// <param name="minNodes">Smallest n.</param>
    /// <param name="maxNodes">Largest n.</param>
    /// <param name="seed">Of sizes, edges and colours.</param>
    /// <param name="edgesPerNode">m / n; the authors' generator has 8.</param>
    /// <param name="minBlue">Fewest blue nodes; 9 in the authors' generator.</param>
    /// <param name="maxBlue">Most blue nodes; 15 there.</param>
    /// <param name="withoutBlue">Share of graphs that have none instead.</param>
    public static IReadOnlyList<ColouredGraph> RandomGraphs(int count, int minNodes, int maxNodes, int seed,
        int edgesPerNode = 8, int minBlue = 9, int maxBlue = 15, double withoutBlue = 0)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            int n = random.Next(minNodes, maxNodes + 1);
            int blue = i < withoutBlue * count ? 0 : random.Next(minBlue, maxBlue + 1);
            int[] colours = [.. Enumerable.Range(0, n).Select(v => v < blue ? 0 : random.Next(1, 5))];
            random.Shuffle(colours);
            return new ColouredGraph(Generators.ErdosRenyiEdges(n, edgesPerNode * n, random.Next()), colours);
        })];
    }

    /// <summary>Trains a classifier on graphs with answers, as the authors' code does;
    /// the last epoch counts.</summary>
    /// <param name="graphs">Training graphs; their order is drawn anew each epoch.</param>
    /// <param name="settings">Model and training.</param>
    /// <param name="seed">Of the weights and the order.</param>
    /// <param name="checkpoint">File to go on from and to write to; null: none.</param>
    public static LogicResult Train(
        IReadOnlyList<LabelledGraph> graphs, LogicSettings settings, int seed, string? checkpoint = null)
    {
        manual_seed(seed);
        var model = new LogicClassifier(settings).to(Devices.Chosen);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);
        int stepsPerEpoch = (graphs.Count + settings.BatchSize - 1) / settings.BatchSize;

        IEnumerable<(int Step, int[] Graphs)> Batches(int epoch)
        {
            int[] order = [.. Enumerable.Range(0, graphs.Count)];
            new Random(unchecked(seed * 7919 + epoch)).Shuffle(order);
            return order.Chunk(settings.BatchSize).Select((batch, i) => (epoch * stepsPerEpoch + i, batch));
        }

        Tensor Loss((int Step, int[] Graphs) batch)
        {
            foreach (var group in optimizer.ParamGroups)
                group.LearningRate = settings.LearningRate * Math.Pow(0.5, batch.Step / settings.HalveEvery);
            var (scores, labels) = Answer(model, [.. batch.Graphs.Select(g => graphs[g])]);
            var targets = nn.functional.one_hot(labels, 2).to(ScalarType.Float32);     // [N, 2]
            return nn.functional.binary_cross_entropy_with_logits(scores, targets);
        }

        var history = new Trainer(model, optimizer)
        {
            Task = $"{settings.Model}, {settings.Layers} layers",
            Epochs = settings.Epochs,
            Checkpoint = checkpoint,
        }.Run(Batches, Loss);
        return new LogicResult(model, history, Accuracy(model, graphs));
    }

    /// <summary>Share of all nodes of all graphs that a classifier answers rightly,
    /// in evaluation mode.</summary>
    public static double Accuracy(LogicClassifier model, IReadOnlyList<LabelledGraph> graphs)
    {
        model.eval();
        using var quiet = no_grad();
        long right = 0, nodes = 0;
        foreach (var chunk in graphs.Chunk(256))
        {
            using var scope = NewDisposeScope();
            var (scores, labels) = Answer(model, chunk);
            right += scores.argmax(1).eq(labels).sum().item<long>();
            nodes += labels.shape[0];
        }
        return right / (double)nodes;
    }

    /// <summary>The colours of graphs as features: one-hot [N, K], the graphs one below the other.</summary>
    public static Tensor OneHot(IEnumerable<ColouredGraph> graphs)
    {
        using var scope = NewDisposeScope();
        var all = graphs.ToList();
        var colours = tensor(all.SelectMany(graph => graph.Colours).Select(c => (long)c).ToArray());
        return nn.functional.one_hot(colours, all[0].Palette.Count).to(ScalarType.Float32)
            .MoveToOuterDisposeScope();
    }

    private static (Tensor Scores, Tensor Labels) Answer(LogicClassifier model,
        IReadOnlyList<LabelledGraph> graphs)
    {
        var batch = new GraphBatch([.. graphs.Select(g => g.Graph.Graph)]);
        long[] answers = [.. graphs.SelectMany(g => g.Labels).Select(label => label ? 1L : 0L)];
        var scores = model.call(batch, OneHot(graphs.Select(g => g.Graph)).to(model.parameters().First().device));
        return (scores, tensor(answers, device: scores.device));                        // [N]
    }
}
