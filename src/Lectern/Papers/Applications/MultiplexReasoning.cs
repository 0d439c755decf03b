// MXGNet — D. Wang, M. Jamnik and P. Liò, "Abstract Diagrammatic Reasoning with Multiplex Graph Networks", ICLR 2020,
// arXiv:2006.11197. Formulas and sizes as in the authors' program for PGM.
// Idea      A puzzle spreads over several panels. Each panel becomes a set of objects, and objects of different panels are
//           joined by several edges at once, each free to learn a relation of its own; gates weigh them.
// Symbols   F_ρ -> PanelEncoder; E_γ -> MultiplexEdges; G_φ, R_θ -> MxgNet; o -> objects [.., N, O]; K -> Layers;
//           z, e, u, γ, n -> Hidden, Edges, Aggregate, Gate, Update; f -> feature maps; r -> relation embeddings; β -> Beta
// Edge      z_ij = ReLU(BN(W1 [o_i ‖ o_j])), e_ij^k = ReLU(BN(W2^k z_ij^k)), layer k reads its own part of z only
// Gate      u_j = [Σ_i e_ij ‖ mean_i e_ij ‖ max_i e_ij], γ_j = σ(W_g u_j + b_g), a value for each pooling and layer
// Node      n_j = ReLU(BN(W3 [γ ⊙ u of panel 1 ‖ γ ⊙ u of panel 2]))
// Loss      -log p(c*) + β BCE(rule bits); of syllogisms the BCE of the four bits
// Differs   Adam, not RAdam (TorchSharp has it, the kit's bridge not); both source panels share a batch's statistics.
//           A shared scorer of candidates stands beside the paper's joint one, which is not equivariant. For syllogisms no
//           program was published: objects are contours cut out by colour, each seen beside the rest of its diagram.
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Papers.Applications;

/// <summary>What joins the objects of different panels.</summary>
public enum PanelEdges
{
    /// <summary>K layers of edges, each with a part of z to itself.</summary>
    Multiplex,

    /// <summary>One layer as wide as all K: an ordinary relation network, with a few more weights.</summary>
    Single,

    /// <summary>No edges: feature maps side by side, or each diagram's objects added up.</summary>
    None,
}

/// <summary>Settings; the defaults are those of the authors' program for PGM.</summary>
/// <param name="Side">S, pixels on a side of a panel.</param>
/// <param name="Deep">Whether F_ρ has its second residual block: stride 16 to the objects; without it, for small pictures, 8.</param>
/// <param name="Channels">Of the feature maps.</param>
/// <param name="Layers">K, parallel edges.</param>
/// <param name="Hidden">Units of z for a layer.</param>
/// <param name="EdgeWidth">Units of e for a layer.</param>
/// <param name="NodeWidth">g, of n_j; 24 for RAVEN.</param>
/// <param name="Relation">Channels of a relation embedding.</param>
/// <param name="Blocks">Residual blocks of G_φ's first stage and of R_θ.</param>
/// <param name="Reasoning">Channels of R_θ.</param>
/// <param name="Last">Units before the logits.</param>
/// <param name="Columns">Whether columns are read too; RAVEN: rows alone.</param>
/// <param name="SharedScorer">Whether each candidate is scored by itself beside the context; otherwise eight slots at once.</param>
/// <param name="Edges">What joins the panels.</param>
/// <param name="Gates">Whether edges are gated.</param>
/// <param name="Dropout">Before the logits.</param>
/// <param name="Beta">β, weight of the rule bits; 0 for RAVEN.</param>
/// <param name="Batch">Puzzles a step.</param>
/// <param name="LearningRate">Adam's; falls to a tenth along a cosine if <paramref name="Anneal"/>.</param>
/// <param name="Anneal">Whether the rate falls.</param>
/// <param name="WeightDecay">Adam's.</param>
/// <param name="Epochs">Passes; the paper's number is not known to us.</param>
/// <param name="Seed">Of weights, order and dropout.</param>
public sealed record MultiplexSettings(int Side = 80, bool Deep = true, int Channels = 32, int Layers = 6, int Hidden = 32,
    int EdgeWidth = 8, int NodeWidth = 64, int Relation = 64, int Blocks = 2, int Reasoning = 128, int Last = 256,
    bool Columns = true, bool SharedScorer = false, PanelEdges Edges = PanelEdges.Multiplex, bool Gates = true,
    double Dropout = 0.5, double Beta = 10, int Batch = 128, double LearningRate = 1e-4, bool Anneal = false,
    double WeightDecay = 1e-8, int Epochs = 50, int Seed = 1)
{
    /// <summary>Objects on a side of a panel.</summary>
    public int Grid => Side / (Deep ? 16 : 8);

    internal (int Layers, int Hidden, int Width) EdgeShape =>
        Edges == PanelEdges.Single ? (1, Layers * Hidden, Layers * EdgeWidth) : (Layers, Hidden, EdgeWidth);
}

