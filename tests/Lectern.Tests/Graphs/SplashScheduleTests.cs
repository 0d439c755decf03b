using Lectern.Graphs;

namespace Lectern.Tests.Graphs;

/// <summary>Whom a Gibbs sweep updates, and in which order.</summary>
public sealed class SplashScheduleTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(64)]
    public void A_sweep_updates_every_node_once_and_each_reads_its_own_group_only(int groups)
    {
        var graph = Generators.ErdosRenyi(80, 0.03, seed: 2);                   // with isolated nodes
        var schedule = new SplashSchedule(graph, groups, seed: 1);
        Assert.Equal(Enumerable.Range(0, 80), schedule.Steps.SelectMany(s => s).Order());
        Assert.All(schedule.Inner.Pairs(), p => Assert.Equal(schedule.Group[p.Item1], schedule.Group[p.Item2]));
        Assert.Equal(graph.Pairs().Count(p => schedule.Group[p.Item1] == schedule.Group[p.Item2]), schedule.Inner.Pairs().Count());
        // At most one node of a group in a step, and every group is connected.
        Assert.All(schedule.Steps, s => Assert.Equal(s.Length, s.Select(v => schedule.Group[v]).Distinct().Count()));
        Assert.Equal(schedule.Group.Distinct().Count(), schedule.Inner.Components().Count);
    }

    [Fact]
    public void Roots_of_the_first_groups_are_not_joined()
    {
        var graph = Generators.Grid(6, 6);
        var schedule = new SplashSchedule(graph, 8, seed: 3);
        Assert.Equal(8, schedule.Group.Distinct().Count());
        var roots = Enumerable.Range(0, 8).Select(g => schedule.Steps.Last(s => s.Any(v => schedule.Group[v] == g)).First(v => schedule.Group[v] == g)).ToArray();
        Assert.All(roots, r => Assert.DoesNotContain(roots, other => graph.Neighbours(r).Contains(other)));
    }
}
