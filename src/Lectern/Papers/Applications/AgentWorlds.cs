// The worlds of MultiAgentGames.cs: battle, jungle and routing, by the rules of the paper's section 5 and the released code
// as our fact sheet gives them. Plain arrays; one step costs O(N · window) or O(N²).
using Lectern.Charts;
using Lectern.Training;

namespace Lectern.Papers.Applications;

/// <summary>A world in which N agents see, act and are rewarded at the same time, step by step.</summary>
public abstract class AgentWorld
{
    private readonly SortedDictionary<string, double> counts = new(StringComparer.Ordinal);

    private protected SplitMix Random;

    private protected AgentWorld(int agents, int features, int actions, int neighbours)
    {
        if (agents < 2 || neighbours < 0)
            throw new ArgumentException($"A world takes at least 2 agents and no fewer than 0 neighbours; given were {agents} and {neighbours}.", nameof(agents));
        (Agents, Features, Actions, Neighbours) = (agents, features, actions, neighbours);
    }

    /// <summary>N.</summary>
    public int Agents { get; }

    /// <summary>F, numbers that an agent observes.</summary>
    public int Features { get; }

    /// <summary>Choices of an agent.</summary>
    public int Actions { get; }

    /// <summary>At most so many others are an agent's neighbours: the nearest.</summary>
    public int Neighbours { get; }

    /// <summary>What happened since the reset, by name.</summary>
    public IReadOnlyDictionary<string, double> Counts => counts;

    /// <summary>Starts an episode.</summary>
    /// <param name="seed">Of everything random in it.</param>
    public void Reset(int seed)
    {
        Random = new SplitMix(seed, 0);
        counts.Clear();
        Begin();
    }

    /// <summary>What each agent sees: [N, F], written row by row.</summary>
    public abstract void Observe(Span<float> observations);

    /// <summary>C: whether j is i or one of its nearest neighbours, [N, N] row by row; of two as near, the lower number.</summary>
    public void Adjacency(Span<bool> adjacency)
    {
        adjacency.Clear();
        for (int i = 0; i < Agents; i++)
        {
            var row = adjacency.Slice(i * Agents, Agents);
            row[i] = true;                                                  // B_+i
            for (int k = 0; k < Neighbours; k++)
            {
                (int best, double near) = (-1, double.PositiveInfinity);
                for (int j = 0; j < Agents; j++)
                    if (!row[j] && Distance(i, j) is var d && d < near) (best, near) = (j, d);
                if (best < 0) break;
                row[best] = true;
            }
        }
    }

    /// <summary>All agents act.</summary>
    /// <param name="actions">[N], each from 0 to Actions - 1.</param>
    /// <param name="rewards">[N], written.</param>
    /// <param name="ended">[N], written: who has been replaced, so that what it sees next is another's life.</param>
    /// <exception cref="ArgumentException">Actions, rewards or marks are not as many as agents.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such action.</exception>
    public void Step(ReadOnlySpan<int> actions, Span<float> rewards, Span<bool> ended)
    {
        if (actions.Length != Agents || rewards.Length != Agents || ended.Length != Agents)
            throw new ArgumentException($"{Agents} agents take {Agents} actions, rewards and marks; given were {actions.Length}, {rewards.Length} and {ended.Length}.", nameof(actions));
        foreach (int action in actions)
            if ((uint)action >= (uint)Actions)
                throw new ArgumentOutOfRangeException(nameof(actions), $"An action is 0 to {Actions - 1}; given was {action}.");
        rewards.Clear();
        ended.Clear();
        Advance(actions, rewards, ended);
    }

    /// <summary>The moment as a picture; all pictures of an episode have the same traces, for <see cref="Chart.Animate"/>.</summary>
    public abstract Figure Draw();

    private protected abstract void Begin();

    private protected abstract void Advance(ReadOnlySpan<int> actions, Span<float> rewards, Span<bool> ended);

    /// <summary>How far j is from i; infinite where it cannot be a neighbour.</summary>
    private protected abstract double Distance(int i, int j);

    private protected void Count(string what, double times = 1) => counts[what] = counts.GetValueOrDefault(what) + times;
}

/// <summary>A square map with at most one unit a cell: agents 0 to N - 1, then the others.</summary>
/// <remarks>Actions: 0–3 move, 4–7 attack up, right, down, left; 8 stays. All attacks fall before anyone moves; then units
/// move in order of their numbers, and who finds the cell taken stays. A cell outside the map is empty, and cannot be entered.</remarks>
public abstract class GridWorld : AgentWorld
{
    /// <summary>The action that does nothing.</summary>
    public const int Stay = 8;