/// <summary>Puzzles as tensors.</summary>
/// <param name="Pictures">Ink as bytes: [n, panels, channels, S, S].</param>
/// <param name="Answers">The right candidate, int64 [n]; or bits, float [n, 4].</param>
/// <param name="Meta">Rule bits: [n, M]; null where there are none.</param>
public sealed record DiagramData(Tensor Pictures, Tensor Answers, Tensor? Meta = null)
{
    /// <summary>n.</summary>
    public int Count => (int)Pictures.shape[0];

    /// <summary>The same on a device.</summary>
    internal DiagramData To(Device device) => new(Pictures.to(device), Answers.to(device), Meta?.to(device));

    /// <summary>Some of the puzzles, ink from 0 to 1.</summary>
    internal DiagramData Batch(int[] rows)
    {
        var index = tensor(rows.Select(row => (long)row).ToArray(), device: Pictures.device);
        return new DiagramData(Pictures.index_select(0, index).to(ScalarType.Float32) / 255,
            Answers.index_select(0, index), Meta?.index_select(0, index));
    }
}

/// <summary>F_ρ: a small residual network; its map f is kept, its last, coarse grid holds the objects.</summary>
public sealed class PanelEncoder : nn.Module<Tensor, (Tensor Map, Tensor Grid)>
{
    private readonly Sequential features, objects;

    /// <param name="inks">Channels of a picture.</param>
    /// <param name="settings">Width and depth.</param>
    /// <exception cref="ArgumentException">The side is no multiple of the stride.</exception>
    public PanelEncoder(long inks, MultiplexSettings settings) : base(nameof(PanelEncoder))
    {
        ArgumentNullException.ThrowIfNull(settings);
        int stride = settings.Deep ? 16 : 8;
        if (settings.Side < stride || settings.Side % stride != 0)
            throw new ArgumentException($"A panel's side is a multiple of {stride} pixels; given was {settings.Side}. Deep = false has stride 8.", nameof(settings));
        long c = settings.Channels;
        features = nn.Sequential(nn.Conv2d(inks, c, 5, 2, 2, bias: false), nn.BatchNorm2d(c), nn.ReLU(), nn.MaxPool2d(3, 2, 1), Layers.Block(c, c));
        if (settings.Deep) features.append(Layers.Block(c, c, 2));
        objects = nn.Sequential(nn.Conv2d(c, c, 4, 2, 1, bias: false), nn.BatchNorm2d(c), nn.ReLU());
        RegisterComponents();
        Layers.Initialise(this);
    }

    /// <param name="pictures">[P, inks, S, S].</param>
    /// <returns>f [P, C, 2g, 2g] and the objects' grid [P, C, g, g].</returns>
    public override (Tensor Map, Tensor Grid) forward(Tensor pictures)
    {
        using var scope = NewDisposeScope();
        var map = features.call(pictures);
        return (map.MoveToOuterDisposeScope(), objects.call(map).MoveToOuterDisposeScope());
    }
}

/// <summary>E_γ: multiplex edges from the objects of source panels to those of a target panel, pooled, gated, and made nodes.</summary>
public sealed class MultiplexEdges : nn.Module
{
    private readonly int layers;
    private readonly bool gates;
    private readonly Linear w1, w3, gate;
    private readonly Parameter w2;                                      // [K w, K h]
    private readonly Tensor mask;                                       // 1 where a layer meets itself
    private readonly BatchNorm1d norm1, norm2, norm3;

