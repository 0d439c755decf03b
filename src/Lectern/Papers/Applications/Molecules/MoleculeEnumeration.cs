using Lectern.Training;

namespace Lectern.Papers.Applications.Molecules;

/// <summary>Sets of small molecules that are made, not measured: all of them, or some grown at random.</summary>
public static class MoleculeEnumeration
{
    /// <summary>All connected neutral molecules of up to so many atoms, hydrogen apart, in which each atom keeps its
    /// valence; each once.</summary>
    /// <remarks>Any connected graph has a node without which it still hangs together, so each molecule of n + 1 atoms is one
    /// of n atoms with one more: all ways to bond it are tried, and canonical SMILES tell which were there before.
    /// Strained and unstable ones are not left out.</remarks>
    /// <param name="atoms">Atoms at most.</param>
    /// <param name="elements">What they may be; C, N, O and F where none are given.</param>
    /// <param name="order">The highest order of a bond.</param>
    /// <param name="rings">Whether rings count.</param>
    /// <returns>Molecules by size, in the order in which they were found.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no atom.</exception>
    public static IReadOnlyList<Molecule> UpTo(int atoms, IReadOnlyList<Element>? elements = null, int order = 3, bool rings = true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(atoms, 1);
        elements ??= [Element.C, Element.N, Element.O, Element.F];
        var all = new List<Molecule>(elements.Select(e => Molecule.Of([e], [])));
        using var progress = Progress.Start("enumerate", atoms);
        progress.Step();
        for (int begin = 0, end = all.Count; all[^1].Atoms.Count < atoms && begin < end; (begin, end) = (end, all.Count))
        {
            var seen = new HashSet<string>();
            for (int m = begin; m < end; m++)
                foreach (var element in elements)
                    foreach (var grown in Grown(all[m], element, order, rings))
                        if (seen.Add(grown.Smiles)) all.Add(grown);
            progress.Step();
        }
        return all;
    }

    /// <summary>The molecule with one more atom, bonded in each way that valences allow.</summary>
    private static IEnumerable<Molecule> Grown(Molecule molecule, Element element, int most, bool rings)
    {
        int n = molecule.Atoms.Count, valence = Molecule.Valences(element)[0];
        Element[] elements = [.. molecule.Atoms.Select(a => a.Element), element];
        return Bonded(0, valence, []);

        IEnumerable<Molecule> Bonded(int from, int free, Bond[] added)
        {
            if (added.Length > 0) yield return Molecule.Of(elements, [.. molecule.Bonds, .. added]);
            if (added.Length > 0 && !rings) yield break;
            for (int to = from; to < n; to++)
                for (int order = 1; order <= Math.Min(most, Math.Min(free, molecule.Atoms[to].Hydrogens)); order++)
                    foreach (var one in Bonded(to + 1, free - order, [.. added, new Bond(to, n, order)])) yield return one;
        }
    }

    /// <summary>Different molecules grown atom by atom: each new atom takes random bonds among those that valences
    /// allow. Each is neutral and valid.</summary>
    /// <param name="count">How many.</param>
    /// <param name="atoms">Atoms of each; smaller where the growth gets stuck, at least half.</param>
    /// <param name="seed">Which set.</param>
    /// <param name="elements">What they may be, as often as each is listed; five C to two N, two O and one F where none are
    /// given.</param>
    /// <exception cref="InvalidOperationException">There are not so many, or finding them takes too long.</exception>
    public static IReadOnlyList<Molecule> Random(int count, int atoms, int seed, IReadOnlyList<Element>? elements = null)
    {
        elements ??= [Element.C, Element.C, Element.C, Element.C, Element.C, Element.N, Element.N, Element.O, Element.O, Element.F];
        var found = new Dictionary<string, Molecule>();
        for (long attempt = 0; found.Count < count; attempt++)
        {
            if (attempt > 1000L + 50L * count)
                throw new InvalidOperationException(
                    $"Only {found.Count} of {count} different molecules of {atoms} atoms were found: ask for fewer, or for larger ones.");
            var random = new SplitMix(seed, attempt);
            if (Grow(atoms, elements, ref random) is { } molecule) found.TryAdd(molecule.Smiles, molecule);
        }
        return [.. found.Values];
    }

    private static Molecule? Grow(int atoms, IReadOnlyList<Element> elements, ref SplitMix random)
    {
        var kinds = new List<Element>();
        var free = new List<int>();
        var bonds = new List<Bond>();
        while (kinds.Count < atoms && (kinds.Count == 0 || free.Sum() > 0))
        {
            var element = elements[random.Next(elements.Count)];
            int own = kinds.Count, mine = Molecule.Valences(element)[0];
            // One bond for sure, a second, which closes a ring, now and then.
            for (int bond = own == 0 ? 2 : 0; bond < 2 && mine > 0 && (bond == 0 || random.Next(4) == 0); bond++)
            {
                int[] others = [.. Enumerable.Range(0, own).Where(o => free[o] > 0 && !bonds.Exists(b => b.A == o && b.B == own))];
                if (others.Length == 0) break;
                int other = others[random.Next(others.Length)];
                int order = Math.Min(random.Next(8) switch { 0 => 3, 1 or 2 => 2, _ => 1 }, Math.Min(mine, free[other]));
                bonds.Add(new Bond(other, own, order));
                free[other] -= order;
                mine -= order;
            }
            kinds.Add(element);
            free.Add(mine);
        }
        return kinds.Count >= (atoms + 1) / 2 ? Molecule.Of(kinds, bonds) : null;
    }
}
