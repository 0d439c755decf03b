namespace Lectern.KnowledgeGraphs;

/// <summary>
/// What rules are learnt from: facts to walk on, and other facts to explain. The relation of a fact to explain is the
/// number of its target.
/// </summary>
/// <param name="EntityCount">n.</param>
/// <param name="Relations">Names of the relations of the background.</param>
/// <param name="Background">The facts that rules walk on.</param>
/// <param name="Numbers">Numbers about entities.</param>
/// <param name="Targets">Names of what is to be explained.</param>
/// <param name="Facts">All facts of the targets.</param>
/// <param name="Train">Those to learn from.</param>
/// <param name="Test">Those to report on.</param>
/// <param name="Written">The rule that each target was made by, as one reads it; null where nobody knows.</param>
public sealed record RuleProblem(int EntityCount, IReadOnlyList<string> Relations, IReadOnlyList<Triple> Background,
    IReadOnlyList<NumericFact> Numbers, IReadOnlyList<string> Targets, IReadOnlyList<Triple> Facts,
    IReadOnlyList<Triple> Train, IReadOnlyList<Triple> Test, IReadOnlyList<string?> Written)
{
    /// <summary>
    /// A made-up company. Everybody has up to four friends, perhaps themselves, an age and a salary, and the first 40 have a boss; a tenth of the
    /// ages is not known. Three targets follow from numbers, and one, as a control, from relations alone.
    /// </summary>
    /// <param name="people">n, from 50.</param>
    /// <param name="seed">Which of the many companies.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer than 50 people.</exception>
    public static RuleProblem Company(int people, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(people, 50);
        var random = new Random(seed);
        double[] age = [.. Enumerable.Range(0, people).Select(_ => random.NextDouble() < 0.1 ? double.NaN : random.Next(18, 80))];
        double[] salary = [.. Enumerable.Range(0, people).Select(_ => Math.Round(Math.Exp(10 + random.NextDouble())))];
        const int friend = 0, boss = 1, led = 40;
        var background = new HashSet<Triple>();
        for (int i = 0; i < people; i++)
        {
            for (int k = 0; k < 4; k++) background.Add(new Triple(i, friend, random.Next(people)));
            if (i < led) background.Add(new Triple(i, boss, random.Next(people)));
        }
        double rich = salary.Order().ElementAt(people * 6 / 10);
        var of = background.ToLookup(t => (t.Head, t.Relation), t => t.Tail);
        var facts = new List<Triple>();
        for (int x = 0; x < people; x++)
        {
            facts.AddRange(of[(x, friend)].Where(y => age[x] < age[y]).Select(y => new Triple(x, 0, y)));
            facts.AddRange(of[(x, friend)].Where(y => salary[y] >= rich).Select(y => new Triple(x, 1, y)));
            facts.AddRange(of[(x, boss)].SelectMany(z => Enumerable.Range(0, people).Where(y => salary[z] < salary[y]))
                .Select(y => new Triple(x, 2, y)));
            facts.AddRange(of[(x, friend)].SelectMany(z => of[(z, friend)]).Distinct().Select(y => new Triple(x, 3, y)));
        }
        return Split(people, ["friend", "boss"], [.. background],
            [
                .. from i in Enumerable.Range(0, people) where !double.IsNaN(age[i]) select new NumericFact(i, "age", age[i]),
                .. from i in Enumerable.Range(0, people) select new NumericFact(i, "salary", salary[i]),
            ],
            ["looksUpTo", "borrowsFrom", "isOverBossOf", "friendOfFriend"], facts,
            [
                "looksUpTo(X, Y) ← friend(X, Y) ∧ age(X) < age(Y)",
                FormattableString.Invariant($"borrowsFrom(X, Y) ← friend(X, Y) ∧ salary(Y) ≥ {rich}"),
                "isOverBossOf(X, Y) ← boss(X, Z) ∧ salary(Z) < salary(Y)",
                "friendOfFriend(X, Y) ← friend(X, Z) ∧ friend(Z, Y)",
            ], random);
    }

    /// <summary>
    /// The countries, with targets that follow from their areas and borders, and a control that follows from
    /// borders alone.
    /// </summary>
    /// <param name="seed">Of what is held out.</param>
    public static RuleProblem Neighbours(int seed)
    {
        var graph = Countries.Graph();
        int neighbor = graph.Relation("neighbor");
        var borders = graph.Triples.Where(t => t.Relation == neighbor).ToLookup(t => t.Head, t => t.Tail);
        double[] Of(string attribute)
        {
            double[] values = [.. graph.Entities.Select(_ => double.NaN)];
            foreach (var fact in graph.Numbers.Where(f => f.Attribute == attribute)) values[fact.Entity] = fact.Value;
            return values;
        }
        double[] area = Of("area");
        var facts = new List<Triple>();
        foreach (var around in borders)
        {
            int x = around.Key;
            facts.AddRange(around.Where(y => area[x] < area[y]).Select(y => new Triple(x, 0, y)));
            facts.AddRange(around.Where(y => Math.Log10(area[y]) >= 5.7).Select(y => new Triple(x, 1, y)));
            facts.AddRange(around.SelectMany(z => borders[z]).Distinct().Select(y => new Triple(x, 2, y)));
        }
        // Areas range over eight powers of ten: their logarithms are what a threshold can be learnt on.
        var numbers = graph.Numbers.Select(number => number.Attribute == "area"
            ? new NumericFact(number.Entity, "logArea", Math.Log10(number.Value)) : number);
        return Split(graph.Entities.Count, graph.Relations, graph.Triples, [.. numbers],
            ["largerNeighbour", "vastNeighbour", "twoBordersAway"], facts,
            [
                "largerNeighbour(X, Y) ← neighbor(X, Y) ∧ logArea(X) < logArea(Y)",
                "vastNeighbour(X, Y) ← neighbor(X, Y) ∧ logArea(Y) ≥ 5.7",
                "twoBordersAway(X, Y) ← neighbor(X, Z) ∧ neighbor(Z, Y)",
            ], new Random(seed));
    }

    /// <summary>One relation of a graph explained by the others and by half of its own facts.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="relation">The relation.</param>
    /// <param name="seed">Of which half, and of what is held out.</param>
    public static RuleProblem Of(KnowledgeGraph graph, string relation, int seed)
    {
        ArgumentNullException.ThrowIfNull(graph);
        int r = graph.Relation(relation);
        var random = new Random(seed);
        var own = graph.Triples.Where(t => t.Relation == r).ToArray();
        random.Shuffle(own);
        return Split(graph.Entities.Count, graph.Relations,
            [.. graph.Triples.Where(t => t.Relation != r), .. own[(own.Length / 2)..]], graph.Numbers, [relation],
            [.. own[..(own.Length / 2)].Select(t => t with { Relation = 0 })], [null], random);
    }

    /// <summary>Of each target at most 600 facts to learn from and 150 to report on, a fifth where there are fewer.</summary>
    private static RuleProblem Split(int entityCount, IReadOnlyList<string> relations, IReadOnlyList<Triple> background,
        IReadOnlyList<NumericFact> numbers, IReadOnlyList<string> targets, List<Triple> facts,
        IReadOnlyList<string?> written, Random random)
    {
        var (train, test) = (new List<Triple>(), new List<Triple>());
        foreach (var own in facts.GroupBy(fact => fact.Relation))
        {
            var shuffled = own.ToArray();
            random.Shuffle(shuffled);
            var some = shuffled.AsSpan(0, Math.Min(750, shuffled.Length));
            int held = some.Length / 5;
            test.AddRange(some[..held]);
            train.AddRange(some[held..]);
        }
        return new RuleProblem(entityCount, relations, background, numbers, targets, facts, train, test, written);
    }
}
