// Hoppity — E. Dinella, H. Dai, Z. Li, M. Naik, L. Song and K. Wang, "Hoppity: Learning Graph Transformations to
// Detect and Fix Bugs in Programs", ICLR 2020, openreview.net/forum?id=SJeqs6EFvB.
// Idea      A repair is a short sequence of edits on the program's graph. One model says where, what and with what,
//           edit after edit, learned from pairs of buggy and fixed programs alone.
// Symbols   program -> ProgramNode; edit -> TreeEdit; graph -> ProgramGraph; h_v, g -> Encoding; s -> the controller's state
// Graph     tree, values and order of leaves, each relation in both directions: K = 6        -> ProgramGraph
// Encoder   m_v^k = sum over N_k(v) of (W_k h_u + b_k); h <- BN(tanh(W_2 BN(W_m tanh(||m)) + h)) -> HoppityLayer
// State     s <- GRU(g, s) for each edit, s <- GRU(e, s) for each choice e                      -> HoppityModel.After
// Choices   where: pointer over the tree; what: {no-op, value, delete, kind, add}; with what: kind, value among the
//           program's own and the common ones in one softmax, left sibling                -> HoppityModel.Where … Sibling
// Loss      -log p of the edits that the differ found, teacher-forced                          -> HoppityModel.Loss
// Search    a beam over all choices together, each hypothesis with its own edited graph       -> Hoppity.Repair
// Differs   C# in place of JavaScript. A node's kind is Roslyn's, without the attribute it stands under. A value that is neither
//           in the program nor among the common ones is never right; the authors' metric counts their UNKNOWN as right there.
using Lectern.Graphs;
using Lectern.Graphs.Programs;
using Lectern.Training;

namespace Lectern.Papers.Applications;

/// <summary>How a node is scored against the state.</summary>
public enum PointerKind
{
    /// <summary>s · h.</summary>
    InnerProduct,

    /// <summary>s · W h.</summary>
    Bilinear,

    /// <summary>w · relu(W_s s + W_h h + b).</summary>
    Mlp,
}

/// <summary>Settings; what is not said to differ is the authors'.</summary>
public sealed record HoppitySettings
{
    /// <summary>d, width of node vectors and state.</summary>
    public int Width { get; init; } = 128;

    /// <summary>L, rounds of messages.</summary>
    public int Layers { get; init; } = 4;

    /// <summary>How nodes are pointed at.</summary>
    public PointerKind Pointer { get; init; } = PointerKind.Mlp;

    /// <summary>Whether nodes are linked to their values.</summary>
    public bool ValueLinks { get; init; } = true;

    /// <summary>Whether leaves are linked in their order.</summary>
    public bool LeafOrder { get; init; } = true;

    /// <summary>Whether the state goes on from edit to edit; otherwise each edit starts from nothing but the graph.</summary>
    public bool History { get; init; } = true;

    /// <summary>Common values that may be put anywhere; the authors have 5,000.</summary>
    public int Constants { get; init; } = 5000;

    /// <summary>T, edits of a repair at most; a repair of fewer ends by a no-op.</summary>
    public int MostEdits { get; init; } = 3;

    /// <summary>Programs a step.</summary>
    public int Batch { get; init; } = 10;

    /// <summary>Adam's, at the start.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Norm of the gradient at most.</summary>
    public double Clip { get; init; } = 5;

    /// <summary>Blocks of 100 steps.</summary>
    public int Blocks { get; init; } = 100;

    /// <summary>Blocks after which the rate falls to a tenth, down to 1e-6.</summary>
    public int BlocksARate { get; init; } = 30;

    /// <summary>Of the weights and of the order.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>The kinds and the common values that a model knows.</summary>
public sealed class HoppityVocabulary
{
    private readonly Dictionary<string, int> kinds, constants;

