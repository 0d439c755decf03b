using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

/// <summary>Walks: the steps' probabilities, the passes, and that nothing but edges is walked.</summary>
public sealed class RandomWalksTests
{
    /// <summary>Five nodes: the triangle 0, 1, 2 with 3 on 1 and 2's tail 4; weights on some edges.</summary>
    private static Graph Five() => Graph.FromEdges(5, [0, 0, 1, 1, 2], [1, 2, 2, 3, 4], [1, 2, 3, 4, 5], undirected: true);

    private static Graph Weightless() => Five().WithWeights(null);

    [Fact]
    public void By_hand_a_step_of_node2vec_has_the_papers_probabilities()
    {
        // At 1, coming from 0, p = 1/4 and q = 2: back to 0 is 1·4, to 2 (a neighbour of 0) 3·1, to 3 (none) 4·1/2; together 9.
        var walks = new RandomWalks(Five(), new WalkSettings(Return: 0.25, InOut: 2), 1);
        Assert.Equal([(0, 4 / 9.0), (2, 3 / 9.0), (3, 2 / 9.0)], walks.Transitions(0, 1));
        // Without weights: 4, 1 and 1/2 of 5.5. At the beginning: all alike.
        var plain = new RandomWalks(Weightless(), new WalkSettings(Return: 0.25, InOut: 2), 1);
        Assert.Equal([(0, 8 / 11.0), (2, 2 / 11.0), (3, 1 / 11.0)], plain.Transitions(0, 1));
        Assert.Equal([(0, 1 / 3.0), (2, 1 / 3.0), (3, 1 / 3.0)], plain.Transitions(-1, 1));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(0.25, 4)]
    [InlineData(4, 0.25)]
    [InlineData(1e5, 1e-4)]
    public void Walks_step_as_often_as_the_probabilities_say(double p, double q)
    {
        foreach (var graph in (Graph[])[Five(), Weightless()])
        {
            var walks = new RandomWalks(graph, new WalkSettings(PerNode: 4000, Length: 12, Return: p, InOut: q), 3);
            var seen = new Dictionary<(int, int, int), int>();
            for (long number = 0; number < walks.Count; number++)
            {
                int[] walk = walks.Walk(number);
                for (int i = 0; i + 1 < walk.Length; i++)
                {
                    var step = (i == 0 ? -1 : walk[i - 1], walk[i], walk[i + 1]);
                    seen[step] = seen.GetValueOrDefault(step) + 1;
                }
            }
            foreach (var group in seen.GroupBy(s => (s.Key.Item1, s.Key.Item2)))
            {
                double all = group.Sum(s => s.Value);
                foreach (var (node, probability) in walks.Transitions(group.Key.Item1, group.Key.Item2))
                {
                    double deviation = Math.Sqrt(probability * (1 - probability) / all);
                    double share = seen.GetValueOrDefault((group.Key.Item1, group.Key.Item2, node)) / all;
                    Assert.True(Math.Abs(share - probability) <= 5 * deviation + 1 / all, $"{group.Key} → {node}: {share}, expected {probability}.");
                }
            }
        }
    }

    [Fact]
    public void With_p_and_q_of_one_steps_do_not_look_back_and_walks_are_DeepWalks()
    {
        var walks = new RandomWalks(Five(), new WalkSettings(), 1);
        foreach (int previous in (int[])[0, 2, 3]) Assert.Equal(walks.Transitions(-1, 1), walks.Transitions(previous, 1));
    }

    [Fact]
    public void Each_pass_begins_at_each_node_once_and_in_another_order()
    {
        foreach (int n in (int[])[1, 2, 12, 97])
        {
            var walks = new RandomWalks(Generators.ErdosRenyi(n, 0.1, 1), new WalkSettings(PerNode: 3, Length: 5), 2);
            int[][] passes = [.. Enumerable.Range(0, 3).Select(pass =>
                Enumerable.Range(0, n).Select(i => walks.Walk((long)pass * n + i)[0]).ToArray())];
            Assert.All(passes, pass => Assert.Equal(Enumerable.Range(0, n), pass.Order()));
            if (n > 10) Assert.NotEqual(passes[0], passes[1]);
        }
    }

    [Fact]
    public void Walks_follow_edges_from_source_to_target_and_end_where_none_leaves()
    {
        var walks = new RandomWalks(Graph.Directed(4, (0, 1), (1, 2), (3, 2)), new WalkSettings(PerNode: 2, Length: 9), 1);
        for (long number = 0; number < walks.Count; number++)
        {
            int[] walk = walks.Walk(number);
            Assert.Equal(walk[0] switch { 0 => [0, 1, 2], 1 => [1, 2], 2 => [2], _ => [3, 2] }, walk);
        }
        Assert.Empty(walks.Transitions(1, 2));
        // A loop of weight 0 is no way either, alone or beside others.
        var zero = new RandomWalks(Graph.FromEdges(4, [0, 1, 1, 2, 2], [1, 2, 3, 1, 3], [0, 0, 5, 0, 0]), new WalkSettings(Length: 4, InOut: 2), 1);
        for (long number = 0; number < zero.Count; number++)
            Assert.Equal(zero.Walk(number)[0] switch { 0 => [0], 1 => [1, 3], 2 => [2], _ => [3] }, zero.Walk(number));
    }

    [Fact]
    public void A_walk_is_the_same_each_time_and_another_seed_gives_others()
    {
        var graph = Generators.ErdosRenyi(50, 0.2, 1);
        RandomWalks Make(int seed) => new(graph, new WalkSettings(PerNode: 2, Length: 30, Return: 0.5, InOut: 2), seed);
        int[][] All(RandomWalks walks) => [.. Enumerable.Range(0, 100).Select(i => walks.Walk(i))];
        Assert.Equal(All(Make(1)), All(Make(1)));
        Assert.NotEqual(All(Make(1)), All(Make(2)));
        // Backwards and on other threads too.
        var walks = Make(1);
        var parallel = new int[100][];
        Parallel.For(0, 100, i => parallel[99 - i] = walks.Walk(99 - i));
        Assert.Equal(All(Make(1)), parallel);
        Assert.Equal(100 * 30, walks.Visits().Sum());
        Assert.Equal(All(walks).SelectMany(w => w).CountBy(n => n).OrderBy(c => c.Key).Select(c => (long)c.Value), walks.Visits());
    }

    [Fact]
    public void A_corpus_takes_no_memory_for_its_walks()
    {
        var graph = Generators.ErdosRenyi(2000, 0.01, 1);
        var walks = new RandomWalks(graph, new WalkSettings(PerNode: 50, Length: 80), 1);
        var room = new int[80];
        walks.Write(0, room);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (long number = 0; number < 20_000; number++) walks.Write(number, room);
        // One object a walk would be 480,000 bytes; the runtime itself may take a few thousand when it compiles the loop anew.
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100_000);
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused_with_the_reason()
    {
        var graph = Weightless();
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomWalks(graph, new WalkSettings(PerNode: 0), 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RandomWalks(graph, new WalkSettings(Length: 0), 1));
        Assert.Contains("above 0", Assert.Throws<ArgumentOutOfRangeException>(() => new RandomWalks(graph, new WalkSettings(Return: 0), 1)).Message);
        Assert.Contains("not negative", Assert.Throws<ArgumentException>(() =>
            new RandomWalks(Graph.FromEdges(2, [0], [1], [-1], undirected: true), new WalkSettings(), 1)).Message);
        var walks = new RandomWalks(graph, new WalkSettings(), 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => walks.Walk(walks.Count));
        Assert.Throws<ArgumentException>(() => walks.Write(0, new int[79]));
    }
}