    private static readonly (int X, int Y)[] Ways = [(0, -1), (1, 0), (0, 1), (-1, 0)];

    private readonly int size, view;
    private readonly int[] occupant;                                        // unit + 1 a cell, 0 where it is empty
    private readonly (int X, int Y)[] places;
    private readonly List<(int Unit, int Way)> attacks = [];

    private protected GridWorld(int agents, int others, int size, int view, int neighbours)
        : base(agents, (2 * view + 1) * (2 * view + 1) + 2, 9, neighbours)
    {
        if (others < 1 || view < 1 || size * size < 2 * (agents + others))
            throw new ArgumentException($"A map of {size}×{size} for {agents} agents and {others} others, seen {view} cells far: it takes at least one other, a view of 1 and two cells a unit.", nameof(size));
        (this.size, this.view) = (size, view);
        (occupant, places) = (new int[size * size], new (int, int)[agents + others]);
    }

    /// <summary>Agents and others.</summary>
    public int Units => places.Length;

    /// <summary>Where each unit is: column and row, from 0.</summary>
    public IReadOnlyList<(int X, int Y)> Places => places;

    /// <summary>Puts all units where they are to be.</summary>
    /// <param name="cells">Column and row of each unit, agents first; no two alike.</param>
    /// <exception cref="ArgumentException">Cells are not as many as units, two are alike, or one is off the map.</exception>
    public void Arrange(params IReadOnlyList<(int X, int Y)> cells)
    {
        if (cells.Count != Units || cells.Distinct().Count() != Units || !cells.All(c => Inside(c.X, c.Y)))
            throw new ArgumentException($"{Units} units take {Units} different cells from (0, 0) to ({size - 1}, {size - 1}); given were {string.Join(", ", cells)}.", nameof(cells));
        Array.Clear(occupant);
        for (int u = 0; u < Units; u++) Put(u, cells[u].X, cells[u].Y);
    }

    /// <inheritdoc/>
    public override void Observe(Span<float> observations) => Observe(observations, 0, Agents);

    /// <inheritdoc/>
    public override Figure Draw()
    {
        // Cells are counted from the top, as in the arrays.
        Figure Team(int from, int to, string name, int colour) => Chart.Point(
            places[from..to].Select(p => (double)p.X), places[from..to].Select(p => (double)(size - 1 - p.Y)), Name: name,
            MarkerColor: Theme.Colour(colour), MarkerSize: 240.0 / size, MarkerSymbol: from == 0 ? StyleParam.MarkerSymbol.Circle : StyleParam.MarkerSymbol.Square);
        double[] Ends(Func<(int X, int Y), (int X, int Y), double> from) => [.. attacks.SelectMany(a => new[]
        {
            from(places[a.Unit], (0, 0)), from(places[a.Unit], Ways[a.Way]), double.NaN,
        })];
        return Chart.Combine(Team(0, Agents, "agents", 0), Team(Agents, Units, Others, 1),
            Chart.Line(Ends((p, w) => p.X + 0.8 * w.X), Ends((p, w) => size - 1 - p.Y - 0.8 * w.Y), Name: "attacks", LineColor: "#D62728", LineWidth: 4))
            .WithXAxisStyle(MinMax: (-0.7, size - 0.3), ShowGrid: false, Visible: false)
            .WithYAxisStyle(MinMax: (-0.7, size - 0.3), ShowGrid: false, Visible: false)
            .WithLayout("yaxis.scaleanchor", "x").WithLegend(true);
    }

    private protected abstract string Others { get; }

    private protected override void Begin()
    {
        Array.Clear(occupant);
        attacks.Clear();
        for (int u = 0; u < Units; u++) PutAnywhere(u);
    }

    private protected override double Distance(int i, int j) =>
        (places[i].X - places[j].X) * (places[i].X - places[j].X) + (places[i].Y - places[j].Y) * (places[i].Y - places[j].Y);