    /// <param name="objects">O, numbers of an object.</param>
    /// <param name="sources">S, source panels.</param>
    /// <param name="settings">K, widths and gates.</param>
    public MultiplexEdges(long objects, int sources, MultiplexSettings settings) : base(nameof(MultiplexEdges))
    {
        ArgumentNullException.ThrowIfNull(settings);
        (layers, int hidden, int width) = settings.EdgeShape;
        gates = settings.Gates;
        w1 = nn.Linear(2 * objects, layers * hidden, hasBias: false);   // batch norm has a bias after each
        w2 = new Parameter(empty(layers * width, layers * hidden));
        nn.init.uniform_(w2, -1 / Math.Sqrt(hidden), 1 / Math.Sqrt(hidden));
        mask = kron(eye(layers), ones(width, hidden));
        gate = nn.Linear(3 * layers * width, 3 * layers);
        w3 = nn.Linear(3 * layers * width * sources, settings.NodeWidth, hasBias: false);
        (norm1, norm2, norm3) = (nn.BatchNorm1d(layers * hidden), nn.BatchNorm1d(layers * width), nn.BatchNorm1d(settings.NodeWidth));
        RegisterComponents();
    }

    /// <summary>z_ij, of all layers. W1 [o_i ‖ o_j] is computed as a part of i plus a part of j.</summary>
    /// <param name="sources">[G, S, N, O].</param>
    /// <param name="target">[G, M, O].</param>
    /// <returns>[G, S, N, M, K h].</returns>
    public Tensor Hidden(Tensor sources, Tensor target)
    {
        long o = target.shape[^1], wide = w1.weight!.shape[0];
        Tensor Part(Tensor some, long from) => FastLinear.Apply(some.reshape(-1, o), w1.weight!.narrow(1, from, o)).view([.. some.shape[..^1], wide]);
        var sum = Part(sources, 0).unsqueeze(3) + Part(target, o).unsqueeze(1).unsqueeze(1);
        return FastBatchNorm.Apply(norm1, sum.view(-1, wide), Rectifier.After).view(sum.shape);
    }

    /// <summary>e_ij: a layer reads its own part of z.</summary>
    /// <param name="z">[G, S, N, M, K h].</param>
    /// <returns>[G, S, N, M, K w].</returns>
    public Tensor Edges(Tensor z)
    {
        var e = FastLinear.Apply(z.view(-1, z.shape[^1]), w2 * mask);
        return FastBatchNorm.Apply(norm2, e, Rectifier.After).view([.. z.shape[..^1], e.shape[1]]);
    }

    /// <summary>u_j: sum, mean and maximum over the source's objects.</summary>
    /// <param name="e">[G, S, N, M, K w].</param>
    /// <returns>[G, S, M, 3 K w]: pooling by pooling, in each layer by layer.</returns>
    public static Tensor Aggregate(Tensor e)
    {
        ArgumentNullException.ThrowIfNull(e);
        var sum = e.sum(2);
        return cat([sum, sum / e.shape[2], e.amax(2)], -1);
    }

    /// <summary>γ_j: a value from 0 to 1 for each pooling and layer, which has seen all of them; ones without gates.</summary>
    /// <param name="u">[G, S, M, 3 K w].</param>
    /// <returns>[G, S, M, 3 K].</returns>
    public Tensor Gate(Tensor u)
    {
        ArgumentNullException.ThrowIfNull(u);
        return gates ? gate.call(u).sigmoid() : ones([.. u.shape[..^1], 3 * layers], u.dtype, u.device);
    }

    /// <summary>γ ⊙ u: a gate's value multiplies the numbers of its pooling and layer.</summary>
    internal Tensor Gated(Tensor u)
    {
        var g = Gate(u);
        return (u.view([.. g.shape, -1]) * g.unsqueeze(-1)).view(u.shape);
    }