    /// <param name="kinds">The kinds, without the one for unknown kinds, which comes first.</param>
    /// <param name="constants">The common values.</param>
    public HoppityVocabulary(IEnumerable<string> kinds, IEnumerable<string> constants)
    {
        Kinds = ["", .. kinds];
        Constants = [null, .. constants];
        this.kinds = Kinds.Select((kind, i) => (kind, i)).ToDictionary(p => p.kind, p => p.i);
        this.constants = Constants.Select((value, i) => (value, i)).Skip(1).ToDictionary(p => p.value!, p => p.i);
    }

    /// <summary>What the programs of a training set have, and the values that their repairs put in, the most frequent first.</summary>
    /// <param name="bugs">The training set.</param>
    /// <param name="most">Common values at most.</param>
    public static HoppityVocabulary Of(IReadOnlyList<ProgramBug> bugs, int most)
    {
        ArgumentNullException.ThrowIfNull(bugs);
        return new(
            bugs.SelectMany(bug => bug.Buggy.Preorder().Concat(bug.Fixed.Preorder())).Select(node => node.Kind).Distinct().Order(StringComparer.Ordinal),
            bugs.SelectMany(bug => bug.Fix).Select(edit => edit.Value).OfType<string>().GroupBy(value => value)
                .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).Take(most).Select(group => group.Key));
    }

    /// <summary>The kinds; 0 stands for any other.</summary>
    public IReadOnlyList<string> Kinds { get; }

    /// <summary>The common values; the first is null, no value.</summary>
    public IReadOnlyList<string?> Constants { get; }

    /// <summary>A kind's number; 0 where it is not known.</summary>
    public int KindOf(string kind) => kinds.GetValueOrDefault(kind);

    /// <summary>A value's number; -1 where it is not common.</summary>
    public int ConstantOf(string? value) => value is null ? 0 : constants.GetValueOrDefault(value, -1);
}

/// <summary>One round of messages along all relations.</summary>
internal sealed class HoppityLayer : nn.Module<Tensor, SparseMatrix, Tensor>
{
    private readonly Linear relations, merge, combine;
    private readonly BatchNorm1d mergeNorm, norm;
    private readonly int width;

    internal HoppityLayer(int width) : base(nameof(HoppityLayer))
    {
        this.width = width;
        relations = nn.Linear(width, ProgramGraph.Relations * width);
        (merge, combine) = (nn.Linear(ProgramGraph.Relations * width, width), nn.Linear(width, width));
        (mergeNorm, norm) = (nn.BatchNorm1d(width), nn.BatchNorm1d(width));
        RegisterComponents();
    }

    /// <param name="h">Node vectors: [N, d].</param>
    /// <param name="edges">Row K v + k, column K u + k where v hears u by relation k: [K N, K N].</param>
    public override Tensor forward(Tensor h, SparseMatrix edges)
    {
        using var scope = NewDisposeScope();
        var sent = relations.call(h).view(-1, width);                               // W_k h + b_k: [N, d] -> [K N, d]
        var heard = edges.MatMul(sent).view(h.shape[0], -1);                        // m^k, side by side: [N, K d]
        var merged = mergeNorm.call(merge.call(heard.tanh()));                      // BN(W_m tanh(||m))
        return norm.call((combine.call(merged) + h).tanh()).MoveToOuterDisposeScope();
    }
}

/// <summary>Programs and their vectors.</summary>
/// <param name="Graphs">The programs.</param>
/// <param name="Offsets">Where each one's nodes begin.</param>
/// <param name="Nodes">ĥ: [N, d].</param>
/// <param name="Whole">g: [programs, d].</param>
public sealed record HoppityEncoding(IReadOnlyList<ProgramGraph> Graphs, int[] Offsets, Tensor Nodes, Tensor Whole);

/// <summary>Scores of nodes against a state.</summary>
internal sealed class NodePointer : nn.Module
{
    private readonly Linear? ofState, ofNode, output;
    private readonly PointerKind kind;

    internal NodePointer(int width, PointerKind kind) : base(nameof(NodePointer))
    {
        this.kind = kind;
        if (kind != PointerKind.InnerProduct) ofNode = nn.Linear(width, width, hasBias: kind == PointerKind.Mlp);
        if (kind == PointerKind.Mlp) (ofState, output) = (nn.Linear(width, width, hasBias: false), nn.Linear(width, 1, hasBias: false));
        RegisterComponents();
    }