    /// <summary>The window around each unit of a team (own +1, others -1) and its place on the map, from 0 to 1.</summary>
    private protected void Observe(Span<float> observations, int from, int to)
    {
        int side = 2 * view + 1;
        for (int u = from; u < to; u++)
        {
            var row = observations.Slice((u - from) * Features, Features);
            var (cx, cy) = places[u];
            for (int dy = -view, at = 0; dy <= view; dy++)
                for (int dx = -view; dx <= view; dx++, at++)
                {
                    int who = Inside(cx + dx, cy + dy) ? occupant[(cy + dy) * size + cx + dx] : 0;
                    row[at] = who == 0 ? 0 : who <= Agents == u < Agents ? 1 : -1;
                }
            (row[side * side], row[side * side + 1]) = (cx / (size - 1f), cy / (size - 1f));
        }
    }

    private protected void PutAnywhere(int unit)
    {
        int cell;
        do cell = Random.Next(occupant.Length); while (occupant[cell] > 0);
        Put(unit, cell % size, cell / size);
    }

    private protected void Lift(int unit) => occupant[places[unit].Y * size + places[unit].X] = 0;

    private protected void BeginStep() => attacks.Clear();

    /// <summary>Whom an attack meets: the first unit within reach, or -1.</summary>
    private protected int Attack(int unit, int way, int reach)
    {
        attacks.Add((unit, way));
        var (x, y) = places[unit];
        for (int far = 1; far <= reach; far++)
        {
            (x, y) = (x + Ways[way].X, y + Ways[way].Y);
            if (Inside(x, y) && occupant[y * size + x] is var who && who > 0) return who - 1;
        }
        return -1;
    }

    private protected void Move(int unit, int way)
    {
        var (x, y) = (places[unit].X + Ways[way].X, places[unit].Y + Ways[way].Y);
        if (!Inside(x, y) || occupant[y * size + x] > 0) return;
        Lift(unit);
        Put(unit, x, y);
    }

    private bool Inside(int x, int y) => (uint)x < (uint)size && (uint)y < (uint)size;

    private void Put(int unit, int x, int y) => (places[unit], occupant[y * size + x]) = ((x, y), unit + 1);
}

/// <summary>The jungle: food that never ends feeds all, and an attack on one another pays the attacker more.</summary>
/// <remarks>+1 attack food, +2 attack an agent, -4 being attacked, -0.01 attack an empty cell: an attack between agents costs them 2 together.</remarks>
public sealed class Jungle : GridWorld
{
    /// <summary>The paper's sizes where none are given; episodes last 120 steps there.</summary>
    public Jungle(int agents = 20, int food = 12, int size = 30, int view = 5, int neighbours = 3) : base(agents, food, size, view, neighbours)
    {
    }

    private protected override string Others => "food";

    private protected override void Advance(ReadOnlySpan<int> actions, Span<float> rewards, Span<bool> ended)
    {
        BeginStep();
        for (int u = 0; u < Agents; u++)
        {
            if (actions[u] is < 4 or Stay) continue;
            int met = Attack(u, actions[u] - 4, reach: 1);
            rewards[u] += met < 0 ? -0.01f : met < Agents ? 2 : 1;
            Count(met < 0 ? "empty attacks" : met < Agents ? "attacks on agents" : "food");
            if (met >= 0 && met < Agents) rewards[met] -= 4;
        }
        for (int u = 0; u < Agents; u++)
            if (actions[u] < 4) Move(u, actions[u]);
    }
}

/// <summary>What the units of one side of a battle are.</summary>
/// <param name="Count">How many; the dead are replaced.</param>
/// <param name="Health">Points at first and at most.</param>
/// <param name="Speed">Cells a move.</param>
/// <param name="Reach">Cells an attack; the paper says of the enemy's only that it is longer.</param>
/// <param name="Regain">Points a step.</param>
public sealed record BattleSide(int Count, double Health, int Speed, int Reach, double Regain);

/// <summary>The battle: many agents against fewer enemies, each of them stronger.</summary>
/// <remarks>+5 attack an enemy, -2 being killed, -0.01 attack an empty cell (or one's own); an attack takes 2 points.</remarks>
public sealed class Battle : GridWorld
{
    private const double Damage = 2;

    private readonly BattleSide ours, theirs;
    private readonly Func<float[], int[]> enemy;
    private readonly double[] health, hurt;
    private readonly int[] all;
    private readonly float[] seen;