    /// <summary>n_j, from sources to nodes.</summary>
    /// <param name="sources">[G, S, N, O].</param>
    /// <param name="target">[G, M, O].</param>
    /// <returns>[G, M, g].</returns>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    public Tensor Update(Tensor sources, Tensor target)
    {
        if (sources is not { shape: [var graphs, var panels, _, var o] } || target is not { shape: [var others, var m, var p] } || graphs != others
            || o != p || 2 * o != w1.weight!.shape[1])
            throw new ArgumentException($"Objects of sources are [G, S, N, O], of the target [G, M, O], with O = {w1.weight!.shape[1] / 2}; given were "
                + $"[{string.Join(", ", sources.shape)}] and [{string.Join(", ", target.shape)}].", nameof(sources));
        using var scope = NewDisposeScope();
        var u = Gated(Aggregate(Edges(Hidden(sources, target))));       // [G, S, M, 3 K w]
        var all = u.transpose(1, 2).reshape(graphs * m, -1);            // [G M, S 3 K w]
        return FastBatchNorm.Apply(w3, norm3, all, Rectifier.After).view(graphs, m, -1).MoveToOuterDisposeScope();
    }
}

/// <summary>MXGNet on Raven matrices: F_ρ, E_γ on triples of a row or column, G_φ, R_θ.</summary>
public sealed class MxgNet : nn.Module<Tensor, (Tensor Scores, Tensor? Meta)>
{
    private readonly MultiplexSettings settings;
    private readonly PanelEncoder encoder;
    private readonly MultiplexEdges? edges;
    private readonly Sequential summary, summaryLast, reason, last;
    private readonly Conv2d meta;

    /// <param name="metaBits">M, rule bits.</param>
    /// <param name="settings">Sizes, and what joins the panels.</param>
    public MxgNet(long metaBits, MultiplexSettings settings) : base(nameof(MxgNet))
    {
        this.settings = settings;
        encoder = new PanelEncoder(1, settings);
        var (c, g, r, k) = ((long)settings.Channels, settings.Grid, (long)settings.Relation, (long)settings.Reasoning);
        bool joined = settings.Edges != PanelEdges.None;
        if (joined) edges = new MultiplexEdges(c + g * g, 2, settings);
        summary = Layers.Stage(3 * c, 2 * r, 2, settings.Blocks);
        summaryLast = Layers.Stage(2 * r + (joined ? settings.NodeWidth : 0), r, 1, 1);
        reason = nn.Sequential(nn.Conv2d(r * (settings.SharedScorer ? 3 : 10), k, 1, bias: false), nn.BatchNorm2d(k), nn.ReLU(), Layers.Stage(k, k, 1, settings.Blocks),
            nn.AdaptiveAvgPool2d([1, 1]), nn.Flatten(), nn.Linear(k, settings.Last, hasBias: false), nn.BatchNorm1d(settings.Last), nn.ReLU());
        last = nn.Sequential(nn.Dropout(settings.Dropout), nn.Linear(settings.Last, settings.SharedScorer ? 1 : 8));
        meta = nn.Conv2d(r, metaBits, g);
        RegisterComponents();
        Layers.Initialise(this);
    }

    /// <summary>Panels of the graphs: two context rows, the third with each candidate; then columns likewise.</summary>
    private static readonly long[] Rows = [0, 1, 2, 3, 4, 5, .. Enumerable.Range(8, 8).SelectMany(c => new long[] { 6, 7, c })],
        Columns = [0, 3, 6, 1, 4, 7, .. Enumerable.Range(8, 8).SelectMany(c => new long[] { 2, 5, c })];

    /// <summary>o: the cells of each panel's grid with a one-hot tag of the slot; and the maps f.</summary>
    /// <param name="pictures">[B, 16, 1, S, S].</param>
    /// <returns>[B, 16, N, C + N] and [B, 16, C, 2g, 2g].</returns>
    public (Tensor Objects, Tensor Maps) Objects(Tensor pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        var (map, grid) = encoder.call(pictures.flatten(0, 1));
        var cells = grid.flatten(2).transpose(1, 2);                    // [16 B, N, C]
        long n = cells.shape[1];
        var objects = cat([cells, eye(n, device: cells.device).unsqueeze(0).expand(cells.shape[0], n, n)], -1);
        return (objects.view(-1, 16, n, objects.shape[2]), map.view([-1, 16, .. map.shape[1..]]));
    }

