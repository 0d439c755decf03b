namespace Lectern.Graphs.Programs;

/// <summary>A repair that was found.</summary>
/// <param name="LogLikelihood">log p of all its choices.</param>
/// <param name="Edits">The edits, without the no-op.</param>
/// <param name="Result">The program after them.</param>
public sealed record ProgramRepair(double LogLikelihood, IReadOnlyList<TreeEdit> Edits, ProgramNode Result);

/// <summary>How good repairs are; shares from 0 to 1.</summary>
/// <param name="Exact">The best repair gives the program as it was.</param>
/// <param name="ExactAmong">One of the repairs found does.</param>
/// <param name="Located">The best repair's first edit is at the right node, or ends at the right program all the same; for right
/// programs: there is none.</param>
/// <param name="Operator">It is of the right sort, too.</param>
public sealed record RepairQuality(double Exact, double ExactAmong, double Located, double Operator)
{
    /// <summary>Judges repairs.</summary>
    /// <param name="bugs">The bugs.</param>
    /// <param name="repairs">For each the repairs found, the best first.</param>
    public static RepairQuality Of(IReadOnlyList<ProgramBug> bugs, IReadOnlyList<IReadOnlyList<ProgramRepair>> repairs)
    {
        double Share(Func<ProgramBug, IReadOnlyList<ProgramRepair>, bool> right) => bugs.Zip(repairs, right).Average(found => found ? 1.0 : 0);
        static bool Right(ProgramBug bug, ProgramRepair best, Func<TreeEdit?, TreeEdit?, bool> alike) =>
            best.Result.Same(bug.Fixed) || alike(best.Edits.FirstOrDefault(), bug.Fix.FirstOrDefault());
        return new RepairQuality(
            Share((bug, found) => found[0].Result.Same(bug.Fixed)), Share((bug, found) => found.Any(repair => repair.Result.Same(bug.Fixed))),
            Share((bug, found) => Right(bug, found[0], (edit, right) => edit?.Node == right?.Node)),
            Share((bug, found) => Right(bug, found[0], (edit, right) => (edit?.Node, edit?.Operator) == (right?.Node, right?.Operator))));
    }
}

/// <summary>
/// A repairer that looks at one node at a time: how often nodes of a kind and value were edited in training, and how. The most often edited node of a program
/// is given its most frequent edit.
/// </summary>
public sealed class EditFrequencies
{
    private readonly Dictionary<(string, string?), (double Share, TreeEdit Edit)> known = [];

    /// <param name="bugs">The training set.</param>
    public EditFrequencies(IReadOnlyList<ProgramBug> bugs)
    {
        ArgumentNullException.ThrowIfNull(bugs);
        var met = bugs.SelectMany(bug => bug.Buggy.Preorder()).GroupBy(Look).ToDictionary(group => group.Key, group => group.Count());
        var edited = bugs.Where(bug => bug.Fix.Count > 0)
            .Select(bug => (Look: Look(bug.Buggy.Preorder()[bug.Fix[0].Node]), Edit: bug.Fix[0] with { Node = 0 }));
        foreach (var group in edited.GroupBy(fix => fix.Look))
        {
            var most = group.GroupBy(fix => fix.Edit).OrderByDescending(edits => edits.Count())
                .ThenBy(edits => edits.Key.ToString(), StringComparer.Ordinal).First();
            known[group.Key] = ((double)most.Count() / met[group.Key], most.Key);
        }
    }

    /// <summary>The repair of a program: one edit.</summary>
    public ProgramRepair Repair(ProgramNode program)
    {
        ArgumentNullException.ThrowIfNull(program);
        var nodes = program.Preorder();
        var graph = new ProgramGraph(program);
        var best = Enumerable.Range(0, nodes.Count).Where(i => known.ContainsKey(Look(nodes[i])))
            .Select(i => (Node: i, known[Look(nodes[i])].Share, known[Look(nodes[i])].Edit))
            .Where(seen => graph.Allows(seen.Edit.Operator, seen.Node) && seen.Edit.Rank <= nodes[seen.Node].Children.Count)
            .OrderByDescending(seen => seen.Share).FirstOrDefault();
        if (best.Edit is null) return new ProgramRepair(0, [], program);
        var edit = best.Edit with { Node = best.Node };
        return new ProgramRepair(Math.Log(best.Share), [edit], edit.Apply(program));
    }

    private static (string, string?) Look(ProgramNode node) => (node.Kind, node.Value);
}