    /// <param name="s">States: [B, d].</param>
    /// <param name="encoding">Where the nodes' vectors are.</param>
    /// <param name="candidates">Rows of <see cref="HoppityEncoding.Nodes"/> that each state chooses among.</param>
    /// <returns>[B, most candidates]; minus infinity behind the last of each.</returns>
    internal Tensor Scores(Tensor s, HoppityEncoding encoding, IReadOnlyList<IReadOnlyList<int>> candidates)
    {
        using var scope = NewDisposeScope();
        int width = Math.Max(1, candidates.Max(row => row.Count));
        long[] places = new long[candidates.Count * width];
        float[] none = new float[places.Length];
        Array.Fill(none, float.NegativeInfinity);
        for (int b = 0; b < candidates.Count; b++)
            for (int c = 0; c < candidates[b].Count; c++) (places[b * width + c], none[b * width + c]) = (candidates[b][c], 0);
        var h = encoding.Nodes.index_select(0, tensor(places, device: s.device)).view(candidates.Count, width, -1);  // [B, C, d]
        var scores = kind switch
        {
            PointerKind.InnerProduct => h.bmm(s.unsqueeze(2)).squeeze(2),
            PointerKind.Bilinear => ofNode!.call(h).bmm(s.unsqueeze(2)).squeeze(2),
            _ => output!.call((ofState!.call(s).unsqueeze(1) + ofNode!.call(h)).relu()).squeeze(2),
        };
        return (scores + tensor(none, device: s.device).view(candidates.Count, width)).MoveToOuterDisposeScope();
    }
}

/// <summary>The encoder and the controller.</summary>
public sealed class HoppityModel : nn.Module
{
    private static readonly int Operators = Enum.GetValues<EditOperator>().Length;

    private readonly Embedding kindVectors, operatorVectors, constantVectors, newKindVectors;
    private readonly BatchNorm1d inputNorm;
    private readonly ModuleList<HoppityLayer> layers;
    private readonly Linear readout;
    private readonly NodePointer where, localValue, sibling;
    private readonly Sequential what, kind, constant;
    private readonly ModuleList<GRUCell> cells;