    /// <summary>Relation embeddings of triples of panels.</summary>
    /// <param name="objects">[B, 16, N, O].</param>
    /// <param name="maps">f: [B, 16, C, 2g, 2g].</param>
    /// <param name="triples">Three panels each: [3 T].</param>
    /// <returns>r: [B, T, R, g, g].</returns>
    private Tensor Relate(Tensor objects, Tensor maps, long[] triples)
    {
        var (index, g) = (tensor(triples, device: objects.device), settings.Grid);
        long count = objects.shape[0] * triples.Length / 3;
        var h = summary.call(maps.index_select(1, index).reshape(count, -1, maps.shape[3], maps.shape[4]));     // [B T, 3 C, ..] -> [B T, 2 R, g, g]
        if (edges is not null)
        {
            var o = objects.index_select(1, index).view(count, 3, objects.shape[2], objects.shape[3]);
            var n = edges.Update(o.narrow(1, 0, 2), o.select(1, 2));    // panels 1 and 2 to panel 3: [B T, N, g]
            h = cat([h, n.transpose(1, 2).reshape(count, -1, g, g)], 1);    // back on the grid
        }
        return summaryLast.call(h).view(objects.shape[0], triples.Length / 3, -1, g, g);
    }

    /// <param name="pictures">Context and candidates, ink from 0 to 1: [B, 16, 1, S, S].</param>
    /// <returns>A logit a candidate [B, 8], and a logit a rule bit [B, M].</returns>
    /// <exception cref="ArgumentException">The pictures have another shape.</exception>
    public override (Tensor Scores, Tensor? Meta) forward(Tensor pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        int side = settings.Side;
        if (pictures.dim() != 5 || !pictures.shape[1..].SequenceEqual([16, 1, side, side]))
            throw new ArgumentException($"A matrix is [B, 16, 1, {side}, {side}], context and candidates; given was [{string.Join(", ", pictures.shape)}].", nameof(pictures));
        using var scope = NewDisposeScope();
        var (objects, maps) = Objects(pictures);
        Tensor? features = null, context = null;
        foreach (var triples in settings.Columns ? new[] { Rows, Columns } : [Rows])
        {
            var r = Relate(objects, maps, triples);                     // [B, 10, R, g, g]
            var known = r.narrow(1, 0, 2);
            var joint = settings.SharedScorer                           // [B, 8, 3 R, g, g] or [B, 1, 10 R, g, g]
                ? cat([known.flatten(1, 2).unsqueeze(1).expand(-1, 8, -1, -1, -1), r.narrow(1, 2, 8)], 2) : r.flatten(1, 2).unsqueeze(1);
            var h = reason.call(joint.flatten(0, 1));                   // the same network for rows and columns
            (features, context) = features is null ? (h, known.sum(1)) : (features + h, context! + known.sum(1));
        }
        return (last.call(features!).view(-1, 8).MoveToOuterDisposeScope(), meta.call(context!).flatten(1).MoveToOuterDisposeScope());
    }
}

/// <summary>MXGNet on syllogisms: contours are objects, edges run from the first diagram to the second.</summary>
public sealed class SyllogismNet : nn.Module<Tensor, (Tensor Scores, Tensor? Meta)>
{
    private readonly MultiplexSettings settings;
    private readonly PanelEncoder encoder;
    private readonly MultiplexEdges? edges;
    private readonly Sequential? alone;
    private readonly Sequential conclude;

    /// <param name="settings">Sizes, and what joins the diagrams.</param>
    public SyllogismNet(MultiplexSettings settings) : base(nameof(SyllogismNet))
    {
        this.settings = settings;
        encoder = new PanelEncoder(2, settings);
        long o = settings.Channels + EulerSyllogisms.Colours.Count, wide = settings.Layers * settings.Hidden, g = settings.NodeWidth;
        if (settings.Edges != PanelEdges.None) edges = new MultiplexEdges(o, 1, settings);
        else alone = nn.Sequential(nn.Linear(o, wide, hasBias: false), nn.BatchNorm1d(wide), nn.ReLU(),
            nn.Linear(wide, g, hasBias: false), nn.BatchNorm1d(g), nn.ReLU());
        conclude = nn.Sequential(nn.Linear(edges is null ? 2 * g : g, settings.Last), nn.ReLU(), nn.Dropout(settings.Dropout), nn.Linear(settings.Last, 4));
        RegisterComponents();
    }

