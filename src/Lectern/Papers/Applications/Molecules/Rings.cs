namespace Lectern.Papers.Applications.Molecules;

/// <summary>A ring.</summary>
/// <param name="Atoms">Its atoms, in their order around it.</param>
/// <param name="Bonds">Its bonds, as places in the molecule's list, ascending.</param>
public sealed record Ring(int[] Atoms, int[] Bonds);

/// <summary>The rings of a molecule.</summary>
public static class Rings
{
    /// <summary>Whether each bond lies in a ring: those that do not are bridges, whose loss would part the molecule.</summary>
    internal static bool[] InRing(int atoms, IReadOnlyList<Bond> bonds)
    {
        var near = new List<(int Atom, int Bond)>[atoms];
        for (int i = 0; i < atoms; i++) near[i] = [];
        for (int b = 0; b < bonds.Count; b++)
        {
            near[bonds[b].A].Add((bonds[b].B, b));
            near[bonds[b].B].Add((bonds[b].A, b));
        }
        var (inRing, entered, lowest) = (new bool[bonds.Count], new int[atoms], new int[atoms]);
        int clock = 0;
        for (int i = 0; i < atoms; i++)
            if (entered[i] == 0) Visit(i, -1);
        return inRing;

        void Visit(int at, int by)
        {
            entered[at] = lowest[at] = ++clock;
            foreach (var (next, bond) in near[at])
            {
                if (bond == by) continue;
                if (entered[next] == 0) Visit(next, bond);
                // A bond leads back above where it started exactly if something closes a ring with it.
                inRing[bond] |= entered[next] < entered[at] || lowest[next] <= entered[at];
                lowest[at] = Math.Min(lowest[at], entered[next] < entered[at] ? entered[next] : lowest[next]);
            }
        }
    }

    /// <summary>For each bond of a ring all shortest rings through it; each ring once. In ordinary molecules these are the
    /// rings that a chemist would count, whatever the order of the atoms.</summary>
    /// <param name="molecule">The molecule.</param>
    public static IReadOnlyList<Ring> Shortest(Molecule molecule)
    {
        ArgumentNullException.ThrowIfNull(molecule);
        var bonds = molecule.Bonds;
        bool[] inRing = InRing(molecule.Atoms.Count, bonds);
        if (!inRing.Contains(true)) return [];
        var numbers = new Dictionary<(int, int), int>();
        for (int b = 0; b < bonds.Count; b++) numbers[(bonds[b].A, bonds[b].B)] = numbers[(bonds[b].B, bonds[b].A)] = b;
        var found = new Dictionary<string, Ring>();
        for (int b = 0; b < bonds.Count; b++)
        {
            if (!inRing[b]) continue;
            foreach (int[] path in ShortestPaths(molecule, bonds[b].A, bonds[b].B))
            {
                int[] around = [.. path.Select((atom, k) => numbers[(atom, path[(k + 1) % path.Length])]).Order()];
                found.TryAdd(string.Join(' ', around), new Ring(path, around));
            }
        }
        return [.. found.Values];
    }

    /// <summary>All shortest ways from one atom to another but along their own bond.</summary>
    private static List<int[]> ShortestPaths(Molecule molecule, int from, int to)
    {
        int[] distance = [.. Enumerable.Repeat(-1, molecule.Atoms.Count)];
        distance[to] = 0;
        var open = new Queue<int>([to]);
        while (open.TryDequeue(out int at) && distance[from] < 0)
            foreach (var (next, _) in molecule.Neighbours(at))
                if (distance[next] < 0 && (at, next) != (to, from))
                {
                    distance[next] = distance[at] + 1;
                    open.Enqueue(next);
                }
        var paths = new List<int[]>();
        Walk([from]);
        return paths;

        void Walk(List<int> path)
        {
            if (path[^1] == to) paths.Add([.. path]);
            else
                foreach (var (next, _) in molecule.Neighbours(path[^1]))
                    if (distance[next] == distance[path[^1]] - 1 && (path[^1], next) != (from, to)) Walk([.. path, next]);
        }
    }
}
