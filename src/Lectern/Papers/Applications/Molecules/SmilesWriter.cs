using System.Globalization;
using System.Text;

namespace Lectern.Papers.Applications.Molecules;

/// <summary>Writes the canonical SMILES: atoms in <see cref="CanonicalOrder"/>, aromatic ones in lower case.</summary>
public sealed class SmilesWriter
{
    private readonly Molecule molecule;
    private readonly Aromaticity aromaticity;
    private readonly int[] ranks;
    private readonly List<(int Atom, int Bond)>[] near, closures;
    private readonly bool[] written;
    private List<int> open = [];                                       // bonds whose ring digit is in use; -1: free
    private readonly StringBuilder text = new();

    private SmilesWriter(Molecule molecule)
    {
        this.molecule = molecule;
        int n = molecule.Atoms.Count;
        aromaticity = new Aromaticity(molecule);
        ranks = CanonicalOrder.Find(molecule, aromaticity);
        (near, closures, written) = (new List<(int, int)>[n], new List<(int, int)>[n], new bool[n]);
        for (int i = 0; i < n; i++) (near[i], closures[i]) = ([], []);
        for (int b = 0; b < molecule.Bonds.Count; b++)
        {
            near[molecule.Bonds[b].A].Add((molecule.Bonds[b].B, b));
            near[molecule.Bonds[b].B].Add((molecule.Bonds[b].A, b));
        }
        foreach (var list in near) list.Sort((x, y) => ranks[x.Atom].CompareTo(ranks[y.Atom]));
    }

    /// <summary>Writes a molecule.</summary>
    /// <param name="molecule">One with connected atoms.</param>
    /// <exception cref="ArgumentException">It has no atom, or its parts do not hang together.</exception>
    public static string Write(Molecule molecule)
    {
        ArgumentNullException.ThrowIfNull(molecule);
        if (molecule.Atoms.Count == 0) throw new ArgumentException("A molecule without atoms has no SMILES.", nameof(molecule));
        var writer = new SmilesWriter(molecule);
        int start = Array.IndexOf(writer.ranks, 0);
        var order = new List<int>();
        writer.FindRings(start, -1, order);
        if (order.Count < molecule.Atoms.Count)
            throw new ArgumentException("The molecule's parts do not hang together: write each by itself.", nameof(molecule));
        writer.Write(start, -1);
        return writer.text.ToString();
    }

    /// <summary>Walks as the text will, and notes which bonds close rings at both of their ends.</summary>
    private void FindRings(int at, int by, List<int> order)
    {
        order.Add(at);
        foreach (var (next, bond) in near[at])
        {
            if (bond == by || closures[at].Contains((next, bond))) continue;
            if (order.Contains(next))
            {
                closures[at].Add((next, bond));
                closures[next].Add((at, bond));
            }
            else FindRings(next, bond, order);
        }
    }

    private void Write(int at, int by)
    {
        written[at] = true;
        text.Append(Symbol(at));
        foreach (var (other, bond) in closures[at].OrderByDescending(c => written[c.Atom]).ThenBy(c => ranks[c.Atom]).ToList())
        {
            int digit = open.IndexOf(written[other] ? bond : -1);
            if (digit < 0) (digit, open) = (open.Count, [.. open, bond]);
            else open[digit] = written[other] ? -1 : bond;
            if (!written[other]) text.Append(Mark(bond));
            text.Append(digit < 9 ? "" : "%").Append((digit + 1).ToString(CultureInfo.InvariantCulture));
        }
        var next = near[at].Where(x => x.Bond != by && !closures[at].Contains(x)).ToList();
        for (int k = 0; k < next.Count; k++)
        {
            if (k < next.Count - 1) text.Append('(');
            text.Append(Mark(next[k].Bond));
            Write(next[k].Atom, next[k].Bond);
            if (k < next.Count - 1) text.Append(')');
        }
    }

    private string Mark(int bond) => aromaticity.Bonds[bond] ? "" : molecule.Bonds[bond] switch
    {
        { Order: 2 } => "=",
        { Order: 3 } => "#",
        var (a, b, _) when aromaticity.Atoms[a] && aromaticity.Atoms[b] => "-",
        _ => "",
    };

    private string Symbol(int at)
    {
        var (element, charge, hydrogens) = molecule.Atoms[at];
        string symbol = aromaticity.Atoms[at] ? element.ToString().ToLowerInvariant() : element.ToString();
        int sum = molecule.OrderSum(at);
        // Without brackets a reader fills in hydrogens; a pyrrole's nitrogen would get none.
        bool plain = charge == 0 && element != Element.Si && hydrogens == Math.Max(0, Molecule.Valence(element, 0, sum) - sum)
            && !(aromaticity.Atoms[at] && element != Element.C && hydrogens > 0);
        if (plain) return symbol;
        static string Count(string what, int n) => n == 0 ? "" : n == 1 ? what : what + n.ToString(CultureInfo.InvariantCulture);
        return $"[{symbol}{Count("H", hydrogens)}{Count(charge > 0 ? "+" : "-", Math.Abs(charge))}]";
    }
}
