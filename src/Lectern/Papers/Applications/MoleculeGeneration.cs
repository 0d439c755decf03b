// GraphAF — C. Shi, M. Xu, Z. Zhu, W. Zhang, M. Zhang and J. Tang, "GraphAF: a Flow-based Autoregressive Model for
// Molecular Graph Generation", ICLR 2020, arXiv:2001.09382.
// Idea      A molecule grows by choices: an atom, then its bonds to earlier atoms. Each choice is read off a point z, and
//           an invertible map, which depends on the sub-graph so far, takes z to Gaussian noise. So the likelihood is
//           exact, all steps of training run at once, and while sampling each bond can be checked as it is made.
// Symbols   d -> Elements.Count; b + 1 -> 4 kinds of bonds, "none" among them; B -> Window; N -> MaxAtoms; c -> Noise;
//           H^L -> rows [N, D]; h̄ -> pooled [graphs, D]; μ, α -> AffineFlow.Gaussian
// Growth    breadth-first order, window, end                                                  -> Growth.Of
// R-GCN     H^l = Σ_r ReLU(D̃_r^-1/2 (E_r + I) D̃_r^-1/2 H^(l-1) W_r^l),  h̄ = Σ_i H_i^L           -> Embed
// Noise     z = one-hot + u, u ~ U[0, c); the largest entry says which                         -> Dequantise
// Flow      ε = (z - μ) / α with μ, α from h̄ for an atom, from [H_i, H_j, h̄] for a bond          -> AffineFlow
// Density   log p(G) = Σ_steps (log N(ε; 0, I) - Σ log α)                                       -> LogDensities
// Sampling  ε ~ N(0, T² I), z = μ + α ε; a bond beyond a valence is drawn again                   -> Generate
// Tuning    PPO on the ratio of densities                                                       -> MoleculeTuning
// Differs   c is 0.9 and batch normalisation follows the last layer, as in the released program; that program scores all
//           padding after the end, here one more atom without bonds is the end, in training as in sampling.
using Lectern.Graphs;
using Lectern.Papers.Applications.Molecules;
using Lectern.Training;

namespace Lectern.Papers.Applications;

/// <summary>Settings; the defaults are those of the paper and its program for ZINC.</summary>
/// <param name="Elements">What atoms may be; the paper's nine: C, N, O, F, P, S, Cl, Br, I.</param>
/// <param name="MaxAtoms">N, atoms at most.</param>
/// <param name="Window">B, how many of the last atoms a new one may be bonded to.</param>
/// <param name="Width">D, of a node's row.</param>
/// <param name="Layers">L, of the graph network.</param>
/// <param name="FlowLayers">Affine layers of a flow; together they are one affine map.</param>
/// <param name="FlowHidden">Width of each affine layer's network.</param>
/// <param name="Noise">c; 0: none, and densities without a bound.</param>
/// <param name="BreadthFirst">Whether atoms come breadth first; otherwise in any order.</param>
/// <param name="LearningRate">Adam's.</param>
/// <param name="Batch">Molecules a step.</param>
/// <param name="Epochs">Passes over the molecules; each grows every molecule in a new order.</param>
/// <param name="Seed">Of the start, the orders, the noise.</param>
public sealed record MoleculeGenerationSettings(IReadOnlyList<Element> Elements, int MaxAtoms = 38, int Window = 12,
    int Width = 128, int Layers = 3, int FlowLayers = 12, int FlowHidden = 128, double Noise = 0.9,
    bool BreadthFirst = true, double LearningRate = 1e-3, int Batch = 32, int Epochs = 10, int Seed = 1)
{
    /// <summary>The place of an element in the list.</summary>
    internal int TypeOf(Element element, Molecule molecule)
    {
        for (int type = 0; type < Elements.Count; type++)
            if (Elements[type] == element) return type;
        throw new ArgumentException($"'{molecule}' has {element}, the settings' elements are {string.Join(", ", Elements)}: "
            + "leave it out, or add the element.", nameof(molecule));
    }
}

/// <summary>How good generated molecules are.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Valid">Share in which each atom keeps its valence.</param>
/// <param name="Unique">Different ones among the valid, as a share.</param>
/// <param name="Novel">Share of the different ones that training has not.</param>
public sealed record MoleculeMetrics(int Count, double Valid, double Unique, double Novel)
{
    /// <summary>Measures molecules.</summary>
    /// <param name="molecules">What was generated.</param>
    /// <param name="known">Canonical SMILES of the training molecules.</param>
    public static MoleculeMetrics Of(IReadOnlyCollection<Molecule> molecules, IReadOnlySet<string> known)
    {
        ArgumentNullException.ThrowIfNull(molecules);
        ArgumentNullException.ThrowIfNull(known);
        var valid = molecules.Where(m => m.IsValid()).Select(m => m.Smiles).ToList();
        var unique = valid.ToHashSet();
        static double Share(int part, int whole) => whole == 0 ? 0 : (double)part / whole;
        return new MoleculeMetrics(molecules.Count, Share(valid.Count, molecules.Count), Share(unique.Count, valid.Count),
            Share(unique.Count(s => !known.Contains(s)), unique.Count));
    }
}

