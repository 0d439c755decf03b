// Packet routing, the third world of MultiAgentGames.cs.
using Lectern.Charts;
using Lectern.Training;

namespace Lectern.Papers.Applications;

/// <summary>Packets that each choose their way through one network of routers, whose links have room for a size of 1.</summary>
/// <remarks>
/// Actions: 0–2 take that link, 3 waits; a packet on a link only travels on. -0.2 where the link lacks room, +10 at the target,
/// where a new packet takes its number. Packets choose in order of their numbers. A packet arrives, and its link has room again,
/// when its travel time is over (the released code credits it on entering the last link).
/// Differs: routers are observed one-hot and by their coordinates, not by number, which a network would have to take apart first;
/// so F = 2 R + 14 + 5 seen, where the released code has 35.
/// </remarks>
public sealed class Routing : AgentWorld
{
    private const int Links = 3;

    private readonly int routers;
    private readonly (double X, double Y)[] positions;
    private readonly List<(int A, int B, int Steps)> links = [];
    private readonly int[][] linksOf;                                       // of each router
    private readonly int[,] steps, first;                                   // Floyd: of the shortest path, and its first link's place
    private readonly double[] load;
    private readonly Packet[] packets;

    private record struct Packet(int At, int Target, double Size, int Link, int Left, int Age);

    /// <summary>A network and its packets.</summary>
    /// <param name="packets">N; the paper has 20.</param>
    /// <param name="routers">R, an even number; the paper has 20.</param>
    /// <param name="neighbours">Nearest packets, at the same or an adjacent router, that are neighbours.</param>
    /// <param name="network">Seed of the routers' places, the same in all episodes.</param>
    /// <param name="stepsALength">Steps along a side of the unit square; a link takes its share, rounded up.</param>
    /// <param name="seen">Packets at the same or an adjacent router that an agent observes by itself; with 0 it knows of others by messages alone.</param>
    /// <exception cref="ArgumentException">Routers are odd or fewer than 4, or another number is too small.</exception>
    public Routing(int packets = 20, int routers = 20, int neighbours = 3, int network = 1, double stepsALength = 5, int seen = 3)
        : base(packets, 2 * routers + 14 + 5 * seen, Links + 1, neighbours)
    {
        if (routers < 4 || routers % 2 > 0 || !(stepsALength > 0) || seen < 0)
            throw new ArgumentException($"With three links each there must be an even number of at least 4 routers, steps above 0, and no fewer than 0 packets seen; given were {routers}, {stepsALength} and {seen}.", nameof(routers));
        this.routers = routers;
        (positions, linksOf) = (new (double, double)[routers], new int[routers][]);
        // The nearest with fewer than three, one router after another; drawn again until all have three and every one is reached.
        var random = new SplitMix(network, 1);
        do
        {
            for (int r = 0; r < routers; r++) positions[r] = (random.NextDouble(), random.NextDouble());
            Connect(stepsALength);
            (steps, first) = Floyd();
        }
        while (linksOf.Any(l => l.Length < Links) || steps.Cast<int>().Any(s => s > 1_000_000));
        (load, this.packets) = (new double[links.Count], new Packet[packets]);
    }

    /// <summary>Sizes on each link now: never above 1.</summary>
    public IReadOnlyList<double> Load => load;

    /// <summary>Links as pairs of routers and the steps that one takes.</summary>
    public IReadOnlyList<(int A, int B, int Steps)> Network => links;

    /// <summary>Router (the one ahead while it travels), target, size and steps left on its link of a packet.</summary>
    public (int At, int Target, double Size, int Left) this[int packet] => (packets[packet].At, packets[packet].Target, packets[packet].Size, packets[packet].Left);

    /// <summary>Steps of the shortest path with all links free: no packet is faster.</summary>
    public int Shortest(int from, int to) => steps[from, to];

    /// <summary>What Floyd's shortest paths would do: the next link, whether it has room or not.</summary>
    public int[] ShortestPathActions() => [.. packets.Select(p => p.Left > 0 ? Links : first[p.At, p.Target])];

    /// <summary>Puts a packet at a router.</summary>
    /// <exception cref="ArgumentException">No such packet or router, router and target are one, or the size is not between 0 and 1.</exception>
    public void Place(int packet, int router, int target, double size)
    {
        if ((uint)packet >= (uint)Agents || (uint)router >= (uint)routers || (uint)target >= (uint)routers || router == target || !(size is > 0 and < 1))
            throw new ArgumentException($"Packet {packet} of size {size} from {router} to {target}: packets are 0 to {Agents - 1}, routers 0 to {routers - 1} and two different ones, sizes between 0 and 1.", nameof(packet));
        if (packets[packet].Left > 0) load[packets[packet].Link] -= packets[packet].Size;
        packets[packet] = new Packet(router, target, size, -1, 0, 0);
    }