    /// <param name="vocabulary">The kinds and common values.</param>
    /// <param name="settings">The sizes.</param>
    public HoppityModel(HoppityVocabulary vocabulary, HoppitySettings settings) : base(nameof(HoppityModel))
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(settings);
        (Vocabulary, Settings) = (vocabulary, settings);
        int d = settings.Width;
        Embedding Table(int rows)
        {
            var table = nn.Embedding(rows, d);
            nn.init.normal_(table.weight!, 0, 1);
            return table;
        }
        Sequential Mlp(int outputs) => nn.Sequential(nn.Linear(d, d), nn.ReLU(), nn.Linear(d, outputs));
        kindVectors = Table(vocabulary.Kinds.Count + 1);                            // W_0 x, x one-hot; the last is that of values
        (operatorVectors, newKindVectors, constantVectors) = (Table(Operators), Table(vocabulary.Kinds.Count), Table(vocabulary.Constants.Count));
        inputNorm = nn.BatchNorm1d(d);
        layers = new ModuleList<HoppityLayer>([.. Enumerable.Range(0, settings.Layers).Select(_ => new HoppityLayer(d))]);
        readout = nn.Linear(d, d);
        (where, localValue, sibling) = (new NodePointer(d, settings.Pointer), new NodePointer(d, settings.Pointer), new NodePointer(d, settings.Pointer));
        (what, kind, constant) = (Mlp(Operators), Mlp(vocabulary.Kinds.Count - 1), Mlp(vocabulary.Constants.Count));
        cells = new ModuleList<GRUCell>([.. Enum.GetValues<HoppityChoice>().Select(_ => nn.GRUCell(d, d))]);
        RegisterComponents();
    }

    /// <summary>The kinds and common values.</summary>
    public HoppityVocabulary Vocabulary { get; }

    /// <summary>The sizes.</summary>
    public HoppitySettings Settings { get; }

    /// <summary>ĥ and g of programs.</summary>
    /// <param name="graphs">The programs.</param>
    public HoppityEncoding Encode(IReadOnlyList<ProgramGraph> graphs)
    {
        ArgumentNullException.ThrowIfNull(graphs);
        const int k = ProgramGraph.Relations;
        int[] offsets = new int[graphs.Count + 1];
        for (int g = 0; g < graphs.Count; g++) offsets[g + 1] = offsets[g] + graphs[g].Count;
        var (rows, columns, kinds) = (new List<int>(), new List<int>(), new long[offsets[^1]]);
        for (int g = 0; g < graphs.Count; g++)
        {
            var graph = graphs[g];
            for (int v = 0; v < graph.Count; v++)
                kinds[offsets[g] + v] = v < graph.Nodes.Count ? Vocabulary.KindOf(graph.Nodes[v].Kind) : Vocabulary.Kinds.Count;
            foreach (var (relation, from, to) in graph.Edges)
            {
                if ((relation is 2 or 3 && !Settings.ValueLinks) || (relation is 4 or 5 && !Settings.LeafOrder)) continue;
                rows.Add(k * (offsets[g] + to) + relation);
                columns.Add(k * (offsets[g] + from) + relation);
            }
        }
        using var scope = NewDisposeScope();
        var edges = SparseMatrix.FromEntries(k * offsets[^1], k * offsets[^1], rows.ToArray(), columns.ToArray(), out _);
        var h = inputNorm.call(kindVectors.call(tensor(kinds, device: Device)).tanh());            // h^0 = BN(tanh(W_0 x))
        foreach (var layer in layers) h = layer.call(h, edges);
        h = readout.call(h).tanh();                                                 // ĥ = tanh(W_r h^L)
        var members = SparseMatrix.FromRows(graphs.Count, offsets[^1], offsets, [.. Enumerable.Range(0, offsets[^1])]);
        return new HoppityEncoding(graphs, offsets, h.MoveToOuterDisposeScope(), members.MatMul(h).MoveToOuterDisposeScope());
    }

    /// <summary>The state before anything is known: [count, d] zeros.</summary>
    public Tensor Start(long count) => zeros(count, Settings.Width, device: Device);

    private Device Device => readout.weight!.device;

    /// <summary>The state after a choice: GRU(e, s), each sort of choice with a cell of its own.</summary>
    /// <param name="choice">What was chosen.</param>
    /// <param name="e">The vectors of what was chosen: [B, d].</param>
    /// <param name="s">[B, d].</param>
    public Tensor After(HoppityChoice choice, Tensor e, Tensor s) => cells[(int)choice].call(e, s);

    /// <summary>log p of each tree node to be edited: [B, most nodes].</summary>
    /// <param name="s">[B, d].</param>
    /// <param name="encoding">The programs.</param>
    /// <param name="programs">Which one each state is about.</param>
    public Tensor Where(Tensor s, HoppityEncoding encoding, IReadOnlyList<int> programs) => nn.functional.log_softmax(where.Scores(s, encoding,
        [.. programs.Select(g => Enumerable.Range(encoding.Offsets[g], encoding.Graphs[g].Nodes.Count).ToArray())]), 1);

    /// <summary>log p of the operators at the nodes chosen; minus infinity where one is not allowed: [B, 5].</summary>
    /// <param name="s">[B, d].</param>
    /// <param name="encoding">The programs.</param>
    /// <param name="programs">Which one each state is about.</param>
    /// <param name="nodes">The nodes chosen.</param>
    public Tensor What(Tensor s, HoppityEncoding encoding, IReadOnlyList<int> programs, IReadOnlyList<int> nodes)
    {
        using var scope = NewDisposeScope();
        float[] mask = [.. programs.SelectMany((g, b) => Enum.GetValues<EditOperator>()
            .Select(edit => encoding.Graphs[g].Allows(edit, nodes[b]) ? 0 : float.NegativeInfinity))];
        return nn.functional.log_softmax(what.call(s) + tensor(mask, device: s.device).view(-1, Operators), 1).MoveToOuterDisposeScope();
    }

    /// <summary>log p of the kinds: [B, kinds]; minus infinity for the unknown one.</summary>
    /// <param name="s">[B, d].</param>
    public Tensor Kind(Tensor s) => cat([full([s.shape[0], 1], float.NegativeInfinity, device: s.device), nn.functional.log_softmax(kind.call(s), 1)], 1);

    /// <summary>log p of the values, in one softmax: first the program's own, up to the most of any of these programs, then the common ones.</summary>
    /// <param name="s">[B, d].</param>
    /// <param name="encoding">The programs.</param>
    /// <param name="programs">Which one each state is about.</param>
    /// <returns>[B, most own + common].</returns>
    public Tensor Value(Tensor s, HoppityEncoding encoding, IReadOnlyList<int> programs)
    {
        using var scope = NewDisposeScope();
        var own = localValue.Scores(s, encoding, [.. programs.Select(g =>
            Enumerable.Range(encoding.Offsets[g] + encoding.Graphs[g].Nodes.Count, encoding.Graphs[g].Values.Count).ToArray())]);
        return nn.functional.log_softmax(cat([own, constant.call(s)], 1), 1).MoveToOuterDisposeScope();
    }

    /// <summary>log p of the left sibling of a node to be added: the parent (it becomes the first child), then its children: [B, most].</summary>
    /// <param name="s">[B, d].</param>
    /// <param name="encoding">The programs.</param>
    /// <param name="programs">Which one each state is about.</param>
    /// <param name="parents">The parents.</param>
    public Tensor Sibling(Tensor s, HoppityEncoding encoding, IReadOnlyList<int> programs, IReadOnlyList<int> parents) => nn.functional.log_softmax(
        sibling.Scores(s, encoding, [.. programs.Select((g, b) => SiblingRows(encoding, g, parents[b]))]), 1);

    /// <summary>Vectors of nodes of the graphs.</summary>
    /// <param name="encoding">The programs.</param>
    /// <param name="programs">Which program.</param>
    /// <param name="nodes">Which node of it.</param>
    public static Tensor VectorsOf(HoppityEncoding encoding, IReadOnlyList<int> programs, IReadOnlyList<int> nodes) =>
        Rows(encoding.Nodes, [.. programs.Select((g, b) => encoding.Offsets[g] + nodes[b])]);

    /// <summary>Vectors of operators, kinds or common values.</summary>
    /// <param name="choice">Which of them.</param>
    /// <param name="rows">Their numbers.</param>
    /// <exception cref="ArgumentOutOfRangeException">The choice is a node: nodes have no table.</exception>
    public Tensor VectorsOf(HoppityChoice choice, IEnumerable<int> rows) => (choice switch
    {
        HoppityChoice.Operator => operatorVectors,
        HoppityChoice.Kind => newKindVectors,
        HoppityChoice.Value => constantVectors,
        _ => throw new ArgumentOutOfRangeException(nameof(choice), choice, "Operators, kinds and values have tables; nodes are pointed at."),
    }).call(Places([.. rows], Device));

    /// <summary>log p of each repair, all its choices together: the loss is minus the mean of it.</summary>
    /// <param name="episodes">B repairs.</param>
    /// <returns>[B].</returns>
    public Tensor LogLikelihood(IReadOnlyList<HoppityEpisode> episodes)
    {
        ArgumentNullException.ThrowIfNull(episodes);
        using var scope = NewDisposeScope();
        // With the edits given, all graphs that will be met are known: one pass of the encoder serves all steps.
        int[] first = new int[episodes.Count + 1];
        for (int i = 0; i < episodes.Count; i++) first[i + 1] = first[i] + episodes[i].Graphs.Count;
        var encoding = Encode([.. episodes.SelectMany(episode => episode.Graphs)]);
        var (states, total) = (Start(episodes.Count), zeros(episodes.Count, device: Device));
        for (int t = 0; t < episodes.Max(episode => episode.Edits.Count); t++)
        {
            int[] open = [.. Enumerable.Range(0, episodes.Count).Where(i => t < episodes[i].Edits.Count)];
            int[] programs = [.. open.Select(i => first[i] + t)];
            TreeEdit[] edits = [.. open.Select(i => episodes[i].Edits[t])];
            int[] nodes = [.. edits.Select(edit => edit.Node)];
            var s = Settings.History ? Rows(states, open) : Start(open.Length);
            var logp = zeros(open.Length, device: Device);
            // The choices of those edits that have to make them: log p of what is right, and the state after it.
            void Choose(HoppityChoice choice, Func<TreeEdit, bool> has, Func<Tensor, int[], Tensor> distribution,
                Func<int, int> right, Func<int[], Tensor> vectors)
            {
                int[] who = [.. Enumerable.Range(0, open.Length).Where(b => has(edits[b]))];
                if (who.Length == 0) return;
                var mine = Rows(s, who);
                var p = distribution(mine, [.. who.Select(b => programs[b])]);
                logp = logp.index_add(0, Places(who, Device), p.gather(1, Places([.. who.Select(right)], Device).unsqueeze(1)).squeeze(1), 1);
                s = Put(s, who, After(choice, vectors(who), mine));
            }
            s = After(HoppityChoice.Graph, Rows(encoding.Whole, programs), s);
            Choose(HoppityChoice.Node, _ => true, (mine, at) => Where(mine, encoding, at), b => nodes[b], _ => VectorsOf(encoding, programs, nodes));
            Choose(HoppityChoice.Operator, _ => true, (mine, at) => What(mine, encoding, at, nodes), b => (int)edits[b].Operator,
                _ => VectorsOf(HoppityChoice.Operator, edits.Select(edit => (int)edit.Operator)));
            Choose(HoppityChoice.Kind, HasKind, (mine, _) => Kind(mine), b => Vocabulary.KindOf(edits[b].Kind!),
                who => VectorsOf(HoppityChoice.Kind, who.Select(b => Vocabulary.KindOf(edits[b].Kind!))));
            int own = 0;
            int Value(int b) => Own(encoding.Graphs[programs[b]], edits[b].Value) is >= 0 and var place ? place : own + Vocabulary.ConstantOf(edits[b].Value);
            Choose(HoppityChoice.Value, HasValue, (mine, at) =>
                {
                    own = Math.Max(1, at.Max(program => encoding.Graphs[program].Values.Count));
                    return this.Value(mine, encoding, at);
                }, Value, who => cat([.. who.Select(b => ValueVector(encoding, programs[b], Value(b), own))], 0));
            Choose(HoppityChoice.Node, edit => edit.Operator == EditOperator.Add,
                (mine, at) => Sibling(mine, encoding, at, [.. edits.Where(edit => edit.Operator == EditOperator.Add).Select(edit => edit.Node)]),
                b => edits[b].Rank,
                who => VectorsOf(encoding, [.. who.Select(b => programs[b])], [.. who.Select(b => SiblingNode(encoding.Graphs[programs[b]], edits[b]))]));
            total = total.index_add(0, Places(open, Device), logp, 1);
            states = Put(states, open, s);
        }
        return total.MoveToOuterDisposeScope();
    }

    internal static bool HasKind(TreeEdit edit) => edit.Operator is EditOperator.ReplaceKind or EditOperator.Add;

    internal static bool HasValue(TreeEdit edit) => edit.Operator is EditOperator.ReplaceValue or EditOperator.Add;

    // The node that an added one stands behind: its parent, or the child before it.
    internal static int SiblingNode(ProgramGraph graph, TreeEdit edit) => edit.Rank == 0 ? edit.Node : graph.Children[edit.Node][edit.Rank - 1];

    /// <summary>A value's number among the program's own; -1 where it is not one of them.</summary>
    internal static int Own(ProgramGraph graph, string? value) => value is null ? -1 : graph.Values.ToList().IndexOf(value);

    // The vector of a value by its place in the softmax: [1, d].
    internal Tensor ValueVector(HoppityEncoding encoding, int program, int place, int own) => place < own
        ? VectorsOf(encoding, [program], [encoding.Graphs[program].Nodes.Count + place]) : VectorsOf(HoppityChoice.Value, [place - own]);

    internal static Tensor Rows(Tensor table, int[] rows) => table.index_select(0, Places(rows, table.device));

    private static Tensor Places(int[] rows, Device device) => tensor([.. rows.Select(row => (long)row)], device: device);

    // The states with some of their rows replaced.
    private static Tensor Put(Tensor s, int[] rows, Tensor by)
    {
        int[] from = [.. Enumerable.Range(0, (int)s.shape[0])];
        for (int i = 0; i < rows.Length; i++) from[rows[i]] = (int)s.shape[0] + i;
        return Rows(cat([s, by], 0), from);
    }

    private static int[] SiblingRows(HoppityEncoding encoding, int program, int parent) =>
        [.. encoding.Graphs[program].Children[parent].Prepend(parent).Select(node => encoding.Offsets[program] + node)];
}

