// The searches of ComputationGraphs.cs: BRKGA (Gonçalves and Resende 2011), and what it is compared with. A search is given a
// number of evaluations, and says what its best plan cost after each of them.
using Lectern.Graphs;
using Lectern.Training;

namespace Lectern.Papers.Applications;

/// <summary>Beta distributions with a mean and a variance of k levels each.</summary>
/// <remarks>
/// μ = (m + 1) / (k + 1), Var = μ (1 - μ) (s + 1) / (k + 1), so that ν = α + β = (k - s) / (s + 1), α = μ ν, β = (1 - μ) ν: the form
/// is our fact sheet's, not confirmed. With k = 5, m = 2 and s = 1 give Beta(1, 1).
/// </remarks>
public static class QuantisedBeta
{
    private const int Cells = 4096, Points = 20_000;
    private static readonly Dictionary<(int, int, int), double[]> Tables = [];

    /// <summary>α and β.</summary>
    /// <param name="levels">k, an odd number.</param>
    /// <param name="mean">m, from 0 to k - 1.</param>
    /// <param name="spread">s, from 0 to k - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no level, or mean or spread is none of them.</exception>
    public static (double Alpha, double Beta) Shape(int levels, int mean, int spread)
    {
        if (levels < 1 || (uint)mean >= (uint)levels || (uint)spread >= (uint)levels)
            throw new ArgumentOutOfRangeException(nameof(levels), $"Levels are 0 to k - 1; given were k = {levels}, m = {mean}, s = {spread}.");
        double mu = (mean + 1.0) / (levels + 1), nu = (levels - spread) / (spread + 1.0);
        return (mu * nu, (1 - mu) * nu);
    }

    /// <summary>The number below which a draw is with probability u.</summary>
    /// <param name="levels">k.</param>
    /// <param name="mean">m.</param>
    /// <param name="spread">s.</param>
    /// <param name="u">From 0 to 1; a uniform u gives a draw.</param>
    public static double Quantile(int levels, int mean, int spread, double u) => At(Table(levels, mean, spread), u);

    /// <summary>The quantiles at 0, 1/4096 … 1; null for the uniform distribution, whose quantile is u itself.</summary>
    internal static double[]? Table(int levels, int mean, int spread)
    {
        var (alpha, beta) = Shape(levels, mean, spread);
        if (Math.Abs(alpha - 1) < 1e-12 && Math.Abs(beta - 1) < 1e-12) return null;
        lock (Tables)
        {
            if (!Tables.TryGetValue((levels, mean, spread), out var table)) Tables[(levels, mean, spread)] = table = Quantiles(alpha, beta);
            return table;
        }
    }

    internal static double At(double[]? table, double u)
    {
        if (table is null) return u;
        int cell = Math.Min((int)(u * Cells), Cells - 1);
        return table[cell] + (u * Cells - cell) * (table[cell + 1] - table[cell]);
    }

    // With x = 1 / (1 + e^-z) the density of z is x^α (1 - x)^β: smooth, and no number is too small, however U-shaped that of x is.
    private static double[] Quantiles(double alpha, double beta)
    {
        double end = 40 / Math.Min(alpha, beta), step = 2 * end / Points, total = 0;
        double LogSigmoid(double z) => -(Math.Max(-z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z))));
        var below = new double[Points + 1];
        for (int i = 0; i <= Points; i++)
        {
            double z = i * step - end, here = Math.Exp(alpha * LogSigmoid(z) + beta * LogSigmoid(-z));
            below[i] = total + here / 2;                                    // trapezoids, but for a factor
            total += here;
        }
        var table = new double[Cells + 1];
        for (int cell = 1, i = 0; cell < Cells; cell++)
        {
            double wanted = total * cell / Cells;
            while (below[i + 1] < wanted) i++;
            table[cell] = 1 / (1 + Math.Exp(end - step * (i + (wanted - below[i]) / (below[i + 1] - below[i]))));
        }
        table[Cells] = 1;
        return table;
    }
}

/// <summary>The distribution that each key is drawn from.</summary>
public sealed class KeyProposals
{
    private readonly double[]?[] tables;

    private KeyProposals(double[]?[] tables) => this.tables = tables;

    /// <summary>All keys uniform: plain BRKGA.</summary>
    /// <param name="keys">D.</param>
    public static KeyProposals Uniform(int keys) => new(new double[]?[keys]);

