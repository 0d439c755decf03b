using Lectern.Graphs.Programs;

namespace Lectern.Papers.Applications;

/// <summary>The beams of several programs, side by side.</summary>
internal sealed class HoppitySearch
{
    // Whose it is, log p so far, the state [1, d], the graph now, what was done; the edit being made, and the graph's place in the encoding.
    private sealed record Hypothesis(int Owner, double Score, Tensor State, ProgramGraph Graph, IReadOnlyList<TreeEdit> Done,
        bool Ended = false, TreeEdit? Edit = null, int Place = 0);

    private readonly HoppityModel model;
    private readonly int beam, owners;
    private List<Hypothesis> all;

    internal HoppitySearch(HoppityModel model, int beam, IReadOnlyList<ProgramNode> programs)
    {
        (this.model, this.beam, owners) = (model, beam, programs.Count);
        all = [.. programs.Select((program, i) => new Hypothesis(i, 0, model.Start(1), new ProgramGraph(program), []))];
    }

    /// <summary>One more edit of every hypothesis that has not ended.</summary>
    internal void Edit()
    {
        if (all.TrueForAll(one => one.Ended)) return;
        int place = 0;
        all = [.. all.Select(one => one.Ended ? one : one with { Edit = new TreeEdit(EditOperator.NoOp), Place = place++ })];
        List<Hypothesis> open = [.. all.Where(one => !one.Ended)];
        var encoding = model.Encode([.. open.Select(one => one.Graph)]);
        var before = model.Settings.History ? cat([.. open.Select(one => one.State)], 0) : model.Start(open.Count);
        var s = model.After(HoppityChoice.Graph, encoding.Whole, before);
        all = [.. all.Select(one => one.Ended ? one : one with { State = s.narrow(0, one.Place, 1) })];

        Choose(HoppityChoice.Node, one => !one.Ended, (mine, who) => model.Where(mine, encoding, Programs(who)),
            (edit, _, node) => edit with { Node = node }, (one, node) => HoppityModel.VectorsOf(encoding, [one.Place], [node]));
        Choose(HoppityChoice.Operator, one => !one.Ended, (mine, who) => model.What(mine, encoding, Programs(who), [.. who.Select(one => one.Edit!.Node)]),
            (edit, _, what) => edit with { Operator = (EditOperator)what }, (_, what) => model.VectorsOf(HoppityChoice.Operator, [what]));
        Choose(HoppityChoice.Kind, one => !one.Ended && HoppityModel.HasKind(one.Edit!), (mine, _) => model.Kind(mine),
            (edit, _, kind) => edit with { Kind = model.Vocabulary.Kinds[kind] }, (_, kind) => model.VectorsOf(HoppityChoice.Kind, [kind]));
        int own = 0;
        Choose(HoppityChoice.Value, one => !one.Ended && HoppityModel.HasValue(one.Edit!), (mine, who) =>
            {
                own = Math.Max(1, who.Max(one => one.Graph.Values.Count));
                return model.Value(mine, encoding, Programs(who));
            },
            (edit, graph, value) => edit with { Value = value < own ? graph.Values[value] : model.Vocabulary.Constants[value - own] },
            (one, value) => model.ValueVector(encoding, one.Place, value, own));
        Choose(HoppityChoice.Node, one => !one.Ended && one.Edit!.Operator == EditOperator.Add,
            (mine, who) => model.Sibling(mine, encoding, Programs(who), [.. who.Select(one => one.Edit!.Node)]),
            (edit, _, rank) => edit with { Rank = rank },
            (one, rank) => HoppityModel.VectorsOf(encoding, [one.Place], [HoppityModel.SiblingNode(one.Graph, one.Edit! with { Rank = rank })]));

        all = [.. all.Select(one => one.Ended ? one : one.Edit!.Operator == EditOperator.NoOp ? one with { Ended = true }
            : one with { Graph = new ProgramGraph(one.Edit.Apply(one.Graph.Tree)), Done = [.. one.Done, one.Edit] })];
    }

    /// <summary>What was found, the most likely first.</summary>
    internal IEnumerable<IReadOnlyList<ProgramRepair>> Repairs() => Enumerable.Range(0, owners).Select(owner =>
        (IReadOnlyList<ProgramRepair>)[.. all.Where(one => one.Owner == owner).OrderByDescending(one => one.Score)
            .Select(one => new ProgramRepair(one.Score, one.Done, one.Graph.Tree))]);

    // Every hypothesis that has this choice to make is followed by all its outcomes; each program keeps its best, among them those
    // that had nothing to choose.
    private void Choose(HoppityChoice choice, Func<Hypothesis, bool> has, Func<Tensor, IReadOnlyList<Hypothesis>, Tensor> distribution,
        Func<TreeEdit, ProgramGraph, int, TreeEdit> write, Func<Hypothesis, int, Tensor> vector)
    {
        Hypothesis[] who = [.. all.Where(has)];
        if (who.Length == 0) return;
        var logp = distribution(cat([.. who.Select(one => one.State)], 0), who);
        var (p, outcomes) = (logp.data<float>().ToArray(), (int)logp.shape[1]);
        var next = all.Where(one => !has(one)).Select(one => (From: one, Outcome: -1, one.Score)).ToList();
        for (int i = 0; i < who.Length; i++)
            for (int c = 0; c < outcomes; c++)
                if (!float.IsNegativeInfinity(p[i * outcomes + c])) next.Add((who[i], c, who[i].Score + p[i * outcomes + c]));
        var kept = next.GroupBy(one => one.From.Owner).SelectMany(group => group.OrderByDescending(one => one.Score).Take(beam)).ToList();
        var moved = kept.Where(one => one.Outcome >= 0).ToList();
        all = [.. kept.Where(one => one.Outcome < 0).Select(one => one.From)];
        if (moved.Count == 0) return;
        var s = model.After(choice, cat([.. moved.Select(one => vector(one.From, one.Outcome))], 0), cat([.. moved.Select(one => one.From.State)], 0));
        all.AddRange(moved.Select((one, i) => one.From with
        {
            Score = one.Score,
            Edit = write(one.From.Edit!, one.From.Graph, one.Outcome),
            State = s.narrow(0, i, 1),
        }));
    }

    private static int[] Programs(IReadOnlyList<Hypothesis> who) => [.. who.Select(one => one.Place)];
}