    /// <summary>A battle against a policy.</summary>
    /// <param name="enemy">What the enemies do: observations [M, F] of their side to M actions. <see cref="Chase"/>, or a network.</param>
    /// <param name="ours">Learner's side; the paper's where none is given. Swapped with the other, an enemy can be trained.</param>
    /// <param name="theirs">The enemy's side.</param>
    /// <param name="size">Side of the map; episodes last 300 steps in the paper.</param>
    /// <param name="view">Cells seen to each side.</param>
    /// <param name="neighbours">Nearest agents that are neighbours.</param>
    /// <exception cref="ArgumentException">A side or one of its numbers, the map, the view or the neighbours are too small.</exception>
    public Battle(Func<float[], int[]> enemy, BattleSide? ours = null, BattleSide? theirs = null, int size = 30, int view = 5, int neighbours = 3)
        : base((ours ?? Agent).Count, (theirs ?? Enemy).Count, size, view, neighbours)
    {
        ArgumentNullException.ThrowIfNull(enemy);
        (this.enemy, this.ours, this.theirs) = (enemy, ours ?? Agent, theirs ?? Enemy);
        if (new[] { this.ours, this.theirs }.Any(s => s.Health <= 0 || s.Speed < 1 || s.Reach < 1 || s.Regain < 0))
            throw new ArgumentException($"Health, speed and reach must be above 0, and nobody regains less than 0; given were {this.ours} and {this.theirs}.", nameof(ours));
        (health, hurt, all, seen) = (new double[Units], new double[Units], new int[Units], new float[this.theirs.Count * Features]);
    }

    /// <summary>The paper's agents.</summary>
    public static BattleSide Agent { get; } = new(20, 12, 1, 1, 0.4);

    /// <summary>The paper's enemies; the reach of 2 is our choice.</summary>
    public static BattleSide Enemy { get; } = new(12, 8, 2, 2, 0);

    /// <summary>Points of each unit.</summary>
    public IReadOnlyList<double> Health => health;

    /// <summary>A rule to train a first enemy against: attack what stands in line next to it, else go towards the nearest foe in view.</summary>
    /// <param name="observations">[M, F] of the side that chases.</param>
    /// <param name="view">Cells seen to each side.</param>
    public static int[] Chase(float[] observations, int view)
    {
        int side = 2 * view + 1, features = side * side + 2;
        return [.. Enumerable.Range(0, observations.Length / features).Select(u =>
        {
            var (near, x, y) = (int.MaxValue, 0, 0);
            for (int cell = 0; cell < side * side; cell++)
            {
                var (dx, dy) = (cell % side - view, cell / side - view);
                if (observations[u * features + cell] < 0 && Math.Abs(dx) + Math.Abs(dy) < near) (near, x, y) = (Math.Abs(dx) + Math.Abs(dy), dx, dy);
            }
            if (near == int.MaxValue) return Stay;
            int way = Math.Abs(x) > Math.Abs(y) ? x > 0 ? 1 : 3 : y > 0 ? 2 : 0;
            return near == 1 ? way + 4 : way;
        })];
    }

    private protected override string Others => "enemies";

    private protected override void Begin()
    {
        base.Begin();
        for (int u = 0; u < Units; u++) health[u] = Side(u).Health;
    }

    private protected override void Advance(ReadOnlySpan<int> actions, Span<float> rewards, Span<bool> ended)
    {
        BeginStep();
        Observe(seen, Agents, Units);
        int[] answers = enemy(seen);
        if (answers.Length != theirs.Count) throw new InvalidOperationException($"The enemy's policy gave {answers.Length} actions for {theirs.Count} enemies.");
        actions.CopyTo(all);
        answers.CopyTo(all, Agents);
        Array.Clear(hurt);
        for (int u = 0; u < Units; u++)
        {
            if (all[u] is < 4 or Stay) continue;
            int met = Attack(u, all[u] - 4, Side(u).Reach);
            bool foe = met >= 0 && met < Agents != u < Agents;
            if (foe) hurt[met] += Damage;
            if (u < Agents) rewards[u] += foe ? 5 : -0.01f;
        }
        for (int u = 0; u < Units; u++)
            for (int cell = 0; all[u] < 4 && cell < Side(u).Speed; cell++) Move(u, all[u]);
        for (int u = 0; u < Units; u++)
        {
            health[u] = Math.Min(Side(u).Health, health[u] + Side(u).Regain) - hurt[u];
            if (health[u] > 0) continue;
            Count(u < Agents ? "deaths" : "kills");
            if (u < Agents) (rewards[u], ended[u]) = (rewards[u] - 2, true);
            Lift(u);                                                        // another one comes somewhere else
            PutAnywhere(u);
            health[u] = Side(u).Health;
        }
    }

    private BattleSide Side(int unit) => unit < Agents ? ours : theirs;
}
