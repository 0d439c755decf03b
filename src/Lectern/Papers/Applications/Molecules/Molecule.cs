namespace Lectern.Papers.Applications.Molecules;

/// <summary>A chemical element that molecules here are made of, hydrogen apart: it is counted, not drawn.</summary>
public enum Element
{
    /// <summary>Boron.</summary>
    B = 5,

    /// <summary>Carbon.</summary>
    C = 6,

    /// <summary>Nitrogen.</summary>
    N = 7,

    /// <summary>Oxygen.</summary>
    O = 8,

    /// <summary>Fluorine.</summary>
    F = 9,

    /// <summary>Silicon.</summary>
    Si = 14,

    /// <summary>Phosphorus.</summary>
    P = 15,

    /// <summary>Sulphur.</summary>
    S = 16,

    /// <summary>Chlorine.</summary>
    Cl = 17,

    /// <summary>Bromine.</summary>
    Br = 35,

    /// <summary>Iodine.</summary>
    I = 53,
}

/// <summary>An atom.</summary>
/// <param name="Element">What it is.</param>
/// <param name="Charge">Formal charge.</param>
/// <param name="Hydrogens">Hydrogens that it holds.</param>
public readonly record struct Atom(Element Element, int Charge = 0, int Hydrogens = 0);

/// <summary>A bond between two atoms.</summary>
/// <param name="A">One atom, from 0.</param>
/// <param name="B">The other.</param>
/// <param name="Order">1, 2 or 3.</param>
public readonly record struct Bond(int A, int B, int Order);

/// <summary>
/// A molecule as a graph: atoms but hydrogen are nodes, bonds are edges of order 1 to 3 (a Kekulé form: aromatic rings
/// have alternating bonds). Stereochemistry and isotopes are not kept.
/// </summary>
public sealed class Molecule
{
    private readonly (int Atom, int Order)[][] neighbours;
    private string? smiles;

    /// <param name="atoms">The atoms, with their hydrogens.</param>
    /// <param name="bonds">The bonds.</param>
    /// <exception cref="ArgumentException">A bond names an atom that does not exist, or the same two atoms as another, or
    /// has an order outside 1 to 3.</exception>
    public Molecule(IReadOnlyList<Atom> atoms, IReadOnlyList<Bond> bonds) : this(atoms, bonds, NeighboursOf(atoms, bonds))
    {
    }

    private Molecule(IReadOnlyList<Atom> atoms, IReadOnlyList<Bond> bonds, (int, int)[][] neighbours) =>
        (Atoms, Bonds, this.neighbours) = ([.. atoms], [.. bonds], neighbours);

    private static (int, int)[][] NeighboursOf(IReadOnlyList<Atom> atoms, IReadOnlyList<Bond> bonds)
    {
        ArgumentNullException.ThrowIfNull(atoms);
        ArgumentNullException.ThrowIfNull(bonds);
        var lists = new List<(int Atom, int)>[atoms.Count];
        for (int i = 0; i < lists.Length; i++) lists[i] = [];
        foreach (var (a, b, order) in bonds)
        {
            if ((uint)a >= (uint)atoms.Count || (uint)b >= (uint)atoms.Count || a == b || order is < 1 or > 3)
                throw new ArgumentException($"A bond joins two of the atoms 0 to {atoms.Count - 1} with order 1 to 3; given was "
                    + $"({a}, {b}) with order {order}.", nameof(bonds));
            if (lists[a].Exists(n => n.Atom == b))
                throw new ArgumentException($"Atoms {a} and {b} have two bonds; give them one of a higher order.", nameof(bonds));
            lists[a].Add((b, order));
            lists[b].Add((a, order));
        }
        return [.. lists.Select(list => list.ToArray())];
    }

    /// <summary>The atoms.</summary>
    public IReadOnlyList<Atom> Atoms { get; }

    /// <summary>The bonds.</summary>
    public IReadOnlyList<Bond> Bonds { get; }

    /// <summary>What an atom is bonded to, hydrogens apart.</summary>
    /// <param name="atom">From 0.</param>
    public IReadOnlyList<(int Atom, int Order)> Neighbours(int atom) => neighbours[atom];