    /// <summary>
    /// Cuts diagrams into contours by colour: the ink of each contour's pixels beside the ink of all others. Contours
    /// come in the order of their colours.
    /// </summary>
    /// <param name="diagrams">[D, 3, S, S], two contours each.</param>
    /// <returns>Pictures [D, 2, 2, S, S] and one-hot colours [D, 2, 6].</returns>
    public static (Tensor Contours, Tensor Colours) Segment(Tensor diagrams)
    {
        ArgumentNullException.ThrowIfNull(diagrams);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        int count = EulerSyllogisms.Colours.Count;
        var palette = tensor(EulerSyllogisms.Colours.SelectMany(c => new[] { (float)c.Red, c.Green, c.Blue }).ToArray(), device: diagrams.device).view(count, 3);
        var likeness = einsum("dchw,kc->dkhw", diagrams, palette / palette.norm(1, keepdim: true));
        Tensor OneHot(Tensor of) => of.unsqueeze(-1) == arange(count, device: of.device);
        var ink = diagrams.amax(1);                                     // [D, S, S]
        var owner = OneHot(likeness.argmax(1)).permute(0, 3, 1, 2) * (ink > 0.05).unsqueeze(1);    // [D, 6, S, S]
        var found = owner.sum([2, 3]).topk(2).indices.sort(1).Values;   // [D, 2]
        var own = owner.gather(1, found.view(-1, 2, 1, 1).expand(-1, -1, ink.shape[1], ink.shape[2])) * ink.unsqueeze(1);
        return (stack([own, ink.unsqueeze(1) - own], 2).MoveToOuterDisposeScope(),
            OneHot(found).to(ScalarType.Float32).MoveToOuterDisposeScope());
    }

    /// <param name="pictures">Both premises, ink from 0 to 1: [B, 2, 3, S, S].</param>
    /// <returns>A logit for each relation of A to C being possible: [B, 4].</returns>
    /// <exception cref="ArgumentException">The pictures have another shape.</exception>
    public override (Tensor Scores, Tensor? Meta) forward(Tensor pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        int side = settings.Side;
        if (pictures.dim() != 5 || !pictures.shape[1..].SequenceEqual([2, 3, side, side]))
            throw new ArgumentException($"A syllogism is [B, 2, 3, {side}, {side}], two diagrams; given was [{string.Join(", ", pictures.shape)}].", nameof(pictures));
        using var scope = NewDisposeScope();
        var (contours, colours) = Segment(pictures.flatten(0, 1));
        var seen = encoder.call(contours.flatten(0, 1)).Grid.mean([2, 3]);                          // [4 B, C]
        var o = cat([seen, colours.flatten(0, 1)], 1).view(-1, 2, 2, seen.shape[1] + colours.shape[2]);    // [B, 2, 2, O]
        var n = edges is not null
            ? edges.Update(o.narrow(1, 0, 1), o.select(1, 1)).sum(1)                                // [B, g]
            : alone!.call(o.flatten(0, 2)).view(o.shape[0], 2, 2, -1).sum(2).flatten(1);            // [B, 2 g]
        return (conclude.call(n).MoveToOuterDisposeScope(), null);
    }
}

/// <summary>The baseline: panels as channels of one picture, and a residual network.</summary>
public sealed class PanelCnn : nn.Module<Tensor, (Tensor Scores, Tensor? Meta)>
{
    private readonly PanelEncoder encoder;
    private readonly Sequential trunk, last;
    private readonly Linear? meta;

