using Lectern.Graphs;
using Lectern.Papers.Applications.Molecules;
using Lectern.Training;

namespace Lectern.Papers.Applications;

/// <summary>One choice while a molecule grows.</summary>
/// <param name="Atom">i, the newest atom.</param>
/// <param name="Other">j, the earlier atom that a bond is chosen to; -1: the choice is what atom i is.</param>
/// <param name="Value">Place of the element in the settings' list; or 0 to 2 for a single, double or triple bond, 3 for
/// none.</param>
/// <param name="Z">The point that the choice was read off; null where there was none.</param>
/// <param name="Rejected">Whether the valency check turned the bond down, so that it was drawn again.</param>
public readonly record struct Choice(int Atom, int Other, int Value, float[]? Z = null, bool Rejected = false);

/// <summary>
/// A molecule as the order in which it grows: for each atom what it is, and then its bond to each of the last atoms of a
/// window. A last atom without a bond stands for the end, and is no part of the molecule.
/// </summary>
public sealed class Growth
{
    /// <summary>The value of a choice that says: no bond.</summary>
    public const int NoBond = 3;

    private readonly List<Choice> choices = [];
    private readonly List<int> types = [];
    private readonly List<Bond> bonds = [];

    /// <summary>The choices in order.</summary>
    public IReadOnlyList<Choice> Choices => choices;

    /// <summary>What each atom is so far.</summary>
    public IReadOnlyList<int> Types => types;

    /// <summary>The bonds so far.</summary>
    public IReadOnlyList<Bond> Bonds => bonds;

    /// <summary>Whether the last atom got no bond: the end.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Number of atoms, without the one that stands for the end.</summary>
    public int Atoms => types.Count - (HasEnded ? 1 : 0);

    /// <summary>Makes one more choice.</summary>
    /// <param name="choice">The choice.</param>
    public void Add(Choice choice)
    {
        choices.Add(choice);
        if (choice.Other < 0) types.Add(choice.Value);
        else if (!choice.Rejected && choice.Value != NoBond) bonds.Add(new Bond(choice.Other, choice.Atom, choice.Value + 1));
    }

    /// <summary>Says that an atom has all its bonds; without any, and not the first, it ends the molecule.</summary>
    internal bool Close() => HasEnded = types.Count > 1 && !bonds.Exists(b => b.B == types.Count - 1);

    /// <summary>Sum of the orders of an atom's bonds.</summary>
    internal int OrderSum(int atom) => bonds.Sum(b => b.A == atom || b.B == atom ? b.Order : 0);

    /// <summary>The molecule, filled with hydrogens; it need not be valid.</summary>
    /// <param name="settings">Of the model, for the elements.</param>
    public Molecule ToMolecule(MoleculeGenerationSettings settings) =>
        Molecule.Of([.. types.Take(Atoms).Select(t => settings.Elements[t])], bonds);

    /// <summary>Writes a molecule as a growth: atoms breadth first from a random one, neighbours in random order.</summary>
    /// <param name="molecule">The molecule; charges and hydrogens do not count.</param>
    /// <param name="settings">Elements, window, largest number of atoms, and whether the order is breadth first.</param>
    /// <param name="seed">Of the order.</param>
    /// <param name="sequence">Which order of that seed.</param>
    /// <exception cref="ArgumentException">The molecule has another element, too many atoms, or a bond that reaches farther
    /// back than the window.</exception>
    public static Growth Of(Molecule molecule, MoleculeGenerationSettings settings, int seed, long sequence = 0)
    {
        ArgumentNullException.ThrowIfNull(molecule);
        ArgumentNullException.ThrowIfNull(settings);
        int n = molecule.Atoms.Count;
        if (n == 0 || n > settings.MaxAtoms)
            throw new ArgumentException(
                $"'{molecule}' has {n} atoms, the settings allow 1 to {settings.MaxAtoms}: leave it out, or raise MaxAtoms.", nameof(molecule));
        var random = new SplitMix(seed, sequence);
        var growth = new Growth();
        int[] order = settings.BreadthFirst ? BreadthFirst(molecule, ref random) : Shuffled(n, ref random);
        for (int i = 0; i < n; i++)
        {
            growth.Add(new Choice(i, -1, settings.TypeOf(molecule.Atoms[order[i]].Element, molecule)));
            int first = Math.Max(0, i - settings.Window);
            foreach (var (other, _) in molecule.Neighbours(order[i]))
                if (Array.IndexOf(order, other) is var place && place < first)
                    throw new ArgumentException($"'{molecule}' has a bond from atom {i} of its growth back to atom {place}, beyond the "
                        + $"window of {settings.Window}: raise Window.", nameof(molecule));
            for (int j = first; j < i; j++)
            {
                int bond = molecule.Neighbours(order[i]).FirstOrDefault(x => x.Atom == order[j]).Order;      // 0: none
                growth.Add(new Choice(i, j, bond == 0 ? NoBond : bond - 1));
            }
        }
        if (n < settings.MaxAtoms)
        {
            // The end: one more atom, of a kind that the molecule has, that gets no bond.
            growth.Add(new Choice(n, -1, growth.types[random.Next(n)]));
            for (int j = Math.Max(0, n - settings.Window); j < n; j++) growth.Add(new Choice(n, j, NoBond));
            growth.HasEnded = true;
        }
        return growth;
    }

    private static int[] Shuffled(int n, ref SplitMix random)
    {
        int[] order = [.. Enumerable.Range(0, n)];
        for (int i = n - 1; i > 0; i--)
        {
            int k = random.Next(i + 1);
            (order[i], order[k]) = (order[k], order[i]);
        }
        return order;
    }

