using Lectern.Data;

namespace Lectern.Graphs;

/// <summary>
/// Zachary's karate club, the smallest real graph with a known split; it ships with the kit.
/// </summary>
/// <remarks>
/// 34 members, 78 undirected ties; row 0 is member 1 (the instructor, Mr. Hi) and row 33 member 34 (the
/// president of the officers). The label is the club that a member joined after the split: 0 the
/// instructor's, 1 the officers', 17 members each. There are no features, so each member has one of its own
/// (the identity). The two leaders are the training nodes and all others are for testing; there are none for
/// validation. Source: Zachary 1977.
/// </remarks>
public static class KarateClub
{
    /// <summary>The club as a data set.</summary>
    public static NodeDataset Load()
    {
        var files = Catalog.Require("karate");
        var table = EdgeList.Read(files["edges.csv"], files["members.csv"]);
        var last = table.Nodes - 1;
        return new NodeDataset(
            "karate", table.ToGraph(), table.ToFeatures(),
            tensor(table.Table!.Labels!).DetachFromDisposeScope(),
            tensor(new long[] { 0, last }).DetachFromDisposeScope(),
            zeros(0, dtype: ScalarType.Int64).DetachFromDisposeScope(),
            arange(1, last, dtype: ScalarType.Int64).DetachFromDisposeScope(),
            table.Table.ClassNames.Count);
    }
}