    /// <summary>A Beta distribution for each affinity and priority of each operation; transfers stay uniform.</summary>
    /// <param name="simulator">Says where each key stands.</param>
    /// <param name="levels">k.</param>
    /// <param name="actions">m and s: [o, d + 1, 2], the d affinities first.</param>
    /// <exception cref="ArgumentException">Actions are not as many as operations and devices ask for.</exception>
    public static KeyProposals Of(PlanSimulator simulator, int levels, ReadOnlySpan<int> actions)
    {
        int o = simulator.Graph.Count, d = simulator.Devices.Count;
        if (actions.Length != o * (d + 1) * 2)
            throw new ArgumentException($"{o} operations on {d} devices take [{o}, {d + 1}, 2] actions; given were {actions.Length} numbers.", nameof(actions));
        var tables = new double[]?[simulator.Keys];
        for (int v = 0; v < o; v++)
            for (int i = 0; i <= d; i++)
            {
                int at = (v * (d + 1) + i) * 2;
                tables[i < d ? v * d + i : o * d + v] = QuantisedBeta.Table(levels, actions[at], actions[at + 1]);
            }
        return new KeyProposals(tables);
    }

    /// <summary>D.</summary>
    public int Keys => tables.Length;

    /// <summary>One draw of a key from a uniform number.</summary>
    public double Draw(int key, double u) => QuantisedBeta.At(tables[key], u);
}

/// <summary>What a search found.</summary>
/// <param name="Best">Cost of the best plan after each evaluation: never rises.</param>
/// <param name="Keys">The keys of the last of them.</param>
public sealed record SearchResult(double[] Best, double[] Keys)
{
    /// <summary>Cost of the best plan of all.</summary>
    public double Cost => Best[^1];
}

/// <summary>Settings of the genetic algorithm; defaults are our choice from the ranges of its literature, the paper's values are not confirmed.</summary>
/// <param name="Population">p.</param>
/// <param name="Elite">p_e: the best, kept as they are.</param>
/// <param name="Mutants">p_m: drawn anew in each generation.</param>
/// <param name="Bias">ρ: with this probability a child's key is its elite parent's.</param>
public sealed record BrkgaSettings(int Population = 20, int Elite = 4, int Mutants = 4, double Bias = 0.7);

/// <summary>The biased random-key genetic algorithm.</summary>
public sealed class Brkga
{
    private readonly PlanSimulator simulator;
    private readonly PlanObjective objective;
    private readonly BrkgaSettings settings;
    private readonly KeyProposals proposals;
    private readonly List<double> best = [];
    private SplitMix random;
    private double[][] population;
    private double[] costs;

    /// <param name="simulator">Decodes keys; used by this search alone while it runs.</param>
    /// <param name="objective">What is to be small.</param>
    /// <param name="seed">Of everything random.</param>
    /// <param name="proposals">What first generation and mutants are drawn from; uniform where none are given.</param>
    /// <param name="settings">Sizes and bias.</param>
    /// <exception cref="ArgumentException">The proposals are for another number of keys, or sizes and bias do not fit each other.</exception>
    public Brkga(PlanSimulator simulator, PlanObjective objective, int seed, KeyProposals? proposals = null, BrkgaSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(simulator);
        (this.simulator, this.objective, this.settings) = (simulator, objective, settings ?? new BrkgaSettings());
        this.proposals = proposals ?? KeyProposals.Uniform(simulator.Keys);
        if (this.proposals.Keys != simulator.Keys)
            throw new ArgumentException($"The proposals are for {this.proposals.Keys} keys, '{simulator.Graph.Name}' has {simulator.Keys}; make them for this graph.", nameof(proposals));
        var (p, elite, mutants, bias) = this.settings;
        if (elite < 1 || mutants < 0 || elite + mutants >= p || elite * 2 > p || !(bias is > 0.5 and <= 1))
            throw new ArgumentException($"{this.settings} is no BRKGA: it wants 1 ≤ elite ≤ population / 2, elite + mutants < population and 0.5 < bias ≤ 1.", nameof(settings));
        random = new SplitMix(seed, 0);
        population = [.. Enumerable.Range(0, p).Select(_ => new double[simulator.Keys])];
        costs = new double[p];
    }

    /// <summary>The generation, best first; its first <see cref="BrkgaSettings.Elite"/> are the elite.</summary>
    public IReadOnlyList<double[]> Population => population;

    /// <summary>What the plans of the generation cost.</summary>
    public IReadOnlyList<double> Costs => costs;