/// <summary>The sorts of choice of an edit, and the look at the graph before the first.</summary>
public enum HoppityChoice
{
    /// <summary>The graph as it is now.</summary>
    Graph,

    /// <summary>Which node.</summary>
    Node,

    /// <summary>Which operator.</summary>
    Operator,

    /// <summary>Which kind.</summary>
    Kind,

    /// <summary>Which value.</summary>
    Value,
}

/// <summary>A repair to learn from: the graphs that it goes through, and its edits; a no-op ends those that could go on.</summary>
/// <param name="Bug">The bug.</param>
/// <param name="Graphs">The program before each edit.</param>
/// <param name="Edits">The edits.</param>
public sealed record HoppityEpisode(ProgramBug Bug, IReadOnlyList<ProgramGraph> Graphs, IReadOnlyList<TreeEdit> Edits)
{
    /// <summary>The repair of a bug.</summary>
    /// <param name="bug">The bug.</param>
    /// <param name="mostEdits">T, with which a repair ends without a no-op.</param>
    public static HoppityEpisode Of(ProgramBug bug, int mostEdits)
    {
        ArgumentNullException.ThrowIfNull(bug);
        TreeEdit[] edits = bug.Fix.Count < mostEdits ? [.. bug.Fix, new TreeEdit(EditOperator.NoOp)] : [.. bug.Fix];
        var trees = new List<ProgramNode> { bug.Buggy };
        foreach (var edit in edits.SkipLast(1)) trees.Add(edit.Apply(trees[^1]));
        return new HoppityEpisode(bug, [.. trees.Select(tree => new ProgramGraph(tree))], edits);
    }