    /// <param name="channels">Of all panels that are read at once: 9 for a matrix with one candidate in the gap, 6 for two diagrams in colours.</param>
    /// <param name="outputs">Logits: 1 a candidate, or 4.</param>
    /// <param name="metaBits">M, or 0.</param>
    /// <param name="settings">Widths as MXGNet has them; R_θ's trunk.</param>
    public PanelCnn(long channels, long outputs, long metaBits, MultiplexSettings settings) : base(nameof(PanelCnn))
    {
        ArgumentNullException.ThrowIfNull(settings);
        encoder = new PanelEncoder(channels, settings);
        long k = settings.Reasoning;
        trunk = nn.Sequential(Layers.Stage(settings.Channels, k, 1, settings.Blocks + 1), nn.AdaptiveAvgPool2d([1, 1]), nn.Flatten(),
            nn.Linear(k, settings.Last, hasBias: false), nn.BatchNorm1d(settings.Last), nn.ReLU());
        last = nn.Sequential(nn.Dropout(settings.Dropout), nn.Linear(settings.Last, outputs));
        meta = metaBits > 0 ? nn.Linear(settings.Last, metaBits) : null;
        RegisterComponents();
        Layers.Initialise(this);
    }

    /// <param name="pictures">[B, 16, 1, S, S], each candidate put into the gap in turn; or [B, 2, 3, S, S].</param>
    /// <returns>Logits [B, 8] or [B, 4], and rule bits [B, M] by the mean over candidates.</returns>
    public override (Tensor Scores, Tensor? Meta) forward(Tensor pictures)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        using var scope = NewDisposeScope();
        bool matrix = pictures.shape[1] == 16;
        var stacked = matrix
            ? cat([pictures.narrow(1, 0, 8).flatten(1, 2).unsqueeze(1).expand(-1, 8, -1, -1, -1), pictures.narrow(1, 8, 8)], 2).flatten(0, 1) : pictures.flatten(1, 2);
        var h = trunk.call(encoder.call(stacked).Grid);
        var bits = meta?.call(h.view(pictures.shape[0], -1, h.shape[1]).mean([1]));
        return (last.call(h).view(pictures.shape[0], -1).MoveToOuterDisposeScope(), bits?.MoveToOuterDisposeScope());
    }
}

/// <summary>Training and evaluation.</summary>
public static class MultiplexReasoning
{
    /// <summary>A model with its weights drawn by the seed.</summary>
    /// <param name="make">Makes it of the settings.</param>
    /// <param name="settings">The settings.</param>
    public static TModel Create<TModel>(Func<MultiplexSettings, TModel> make, MultiplexSettings settings)
        where TModel : nn.Module
    {
        ArgumentNullException.ThrowIfNull(make);
        ArgumentNullException.ThrowIfNull(settings);
        manual_seed(settings.Seed);
        return make(settings).to(Devices.Chosen);
    }