    /// <summary>Goes on until so many evaluations are made in all. An elite plan is not evaluated again.</summary>
    /// <param name="evaluations">B; a last generation may be cut short.</param>
    /// <exception cref="ArgumentOutOfRangeException">They are fewer than one population.</exception>
    public SearchResult Run(int evaluations)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(evaluations, settings.Population);
        while (best.Count < evaluations) NextGeneration(evaluations);
        return new SearchResult([.. best], [.. population[0]]);
    }

    private void NextGeneration(int evaluations)
    {
        var (p, elite, mutants, _) = settings;
        bool first = best.Count == 0;
        var next = first ? population : [.. population.Take(elite), .. Enumerable.Range(elite, p - elite).Select(_ => new double[simulator.Keys])];
        var nextCosts = new double[p];
        Array.Fill(nextCosts, double.PositiveInfinity);                     // of whom the budget does not reach
        if (!first) costs.AsSpan(0, elite).CopyTo(nextCosts);
        for (int i = first ? 0 : elite; i < p && best.Count < evaluations; i++)
        {
            if (first || i < elite + mutants) Draw(next[i]);
            else
            {
                Cross(population[random.Next(elite)], population[elite + random.Next(p - elite)], next[i]);
            }
            nextCosts[i] = simulator.Cost(next[i], objective);
            best.Add(best.Count == 0 ? nextCosts[i] : Math.Min(best[^1], nextCosts[i]));
        }
        int[] order = [.. Enumerable.Range(0, p).OrderBy(i => nextCosts[i])];   // stable: of equals the older one stays ahead
        (population, costs) = ([.. order.Select(i => next[i])], [.. order.Select(i => nextCosts[i])]);
    }

    /// <summary>Each key of the child is the elite parent's with probability ρ; 16 random bits decide a key.</summary>
    private void Cross(double[] elite, double[] other, double[] child)
    {
        ulong word = 0, threshold = (ulong)Math.Round(settings.Bias * (1 << 16));
        for (int key = 0; key < child.Length; key++, word >>= 16)
        {
            if (key % 4 == 0) word = random.Next();
            child[key] = (word & 0xFFFF) < threshold ? elite[key] : other[key];
        }
    }

    private void Draw(double[] keys)
    {
        for (int key = 0; key < keys.Length; key++) keys[key] = proposals.Draw(key, random.NextDouble());
    }
}

/// <summary>What BRKGA is compared with, by the same number of evaluations.</summary>
public static class PlanSearch
{
    /// <summary>Keys drawn anew each time.</summary>
    /// <param name="simulator">Decodes keys.</param>
    /// <param name="objective">What is to be small.</param>
    /// <param name="evaluations">B.</param>
    /// <param name="seed">Of the keys.</param>
    public static SearchResult Random(PlanSimulator simulator, PlanObjective objective, int evaluations, int seed)
    {
        var random = new SplitMix(seed, 1);
        return Improve(simulator, objective, evaluations, keys =>
        {
            for (int key = 0; key < keys.Length; key++) keys[key] = random.NextDouble();
        });
    }

    /// <summary>From random keys on, those of one operation and of its tensors' transfers are drawn anew; what is no worse stays.</summary>
    /// <inheritdoc cref="Random" path="/param"/>
    public static SearchResult Local(PlanSimulator simulator, PlanObjective objective, int evaluations, int seed)
    {
        var random = new SplitMix(seed, 2);
        var (graph, d, first) = (simulator.Graph, simulator.Devices.Count, true);
        return Improve(simulator, objective, evaluations, keys =>
        {
            void Redraw(int from, int count)
            {
                for (int key = from; key < from + count; key++) keys[key] = random.NextDouble();
            }
            if (first) Redraw(0, keys.Length);
            else
            {
                int v = random.Next(graph.Count), o = graph.Count;
                Redraw(v * d, d);
                Redraw(o * d + v, 1);
                Redraw(o * d + o + graph.FirstTensor[v] * d, (graph.FirstTensor[v + 1] - graph.FirstTensor[v]) * d);
            }
            first = false;
        });
    }

    /// <summary>Everything on one device, and what has just become ready first: the last tensor made is the first one used.</summary>
    public static double[] DepthFirst(PlanSimulator simulator)
    {
        var graph = simulator.Graph;
        int[] waiting = [.. graph.Operations.Select(operation => operation.Inputs.Length)];
        var ready = new Stack<int>(Enumerable.Range(0, graph.Count).Where(v => waiting[v] == 0).Reverse());
        var order = new List<int>();
        while (ready.TryPop(out int v))
        {
            order.Add(v);
            for (int made = graph.FirstTensor[v]; made < graph.FirstTensor[v + 1]; made++)
                foreach (int reader in graph.Consumers[made])
                    if (--waiting[reader] == 0) ready.Push(reader);
        }
        return simulator.KeysOf(new int[graph.Count], order);
    }

    private static SearchResult Improve(PlanSimulator simulator, PlanObjective objective, int evaluations, Action<double[]> change)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(evaluations, 1);
        double[] found = new double[simulator.Keys], tried = new double[simulator.Keys], best = new double[evaluations];
        double cost = double.PositiveInfinity;
        for (int i = 0; i < evaluations; i++)
        {
            found.CopyTo(tried, 0);
            change(tried);
            double here = simulator.Cost(tried, objective);
            if (here <= cost) ((found, tried), cost) = ((tried, found), here);
            best[i] = cost;
        }
        return new SearchResult(best, found);
    }
}