    /// <summary>Whether a model could find it: each edit allowed, each value the program's own or a common one, each kind known.</summary>
    public bool Reachable(HoppityVocabulary vocabulary) => Edits.Zip(Graphs).All(step =>
    {
        var (edit, graph) = step;
        return graph.Allows(edit.Operator, edit.Node)
            && (!HoppityModel.HasKind(edit) || vocabulary.KindOf(edit.Kind!) > 0)
            && (!HoppityModel.HasValue(edit) || HoppityModel.Own(graph, edit.Value) >= 0 || vocabulary.ConstantOf(edit.Value) >= 0);
    });
}

/// <summary>Training and search.</summary>
public static class Hoppity
{
    /// <summary>A bug for each program, each sort that has a place in it as likely as any other; a share stays right.</summary>
    /// <param name="programs">Methods that are right.</param>
    /// <param name="mostEdits">Edits that mend a bug, at most.</param>
    /// <param name="right">The share that stays right.</param>
    /// <param name="seed">Which bugs.</param>
    public static IReadOnlyList<ProgramBug> Bugs(IEnumerable<ProgramNode> programs, int mostEdits, double right, int seed)
    {
        ArgumentNullException.ThrowIfNull(programs);
        var random = new Random(seed);
        var bugs = new List<ProgramBug>();
        foreach (var program in programs)
        {
            string[] sorts = [.. BugCatalogue.Names];
            random.Shuffle(sorts);
            var bug = random.NextDouble() < right ? ProgramBug.None(program)
                : sorts.Select(sort => BugCatalogue.Inject(program, sort, random, mostEdits)).FirstOrDefault(made => made is not null);
            if (bug is not null) bugs.Add(bug);
        }
        return bugs;
    }

