namespace Lectern.Papers.Applications.Molecules;

/// <summary>
/// An order of the atoms that depends on the molecule alone: colours are refined by neighbourhood; where atoms still share
/// a colour each in turn gets one of its own, and of all orders found so the one with the least list of bonds is taken.
/// </summary>
/// <remarks>Exact. The search has about as many leaves as the molecule has symmetries, but for atoms with the same
/// neighbours, such as the three ends of a tert-butyl group: of these one is tried.</remarks>
internal sealed class CanonicalOrder
{
    private readonly (int Atom, int Label)[][] near;
    private int[]? bestCode, best;

    private CanonicalOrder((int, int)[][] near) => this.near = near;

    /// <summary>The rank of each atom.</summary>
    /// <param name="molecule">The molecule.</param>
    /// <param name="aromaticity">Its aromatic bonds, which count as alike whichever of them are double here.</param>
    internal static int[] Find(Molecule molecule, Aromaticity aromaticity)
    {
        int n = molecule.Atoms.Count;
        var near = new List<(int, int)>[n];
        for (int i = 0; i < n; i++) near[i] = [];
        for (int b = 0; b < molecule.Bonds.Count; b++)
        {
            var (one, other, order) = molecule.Bonds[b];
            int label = aromaticity.Bonds[b] ? 4 : order;
            near[one].Add((other, label));
            near[other].Add((one, label));
        }
        var search = new CanonicalOrder([.. near.Select(list => list.ToArray())]);
        int[] kinds = [.. molecule.Atoms.Select((a, i) =>
            (((near[i].Count * 64 + (int)a.Element) * 2 + (aromaticity.Atoms[i] ? 1 : 0)) * 16 + a.Charge + 8) * 8 + a.Hydrogens)];
        search.Search(Ranks(kinds, (x, y) => x.CompareTo(y)));
        return search.best!;
    }

    /// <summary>Of each item how many others are less.</summary>
    private static int[] Ranks<T>(T[] keys, Comparison<T> compare)
    {
        int[] order = [.. Enumerable.Range(0, keys.Length)], ranks = new int[keys.Length];
        Array.Sort(order, (a, b) => compare(keys[a], keys[b]));
        for (int place = 1; place < order.Length; place++)
            ranks[order[place]] = compare(keys[order[place - 1]], keys[order[place]]) == 0 ? ranks[order[place - 1]] : place;
        return ranks;
    }

    private void Search(int[] ranks)
    {
        ranks = Refine(ranks);
        int n = ranks.Length;
        int shared = Enumerable.Range(0, n).Where(i => ranks.Count(r => r == ranks[i]) > 1).Select(i => ranks[i]).DefaultIfEmpty(-1).Min();
        if (shared < 0)
        {
            int[] code = Code(ranks);
            if (bestCode is null || code.AsSpan().SequenceCompareTo(bestCode) < 0) (bestCode, best) = (code, ranks);
            return;
        }
        var tried = new List<int>();
        for (int i = 0; i < n; i++)
        {
            if (ranks[i] != shared || tried.Exists(t => AreTwins(t, i))) continue;
            tried.Add(i);
            int[] marked = [.. ranks.Select((r, k) => r == shared && k != i ? r + 1 : r)];
            Search(marked);
        }
    }

    private bool AreTwins(int a, int b) => near[a].Length == near[b].Length && near[a].All(x => near[b].Contains(x));

    private int[] Refine(int[] ranks)
    {
        int classes = 0;
        while (ranks.Distinct().Count() is var now && now > classes && now < ranks.Length)
        {
            classes = now;
            int[][] keys = [.. ranks.Select((r, i) => (int[])[r, .. near[i].Select(x => ranks[x.Atom] * 8 + x.Label).Order()])];
            ranks = Ranks(keys, (x, y) => x.AsSpan().SequenceCompareTo(y));
        }
        return ranks;
    }

    /// <summary>The bonds between ranks, in order.</summary>
    private int[] Code(int[] ranks)
    {
        int n = ranks.Length;
        return [.. Enumerable.Range(0, n).SelectMany(i => near[i].Select(x => (ranks[i] * n + ranks[x.Atom]) * 8 + x.Label)).Order()];
    }
}