    /// <summary>Sum of the orders of an atom's bonds, hydrogens apart.</summary>
    /// <param name="atom">From 0.</param>
    public int OrderSum(int atom) => neighbours[atom].Sum(n => n.Order);

    /// <summary>The canonical SMILES: equal for two molecules exactly if they are the same one.</summary>
    public string Smiles => smiles ??= SmilesWriter.Write(this);

    /// <summary>A neutral molecule whose atoms are filled with hydrogens up to a valence.</summary>
    /// <param name="elements">The atoms' elements.</param>
    /// <param name="bonds">The bonds. Atoms with too many get no hydrogen: see <see cref="IsValid"/>.</param>
    public static Molecule Of(IReadOnlyList<Element> elements, IReadOnlyList<Bond> bonds)
    {
        ArgumentNullException.ThrowIfNull(elements);
        var atoms = elements.Select(e => new Atom(e)).ToArray();
        var bare = new Molecule(atoms, bonds);
        for (int i = 0; i < atoms.Length; i++)
        {
            int sum = bare.OrderSum(i);
            atoms[i] = atoms[i] with { Hydrogens = Math.Max(0, Valence(elements[i], 0, sum) - sum) };
        }
        return new Molecule(atoms, bonds, bare.neighbours);
    }

    /// <summary>Reads a SMILES; see <see cref="SmilesReader"/>.</summary>
    /// <param name="text">The SMILES.</param>
    /// <exception cref="FormatException">It is none, or one of something that is not kept here.</exception>
    public static Molecule Parse(string text) => SmilesReader.Read(text);

    /// <summary>Valences that an atom may have. A charged atom has those of the neutral one with as many electrons: N⁺ is
    /// like C, O⁻ like F.</summary>
    /// <param name="element">The element.</param>
    /// <param name="charge">Its formal charge.</param>
    public static ReadOnlySpan<int> Valences(Element element, int charge = 0) => ((int)element - charge) switch
    {
        5 => [3],                               // B, C⁺
        6 or 14 => [4],                         // C, Si, N⁺, P⁺
        7 => [3],                               // N, O⁺, C⁻
        8 => [2],                               // O, N⁻
        9 => [1],                               // F, O⁻
        15 => [3, 5],                           // P, S⁺
        16 => [2, 4, 6],                        // S
        17 or 35 or 53 => [1],                  // Cl, Br, I, S⁻
        _ => [0],                               // halide ions and all others: alone
    };

    /// <summary>The smallest valence that bonds of so many orders fit into; the largest there is where they fit into
    /// none.</summary>
    internal static int Valence(Element element, int charge, int orders)
    {
        var all = Valences(element, charge);
        foreach (int valence in all)
            if (valence >= orders) return valence;
        return all[^1];
    }

    /// <summary>Whether each atom's bonds and hydrogens add up to one of its valences, and all atoms hang together.</summary>
    public bool IsValid() => Atoms.Count > 0 && IsConnected()
        && Enumerable.Range(0, Atoms.Count).All(i =>
            Valences(Atoms[i].Element, Atoms[i].Charge).Contains(OrderSum(i) + Atoms[i].Hydrogens));

    private bool IsConnected()
    {
        var seen = new bool[Atoms.Count];
        var open = new Stack<int>([0]);
        seen[0] = true;
        int count = 1;
        while (open.TryPop(out int at))
            foreach (var (next, _) in neighbours[at])
                if (!seen[next])
                {
                    (seen[next], count) = (true, count + 1);
                    open.Push(next);
                }
        return count == Atoms.Count;
    }

    /// <summary>The neutral form: charged atoms give up or take hydrogens, as in water of another pH.</summary>
    /// <returns>Null where that is not possible: a nitro group, a nitrogen with four carbons.</returns>
    public Molecule? Neutral()
    {
        var atoms = Atoms.Select(a => a with { Charge = 0, Hydrogens = a.Hydrogens - a.Charge }).ToList();
        var neutral = new Molecule(atoms, Bonds);
        return atoms.All(a => a.Hydrogens >= 0) && neutral.IsValid() ? neutral : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Smiles;
}