    /// <summary>Trains a model on repairs; each sort of edit is drawn as often as any other.</summary>
    /// <param name="bugs">The bugs; those that no choice of the model could mend are left out.</param>
    /// <param name="settings">What is chosen.</param>
    /// <param name="checkpoint">A file to go on from; null: none.</param>
    /// <param name="evaluate">What is measured after each block of 100 steps.</param>
    /// <exception cref="ArgumentException">There is nothing to learn from.</exception>
    public static (HoppityModel Model, History History) Train(
        IReadOnlyList<ProgramBug> bugs, HoppitySettings settings, string? checkpoint = null,
        Func<HoppityModel, IReadOnlyDictionary<string, double>>? evaluate = null)
    {
        ArgumentNullException.ThrowIfNull(bugs);
        ArgumentNullException.ThrowIfNull(settings);
        manual_seed(settings.Seed);
        var vocabulary = HoppityVocabulary.Of(bugs, settings.Constants);
        HoppityEpisode[][] sorts = [.. bugs.Where(bug => bug.Fix.Count <= settings.MostEdits).Select(bug => HoppityEpisode.Of(bug, settings.MostEdits))
            .Where(episode => episode.Reachable(vocabulary))
            .GroupBy(episode => episode.Edits[0].Operator).OrderBy(group => group.Key).Select(group => group.ToArray())];
        if (sorts.Length == 0)
            throw new ArgumentException($"None of the {bugs.Count} bugs can be mended by {settings.MostEdits} edits that a model could choose; "
                + "more bugs or more edits are wanted.", nameof(bugs));
        var model = new HoppityModel(vocabulary, settings).to(Devices.Chosen);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);
        var history = new Trainer(model, optimizer)
        {
            Task = "repairs", Epochs = settings.Blocks, Checkpoint = checkpoint,
            BeforeStep = () => nn.utils.clip_grad_norm_(model.parameters(), settings.Clip),
            Schedule = past =>
            {
                double rate = Math.Max(1e-6, settings.LearningRate * Math.Pow(0.1, past.Epochs / settings.BlocksARate));
                foreach (var group in optimizer.ParamGroups) group.LearningRate = rate;
            },
        }.Run(block =>
        {
            var random = new Random(settings.Seed + 7919 * block);
            return Enumerable.Range(0, 100).Select(_ => Enumerable.Range(0, settings.Batch).Select(_ =>
            {
                var sort = sorts[random.Next(sorts.Length)];
                return sort[random.Next(sort.Length)];
            }).ToArray());
        }, batch => -model.LogLikelihood(batch).mean(), evaluate is null ? null : () => evaluate(model));
        return (model, history);
    }

    /// <summary>The most likely repairs of programs, by a beam over all choices together.</summary>
    /// <param name="model">A trained model.</param>
    /// <param name="programs">The programs.</param>
    /// <param name="beam">Hypotheses kept, and repairs returned, for each.</param>
    /// <returns>For each program its repairs, the most likely first.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The beam is below 1.</exception>
    public static IReadOnlyList<IReadOnlyList<ProgramRepair>> Repair(HoppityModel model, IReadOnlyList<ProgramNode> programs, int beam = 3)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(programs);
        if (beam < 1) throw new ArgumentOutOfRangeException(nameof(beam), beam, "A beam keeps at least one hypothesis.");
        model.eval();
        using var frozen = no_grad();
        var found = new List<IReadOnlyList<ProgramRepair>>();
        foreach (var some in programs.Chunk(32))
        {
            Interrupt.Token.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var search = new HoppitySearch(model, beam, some);
            for (int t = 0; t < model.Settings.MostEdits; t++) search.Edit();
            found.AddRange(search.Repairs());
        }
        return found;
    }
}