    /// <inheritdoc/>
    public override void Observe(Span<float> observations)
    {
        observations.Clear();
        for (int i = 0; i < Agents; i++)
        {
            var row = observations.Slice(i * Features, Features);
            var p = packets[i];
            (row[p.At], row[routers + p.Target]) = (1, 1);
            (row[2 * routers], row[2 * routers + 1]) = ((float)p.Size, p.Left / 5f);
            for (int k = 0, at = 2 * routers + 2; k < Links; k++)           // its links: end, steps and load
            {
                int link = linksOf[p.At][k];
                var end = positions[Across(link, p.At)];
                row[at++] = (float)end.X;
                row[at++] = (float)end.Y;
                row[at++] = links[link].Steps / 5f;
                row[at++] = (float)load[link];
            }
            int other = 2 * routers + 14;                                   // packets at the same or adjacent routers
            for (int hop = 0; hop < 2; hop++)
                for (int j = 0; j < Agents && other < Features; j++)
                {
                    if (j == i || Distance(i, j) != hop) continue;
                    var (q, there, target) = (packets[j], positions[packets[j].At], positions[packets[j].Target]);
                    row[other++] = (float)there.X;
                    row[other++] = (float)there.Y;
                    row[other++] = (float)target.X;
                    row[other++] = (float)target.Y;
                    row[other++] = (float)q.Size;
                }
        }
    }

    /// <inheritdoc/>
    public override Figure Draw()
    {
        (double X, double Y) Where(Packet p)
        {
            if (p.Left == 0) return positions[p.At];
            var (a, b) = (positions[p.At], positions[Across(p.Link, p.At)]);
            double back = (double)p.Left / links[p.Link].Steps;
            return (a.X + back * (b.X - a.X), a.Y + back * (b.Y - a.Y));
        }
        // Packets at one router lie around it, or they would hide each other.
        var at = packets.Select((p, i) => (Place: Where(p), Turn: 2.4 * i)).Select(p => (X: p.Place.X + 0.02 * Math.Cos(p.Turn), Y: p.Place.Y + 0.02 * Math.Sin(p.Turn))).ToList();
        return Chart.Combine(
            Chart.Graph(positions, links.Select(l => (l.A, l.B)), NodeSize: 12),
            Chart.Point(at.Select(p => p.X), at.Select(p => p.Y), Name: "packets", MultiMarkerColor: packets.Select(p => (double)steps[p.At, p.Target]),
                MarkerColorScale: Colorscale.Viridis, ColorTitle: "steps to go", MarkerSize: 10)).WithLegend(false);
    }

    private protected override void Begin()
    {
        Array.Clear(load);
        for (int i = 0; i < Agents; i++) packets[i] = Fresh();
    }

    private protected override double Distance(int i, int j)
    {
        int a = packets[i].At, b = packets[j].At;
        return a == b ? 0 : linksOf[a].Any(l => Across(l, a) == b) ? 1 : double.PositiveInfinity;
    }

    private protected override void Advance(ReadOnlySpan<int> actions, Span<float> rewards, Span<bool> ended)
    {
        for (int i = 0; i < Agents; i++)
        {
            ref var p = ref packets[i];
            p.Age++;
            if (p.Left > 0 || actions[i] == Links) continue;
            int link = linksOf[p.At][actions[i]];
            if (load[link] + p.Size > 1)
            {
                rewards[i] -= 0.2f;
                Count("refused");
                continue;
            }
            load[link] += p.Size;
            (p.At, p.Link, p.Left) = (Across(link, p.At), link, links[link].Steps);
        }
        for (int i = 0; i < Agents; i++)
        {
            ref var p = ref packets[i];
            if (p.Left == 0 || --p.Left > 0) continue;
            load[p.Link] = Math.Max(0, load[p.Link] - p.Size);              // no -1e-17 of rounding
            if (p.At != p.Target) continue;
            (rewards[i], ended[i]) = (rewards[i] + 10, true);
            Count("arrived");
            Count("delay", p.Age);
            p = Fresh();
        }
    }

    private Packet Fresh()
    {
        int from = Random.Next(routers), to = (from + 1 + Random.Next(routers - 1)) % routers;
        return new Packet(from, to, Math.Max(1e-3, Random.NextDouble()), -1, 0, 0);
    }

    private int Across(int link, int router) => links[link].A == router ? links[link].B : links[link].A;

    private void Connect(double stepsALength)
    {
        links.Clear();
        double Length(int a, int b) => Math.Sqrt(Math.Pow(positions[a].X - positions[b].X, 2) + Math.Pow(positions[a].Y - positions[b].Y, 2));
        int Degree(int r) => links.Count(l => l.A == r || l.B == r);
        for (int r = 0; r < routers; r++)
            foreach (int to in Enumerable.Range(0, routers).Where(o => o != r).OrderBy(o => Length(r, o)))
                if (Degree(r) < Links && Degree(to) < Links && !links.Any(l => (l.A, l.B) == (to, r) || (l.A, l.B) == (r, to)))
                    links.Add((r, to, Math.Max(1, (int)Math.Ceiling(stepsALength * Length(r, to)))));
        for (int r = 0; r < routers; r++) linksOf[r] = [.. Enumerable.Range(0, links.Count).Where(l => links[l].A == r || links[l].B == r)];
    }

    private (int[,] Steps, int[,] First) Floyd()
    {
        var (far, way) = (new int[routers, routers], new int[routers, routers]);
        for (int a = 0; a < routers; a++)
        {
            for (int b = 0; b < routers; b++) far[a, b] = a == b ? 0 : 100_000_000;
            for (int k = 0; k < linksOf[a].Length; k++) (far[a, Across(linksOf[a][k], a)], way[a, Across(linksOf[a][k], a)]) = (links[linksOf[a][k]].Steps, k);
        }
        for (int m = 0; m < routers; m++)
            for (int a = 0; a < routers; a++)
                for (int b = 0; b < routers; b++)
                    if (far[a, m] + far[m, b] < far[a, b]) (far[a, b], way[a, b]) = (far[a, m] + far[m, b], way[a, m]);
        return (far, way);
    }
}