/// <summary>GraphAF: a graph network that reads sub-graphs, and a flow each for atoms and bonds.</summary>
public sealed class MoleculeGeneration : nn.Module
{
    private readonly Parameter embedding;                                       // [d, d], rows to rows
    private readonly ParameterList relations = new();                           // W_r^l for r = 1, 2, 3: [3D, D]
    private readonly BatchNorm1d norm;

    /// <param name="settings">Everything that is chosen.</param>
    /// <exception cref="ArgumentException">There is no element, or one is there twice; or a size is no size.</exception>
    public MoleculeGeneration(MoleculeGenerationSettings settings) : base(nameof(MoleculeGeneration))
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Elements.Count == 0 || settings.Elements.Distinct().Count() < settings.Elements.Count)
            throw new ArgumentException(
                $"Elements must be different, and at least one; given were [{string.Join(", ", settings.Elements)}].", nameof(settings));
        int[] sizes = [settings.MaxAtoms, settings.Window, settings.Layers, settings.FlowLayers];
        if (sizes.Min() < 1 || settings.Noise is < 0 or > 1)
            throw new ArgumentException("MaxAtoms, Window, Layers and FlowLayers are at least 1, and Noise lies between 0 and 1; "
                + $"given were {string.Join(", ", sizes)} and {settings.Noise}.", nameof(settings));
        Settings = settings;
        int d = settings.Elements.Count;
        long width = settings.Width;
        embedding = new Parameter(empty(d, d));
        nn.init.xavier_uniform_(embedding);
        for (int l = 0; l < settings.Layers; l++)
        {
            relations.Add(new Parameter(empty(3 * width, l == 0 ? d : width)));
            nn.init.xavier_uniform_(relations[l]);
        }
        norm = nn.BatchNorm1d(width);
        AtomFlow = new AffineFlow((int)width, d, settings.FlowLayers, settings.FlowHidden);
        BondFlow = new AffineFlow(3 * (int)width, 4, settings.FlowLayers, settings.FlowHidden);
        RegisterComponents();
    }

    /// <summary>Everything that was chosen.</summary>
    public MoleculeGenerationSettings Settings { get; }

    /// <summary>The flow of atoms: d dimensions, given h̄.</summary>
    public AffineFlow AtomFlow { get; }

    /// <summary>The flow of bonds: 4 dimensions, given [H_i, H_j, h̄].</summary>
    public AffineFlow BondFlow { get; }

    // ------------------------------------------------------------------------------------ densities

    /// <summary>The relational graph network on all sub-graphs of a batch at once.</summary>
    /// <returns>H^L [N, D] and h̄ [graphs, D].</returns>
    internal (Tensor Rows, Tensor Pooled) Embed(GrowthBatch batch)
    {
        var adjacency = batch.Relations();
        var h = batch.Features(embedding.device).mm(embedding);                                 // [N, d]
        long n = h.shape[0];
        foreach (var weight in relations)
        {
            var messages = FastLinear.Apply(h, weight).view(3 * n, Settings.Width);     // [N, 3D] -> [3N, D]: row 3n + r is W_r h_n
            h = adjacency.MatMul(messages).relu().view(n, 3, Settings.Width).sum(1);    // -> [N, D]
        }
        if (n > (training ? 1 : 0)) h = FastBatchNorm.Apply(norm, h);
        return (h, batch.Membership().MatMul(h));                               // h̄ = Σ_i H_i
    }

    /// <summary>Rows of a whole molecule's atoms and their sum, as its flows would see them.</summary>
    /// <param name="molecule">A molecule that fits the settings.</param>
    /// <returns>H^L [N, D], a row for each atom in the molecule's order, and h̄ [1, D].</returns>
    public (Tensor Rows, Tensor Pooled) Embed(Molecule molecule)
    {
        ArgumentNullException.ThrowIfNull(molecule);
        var batch = new GrowthBatch(Settings.Elements.Count);
        batch.AddGraph([.. molecule.Atoms.Select(a => Settings.TypeOf(a.Element, molecule))], molecule.Bonds);
        return Embed(batch);
    }

    /// <summary>What a bond's flow is given: [choices, 3D].</summary>
    internal static Tensor PairContext(GrowthBatch batch, Tensor rows, Tensor pooled)
    {
        Tensor Take(Tensor from, Func<(int Graph, int I, int J, int Value), int> which) =>
            Rows(from, batch.Bonds.Select(which));
        return cat([Take(rows, b => b.I), Take(rows, b => b.J), Take(pooled, b => b.Graph)], 1);
    }

    /// <summary>log p of each choice of an atom and of each choice of a bond, all steps of all molecules at once.</summary>
    /// <param name="batch">The sub-graphs and choices.</param>
    /// <param name="atoms">z of the atoms: [choices, d].</param>
    /// <param name="bonds">z of the bonds: [choices, 4].</param>
    internal (Tensor Atoms, Tensor Bonds) LogDensities(GrowthBatch batch, Tensor atoms, Tensor bonds)
    {
        var (rows, pooled) = Embed(batch);
        return (AtomFlow.LogDensity(atoms, Rows(pooled, batch.Atoms.Select(a => a.Graph))),
            BondFlow.LogDensity(bonds, PairContext(batch, rows, pooled)));
    }

    /// <summary>z = one-hot + u with u uniform on [0, c): for atoms [choices, d], for bonds [choices, 4].</summary>
    internal (Tensor Atoms, Tensor Bonds) Dequantise(GrowthBatch batch)
    {
        Tensor Points(IReadOnlyCollection<int> values, int width)
        {
            var one = GrowthBatch.OneHot(values, width, embedding.device);
            return one + Settings.Noise * rand_like(one);
        }
        return (Points([.. batch.Atoms.Select(a => a.Value)], Settings.Elements.Count), Points([.. batch.Bonds.Select(b => b.Value)], 4));
    }

    /// <summary>-log p of growths with fresh noise, a dimension: their sum over all latent dimensions there are.</summary>
    /// <param name="growths">The molecules as growths.</param>
    /// <returns>A scalar.</returns>
    public Tensor Loss(IEnumerable<Growth> growths)
    {
        var batch = Collect(growths);
        var (z, pairs) = Dequantise(batch);
        var (atoms, bonds) = LogDensities(batch, z, pairs);
        return -(atoms.sum() + bonds.sum()) / batch.Dimensions;
    }

    internal GrowthBatch Collect(IEnumerable<Growth> growths)
    {
        ArgumentNullException.ThrowIfNull(growths);
        var batch = new GrowthBatch(Settings.Elements.Count);
        foreach (var growth in growths) batch.Add(growth);
        if (batch.Atoms.Count == 0) throw new ArgumentException("There is no molecule: give at least one.", nameof(growths));
        return batch;
    }

    /// <summary>Mean -log p a dimension of molecules, in nats, in evaluation mode.</summary>
    /// <param name="molecules">The molecules.</param>
    /// <param name="seed">Of the orders in which they grow, and of the noise.</param>
    public double Evaluate(IReadOnlyList<Molecule> molecules, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(molecules);
        bool before = training;
        eval();
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var state = get_rng_state();
        manual_seed(seed);                                                      // the noise; training's own goes on as it was
        double total = 0, dimensions = 0;
        foreach (var some in molecules.Select((m, i) => Growth.Of(m, Settings, seed, i)).Chunk(256))
        {
            using var inner = NewDisposeScope();
            double count = Collect(some).Dimensions;
            total += Loss(some).item<float>() * count;
            dimensions += count;
        }
        set_rng_state(state);
        train(before);
        return total / dimensions;
    }

    // ------------------------------------------------------------------------------------ training

    /// <summary>Trains a model.</summary>
    /// <param name="molecules">What it is to generate; each must fit the settings.</param>
    /// <param name="settings">Everything that is chosen.</param>
    /// <param name="held">Molecules whose density is measured after each epoch as "held-out"; null: none.</param>
    /// <param name="checkpoint">File to go on from, exactly, and to write to; null: none.</param>
    /// <param name="afterEpoch">Told after each epoch, with the model in evaluation mode; what it returns goes into the
    /// history.</param>
    /// <exception cref="ArgumentException">There is no molecule, or one does not fit the settings; the message says why.</exception>
    public static (MoleculeGeneration Model, History History) Train(IReadOnlyList<Molecule> molecules,
        MoleculeGenerationSettings settings, IReadOnlyList<Molecule>? held = null, string? checkpoint = null,
        Func<MoleculeGeneration, IReadOnlyDictionary<string, double>>? afterEpoch = null)
    {
        ArgumentNullException.ThrowIfNull(molecules);
        ArgumentNullException.ThrowIfNull(settings);
        if (molecules.Count == 0) throw new ArgumentException("There is no molecule to learn from: give at least one.", nameof(molecules));
        manual_seed(settings.Seed);
        var model = new MoleculeGeneration(settings).to(Devices.Chosen);
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);
        var history = new Trainer(model, optimizer)
        {
            Task = $"GraphAF on {molecules.Count} molecules", Epochs = settings.Epochs, Checkpoint = checkpoint, CheckpointEvery = 1,
        }.Run(
            epoch => GraphTraining.Batches([.. Enumerable.Range(0, molecules.Count)], settings.Batch, settings.Seed, epoch)
                .Select(some => some.Select(m => Growth.Of(molecules[m], settings, settings.Seed, (long)epoch * molecules.Count + m))),
            model.Loss,
            held is null && afterEpoch is null ? null : () =>
            {
                var measured = new Dictionary<string, double>();
                if (held is not null) measured["held-out"] = model.Evaluate(held);
                foreach (var (name, value) in afterEpoch?.Invoke(model) ?? new Dictionary<string, double>()) measured[name] = value;
                return measured;
            });
        return (model, history);
    }

    // ------------------------------------------------------------------------------------ sampling

    /// <summary>Generates molecules.</summary>
    /// <param name="count">How many.</param>
    /// <param name="check">Whether a bond beyond a valence is drawn again: then all molecules are valid.</param>
    /// <param name="temperature">T, the deviation of the noise.</param>
    /// <param name="seed">Which molecules: each has random numbers of its own.</param>
    /// <param name="smallest">Molecules of fewer atoms are thrown away; the released program keeps those of at least
    /// five to ten.</param>
    /// <returns>The growths; <see cref="Growth.ToMolecule"/> gives the molecules.</returns>
    /// <exception cref="InvalidOperationException">Hardly any molecule is that large.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count or the temperature is negative.</exception>
    public IReadOnlyList<Growth> Generate(
        int count, bool check = true, double temperature = 0.75, int seed = 1, int smallest = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(temperature);
        var all = new List<Growth>(count);
        for (int made = 0; all.Count < count;)
        {
            if (made > 1000 * (count + 10L))
                throw new InvalidOperationException(
                    $"Of {made} molecules {all.Count} have {smallest} atoms or more: train longer, or ask for smaller ones.");
            var random = Enumerable.Range(made, Math.Min(512, count - all.Count)).Select(m => new SplitMix(seed, m)).ToArray();
            made += random.Length;
            all.AddRange(Grow(random.Length, check, (molecule, width) =>
                [.. Enumerable.Range(0, width).Select(_ => (float)(temperature * Normal(ref random[molecule])))])
                .Where(growth => growth.Atoms >= smallest));
        }
        return all;
    }

    private static double Normal(ref SplitMix random) =>                        // Box and Muller 1958
        Math.Sqrt(-2 * Math.Log(1 - random.NextSingle())) * Math.Cos(2 * Math.PI * random.NextSingle());

    /// <summary>The noise that a molecule stands for: for each choice of a growth its ε.</summary>
    /// <param name="growth">The growth.</param>
    /// <param name="seed">Of the dequantisation.</param>
    public IReadOnlyList<float[]> Encode(Growth growth, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(growth);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        eval();
        var state = get_rng_state();
        manual_seed(seed);
        var batch = Collect([growth]);
        var (z, pairs) = Dequantise(batch);
        set_rng_state(state);
        var (rows, pooled) = Embed(batch);
        var atoms = AtomFlow.Forward(z, Rows(pooled, batch.Atoms.Select(a => a.Graph))).Epsilon;
        var ofAtoms = Rows(atoms);
        var ofBonds = batch.Bonds.Count == 0 ? [] : Rows(BondFlow.Forward(pairs, PairContext(batch, rows, pooled)).Epsilon);
        int atom = 0, bond = 0;
        return [.. growth.Choices.Select(c => c.Other < 0 ? ofAtoms[atom++] : ofBonds[bond++])];
    }

    /// <summary>The molecule that noise stands for, choice by choice.</summary>
    /// <param name="noise">ε of each choice, as <see cref="Encode"/> gives them.</param>
    public Growth Decode(IReadOnlyList<float[]> noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        int at = 0;
        return Grow(1, false, (_, width) => at < noise.Count && noise[at].Length == width ? noise[at++] : null)[0];
    }

    private static float[][] Rows(Tensor table) => [.. table.cpu().data<float>().ToArray().Chunk((int)table.shape[1])];

    /// <summary>Grows molecules in step, an atom and then its bonds; only sub-graphs that have changed are embedded anew.</summary>
    /// <param name="count">How many.</param>
    /// <param name="check">Whether bonds beyond a valence are drawn again.</param>
    /// <param name="noise">ε of so many dimensions for a molecule's next choice; null: it ends here.</param>
    private List<Growth> Grow(int count, bool check, Func<int, int, float[]?> noise)
    {
        eval();
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var (growths, going) = (Enumerable.Range(0, count).Select(_ => new Growth()).ToList(), Enumerable.Range(0, count).ToList());
        int n = Settings.MaxAtoms, kinds = Settings.Elements.Count;
        var (rows, pooled) = (Zeros(count * n), Zeros(count));       // H and h̄ of each molecule
        for (int i = 0; i < n && going.Count > 0; i++)
        {
            Interrupt.Token.ThrowIfCancellationRequested();
            using var step = NewDisposeScope();
            var gaussian = Gaussians(AtomFlow, Rows(pooled, going));
            going = [.. going.Where((m, k) =>
            {
                if (noise(m, kinds) is not { } epsilon) return false;
                float[] z = Point(gaussian, k, epsilon);
                growths[m].Add(new Choice(i, -1, ArgMax(z), z));
                return true;
            })];
            var changed = going;
            for (int j = Math.Max(0, i - Settings.Window); j < i; j++)
            {
                Refresh(changed);
                using var inner = NewDisposeScope();
                var context = cat([Rows(rows, going.Select(m => m * n + i)),
                    Rows(rows, going.Select(m => m * n + j)), Rows(pooled, going)], 1);
                var bonds = Gaussians(BondFlow, context);
                changed = [.. going.Where((m, k) =>
                    DrawBond(growths[m], i, j, check, () => noise(m, 4) is { } e ? Point(bonds, k, e) : null))];
            }
            Refresh(changed);
            going = [.. going.Where(m => !growths[m].Close())];
        }
        return growths;

        void Refresh(List<int> molecules)
        {
            if (molecules.Count == 0) return;
            using var inner = NewDisposeScope();
            var batch = new GrowthBatch(kinds);
            foreach (int m in molecules) batch.AddGraph(growths[m].Types, growths[m].Bonds);
            var (newRows, newPooled) = Embed(batch);
            rows.index_copy_(0, Index(molecules.SelectMany(m => Enumerable.Range(m * n, growths[m].Types.Count)), rows.device), newRows);
            pooled.index_copy_(0, Index(molecules, pooled.device), newPooled);
        }
    }

    private Tensor Zeros(long count) => zeros(count, Settings.Width, device: embedding.device);

    private static Tensor Rows(Tensor from, IEnumerable<int> numbers) => from.index_select(0, Index(numbers, from.device));

    private static Tensor Index(IEnumerable<int> numbers, Device device) => tensor(numbers.Select(x => (long)x).ToArray(), device: device);

    private static (float[][] Mean, float[][] Deviation) Gaussians(AffineFlow flow, Tensor context)
    {
        if (context.shape[0] == 0) return ([], []);
        var (mean, deviation) = flow.Gaussian(context);
        return (Rows(mean), Rows(deviation));
    }

    private static float[] Point((float[][] Mean, float[][] Deviation) gaussian, int row, float[] epsilon) =>
        [.. epsilon.Select((e, k) => gaussian.Mean[row][k] + gaussian.Deviation[row][k] * e)];              // z = μ + α ε

    private static int ArgMax(float[] z) => Array.IndexOf(z, z.Max());

    /// <summary>Draws a bond; with the check again and again until it fits, and none after 50 times or when no order fits.</summary>
    /// <returns>Whether there is a bond.</returns>
    private bool DrawBond(Growth growth, int i, int j, bool check, Func<float[]?> draw)
    {
        int Free(int atom) => Molecule.Valences(Settings.Elements[growth.Types[atom]])[^1] - growth.OrderSum(atom);
        int free = Math.Min(Free(i), Free(j));
        var failed = new HashSet<int>();
        for (int attempt = 0; attempt < 50 && failed.Count < 3; attempt++)
        {
            if (draw() is not { } z) break;
            int value = ArgMax(z);
            bool fits = !check || value == Growth.NoBond || value + 1 <= free;
            growth.Add(new Choice(i, j, value, z, Rejected: !fits));
            if (fits) return value != Growth.NoBond;
            failed.Add(value);
        }
        growth.Add(new Choice(i, j, Growth.NoBond));
        return false;
    }
}