    /// <summary>-log p(c*) + β BCE(rule bits); where answers are bits, their BCE.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">Puzzles, ink from 0 to 1.</param>
    /// <param name="beta">β.</param>
    public static Tensor Loss(nn.Module<Tensor, (Tensor Scores, Tensor? Meta)> model, DiagramData batch, double beta)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batch);
        var (scores, meta) = model.call(batch.Pictures);
        if (batch.Answers.dim() == 2) return nn.functional.binary_cross_entropy_with_logits(scores, batch.Answers);
        var loss = nn.functional.cross_entropy(scores, batch.Answers);
        return meta is null || batch.Meta is null || beta == 0 ? loss
            : loss + beta * nn.functional.binary_cross_entropy_with_logits(meta, batch.Meta);
    }

    /// <summary>Trains a model in place.</summary>
    /// <param name="model">The model.</param>
    /// <param name="train">Puzzles to train on.</param>
    /// <param name="validation">Puzzles whose "accuracy" is measured after each pass.</param>
    /// <param name="settings">Batch, rate, passes, seed.</param>
    /// <param name="task">What the progress bar says.</param>
    /// <param name="checkpoint">File to go on from, exactly, and to write to; null: none.</param>
    /// <exception cref="ArgumentException">There are fewer puzzles than a batch has.</exception>
    public static History Train(nn.Module<Tensor, (Tensor Scores, Tensor? Meta)> model, DiagramData train, DiagramData? validation,
        MultiplexSettings settings, string task = "train", string? checkpoint = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(settings);
        if (train.Count < settings.Batch)
            throw new ArgumentException($"A batch has {settings.Batch} puzzles, and there are {train.Count} to train on: draw more, or set Batch.", nameof(train));
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate, weight_decay: settings.WeightDecay);
        return new Trainer(model, optimizer)
        {
            Task = task,
            Epochs = settings.Epochs,
            Schedule = history =>
            {
                double share = settings.Anneal ? 0.55 + 0.45 * Math.Cos(Math.PI * history.Epochs / settings.Epochs) : 1;
                foreach (var group in optimizer.ParamGroups) group.LearningRate = share * settings.LearningRate;
            },
            Checkpoint = checkpoint,
            CheckpointEvery = 1,
        }.Run(epoch => Batches(train, settings, epoch), rows => Loss(model, rows.To(model.parameters().First().device), settings.Beta),
            validation is null ? null : () => new Dictionary<string, double> { ["accuracy"] = Accuracy(model, validation) });
    }

    private static IEnumerable<DiagramData> Batches(DiagramData data, MultiplexSettings settings, int epoch)
    {
        var random = new Random(unchecked(settings.Seed * 7919 + epoch));
        manual_seed(unchecked(settings.Seed * 7919 + epoch));               // dropout, the same after a checkpoint
        int[] order = [.. Enumerable.Range(0, data.Count)], places = [.. Enumerable.Range(0, 8)];
        random.Shuffle(order);
        foreach (int[] rows in order.Chunk(settings.Batch).Where(rows => rows.Length == settings.Batch))
        {
            var batch = data.Batch(rows);
            random.Shuffle(places);
            yield return batch.Pictures.shape[1] == 16 ? Reorder(batch, places) : batch;
        }
    }

    /// <summary>Candidates in another order: place i gets the one of place order[i].</summary>
    internal static DiagramData Reorder(DiagramData batch, int[] order)
    {
        long[] panels = [.. Enumerable.Range(0, 8), .. order.Select(from => 8L + from)], places = [.. Enumerable.Range(0, 8).Select(from => (long)Array.IndexOf(order, from))];
        return batch with
        {
            Pictures = batch.Pictures.index_select(1, tensor(panels, device: batch.Pictures.device)),
            Answers = tensor(places, device: batch.Answers.device).index_select(0, batch.Answers),
        };
    }

    /// <summary>Which puzzles a model solves: the right candidate first, or all four bits right.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The puzzles.</param>
    /// <param name="chunk">Puzzles at a time.</param>
    public static bool[] Solves(nn.Module<Tensor, (Tensor Scores, Tensor? Meta)> model, DiagramData data, int chunk = 128)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        model.eval();
        using var quiet = no_grad();
        return [.. Enumerable.Range(0, data.Count).Chunk(chunk).SelectMany(rows =>
        {
            using var scope = NewDisposeScope();
            var batch = data.Batch(rows).To(model.parameters().First().device);
            var scores = model.call(batch.Pictures).Scores;
            return (batch.Answers.dim() == 2 ? ((scores > 0) == (batch.Answers > 0.5)).all(1) : scores.argmax(1) == batch.Answers).cpu().data<bool>().ToArray();
        })];
    }

    /// <summary>The share of puzzles that a model solves.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The puzzles.</param>
    public static double Accuracy(nn.Module<Tensor, (Tensor Scores, Tensor? Meta)> model, DiagramData data) => Solves(model, data).Average(right => right ? 1.0 : 0);
}

/// <summary>What the networks here have in common.</summary>
internal static class Layers
{
    internal static ResidualBlock Block(long inputs, long outputs, int stride = 1) => new(inputs, outputs, stride, false, new Vision.BatchNorm(), PaddingModes.Zeros, false);

    internal static Sequential Stage(long inputs, long outputs, int stride, int blocks) =>
        nn.Sequential([.. Enumerable.Range(0, blocks).Select(b => (nn.Module<Tensor, Tensor>)Block(b == 0 ? inputs : outputs, outputs, b == 0 ? stride : 1))]);

    /// <summary>Convolutions He-normal by fan-out.</summary>
    internal static void Initialise(nn.Module model)
    {
        foreach (var layer in model.modules().OfType<Conv2d>())
            nn.init.kaiming_normal_(layer.weight, mode: nn.init.FanInOut.FanOut, nonlinearity: nn.init.NonlinearityType.ReLU);
    }
}