    private static int[] BreadthFirst(Molecule molecule, ref SplitMix random)
    {
        int[] first = Shuffled(molecule.Atoms.Count, ref random);                // a random permutation decides root and ties
        int[] place = new int[first.Length];
        for (int i = 0; i < first.Length; i++) place[first[i]] = i;
        var order = new List<int> { first[0] };
        for (int at = 0; at < order.Count; at++)
            foreach (var (next, _) in molecule.Neighbours(order[at]).OrderBy(x => place[x.Atom]))
                if (!order.Contains(next)) order.Add(next);
        return order.Count == first.Length
            ? [.. order]
            : throw new ArgumentException("The molecule's atoms do not hang together: give each part by itself.", nameof(molecule));
    }
}

/// <summary>
/// The sub-graphs that choices depend on, as one disconnected graph with three kinds of edges. A sub-graph is there once,
/// however many choices see it: most choices are "no bond", and change nothing.
/// </summary>
internal sealed class GrowthBatch(int kinds)
{
    private readonly List<int> types = [], pool = [0], pointers = [0], columns = [];
    private readonly List<float> values = [];

    /// <summary>For each choice of an atom: its sub-graph, and the value.</summary>
    internal List<(int Graph, int Value)> Atoms { get; } = [];

    /// <summary>For each choice of a bond: its sub-graph, the rows of its atoms i and j, and the value.</summary>
    internal List<(int Graph, int I, int J, int Value)> Bonds { get; } = [];

    /// <summary>Points of the choices, where they have any: [choices, kinds] and [choices, 4], row by row.</summary>
    internal List<float> AtomPoints { get; } = [];

    /// <inheritdoc cref="AtomPoints"/>
    internal List<float> BondPoints { get; } = [];

    internal int Graphs => pool.Count - 1;

    /// <summary>Dimensions of all choices together.</summary>
    internal long Dimensions => (long)Atoms.Count * kinds + 4L * Bonds.Count;

    /// <summary>Adds the graph of so many atoms; its rows are the last ones then.</summary>
    /// <returns>Its first row.</returns>
    internal int AddGraph(IReadOnlyList<int> graphTypes, IReadOnlyList<Bond> bonds)
    {
        int first = types.Count, n = graphTypes.Count;
        types.AddRange(graphTypes);
        pool.Add(types.Count);
        Span<int> degrees = stackalloc int[3 * n];
        degrees.Fill(1);                                                        // D̃: with the loop of Ẽ = E + I
        foreach (var (a, b, order) in bonds)
        {
            degrees[3 * a + order - 1]++;
            degrees[3 * b + order - 1]++;
        }
        for (int row = 0; row < 3 * n; row++)
        {
            int atom = row / 3, order = row % 3 + 1;
            Entry(row, 1f / degrees[row]);
            foreach (var bond in bonds)
                if (bond.Order == order && (bond.A == atom || bond.B == atom))
                {
                    int other = 3 * (bond.A == atom ? bond.B : bond.A) + order - 1;
                    Entry(other, 1 / MathF.Sqrt(degrees[row] * degrees[other]));
                }
            pointers.Add(columns.Count);
        }
        return first;

        void Entry(int column, float value)
        {
            columns.Add(3 * first + column);
            values.Add(value);
        }
    }

    /// <summary>Adds the choices of a growth, each with the sub-graph that it sees.</summary>
    /// <param name="growth">The growth.</param>
    /// <param name="drawn">Whether choices without a point are left out.</param>
    /// <param name="atoms">Of how many atoms the choices are taken.</param>
    /// <returns>The choices that were added.</returns>
    internal List<Choice> Add(Growth growth, bool drawn = false, int atoms = int.MaxValue)
    {
        var (seen, bonds, added) = (new List<int>(), new List<Bond>(), new List<Choice>());
        int first = -1;                                                         // -1: changed since it was added
        foreach (var choice in growth.Choices.TakeWhile(c => c.Atom < atoms))
        {
            if (first < 0) first = AddGraph(seen, bonds);
            bool counts = !drawn || choice.Z is not null;
            if (counts) added.Add(choice);
            if (choice.Other < 0)
            {
                if (counts) Atoms.Add((Graphs - 1, choice.Value));
                if (choice.Z is not null) AtomPoints.AddRange(choice.Z);
                seen.Add(choice.Value);
                first = -1;
                continue;
            }
            if (counts) Bonds.Add((Graphs - 1, first + choice.Atom, first + choice.Other, choice.Value));
            if (choice.Z is not null) BondPoints.AddRange(choice.Z);
            if (choice.Rejected || choice.Value == Growth.NoBond) continue;
            bonds.Add(new Bond(choice.Other, choice.Atom, choice.Value + 1));
            first = -1;
        }
        return added;
    }

    /// <summary>Ẽ of all three relations, normalised: [3N, 3N], row 3n + r for node n and relation r.</summary>
    internal SparseMatrix Relations() => SparseMatrix.FromRows(3 * types.Count, 3 * types.Count, [.. pointers], [.. columns], [.. values]);

    /// <summary>Which rows are whose: [graphs, N].</summary>
    internal SparseMatrix Membership() => SparseMatrix.FromRows(Graphs, types.Count, [.. pool], [.. Enumerable.Range(0, types.Count)]);

    /// <summary>One-hot types: [N, kinds].</summary>
    internal Tensor Features(Device device) => OneHot(types, kinds, device);

    internal static Tensor OneHot(IReadOnlyCollection<int> values, int width, Device device)
    {
        float[] table = new float[values.Count * width];
        int at = 0;
        foreach (int value in values) table[width * at++ + value] = 1;
        return tensor(table, device: device).view(values.Count, width);
    }
}
