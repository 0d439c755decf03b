namespace Lectern.Papers.Applications.Molecules;

/// <summary>Pairs the nodes of a small graph along its edges, each node once: where the double bonds of a Kekulé form stand.</summary>
internal static class PerfectMatching
{
    /// <summary>The first perfect matching in the order of the nodes; null if there is none.</summary>
    /// <remarks>A node with a single free neighbour goes first, which leaves almost nothing to try.</remarks>
    /// <param name="nodes">The nodes to pair; edges to others do not count.</param>
    /// <param name="edges">Pairs that may be matched.</param>
    internal static Dictionary<int, int>? Find(IReadOnlyList<int> nodes, IReadOnlyList<(int A, int B)> edges)
    {
        var near = nodes.ToDictionary(n => n, _ => new List<int>());
        foreach (var (a, b) in edges)
            if (near.TryGetValue(a, out var ofA) && near.TryGetValue(b, out var ofB))
            {
                ofA.Add(b);
                ofB.Add(a);
            }
        foreach (var list in near.Values) list.Sort((a, b) => Place(a).CompareTo(Place(b)));
        var partner = new Dictionary<int, int>();
        return Extend() ? partner : null;

        int Place(int node)
        {
            for (int i = 0; i < nodes.Count; i++)
                if (nodes[i] == node) return i;
            return -1;
        }

        bool Extend()
        {
            int next = -1, fewest = int.MaxValue;
            foreach (int node in nodes)
            {
                if (partner.ContainsKey(node)) continue;
                int free = near[node].Count(n => !partner.ContainsKey(n));
                if (free < fewest) (next, fewest) = (node, free);
                if (free <= 1) break;
            }
            if (next < 0) return true;
            foreach (int other in near[next])
            {
                if (partner.ContainsKey(other)) continue;
                (partner[next], partner[other]) = (other, next);
                if (Extend()) return true;
                partner.Remove(next);
                partner.Remove(other);
            }
            return false;
        }
    }
}
