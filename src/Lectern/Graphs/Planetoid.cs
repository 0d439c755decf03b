using Lectern.Data;

namespace Lectern.Graphs;

/// <summary>Cora and Citeseer with the split of Planetoid, which most graph networks report on.</summary>
/// <remarks>
/// Articles are nodes, and who cites whom is an edge in both directions, once, without self-loops: 5,278
/// undirected ones in Cora and 4,552 in Citeseer. Features are the words that an article has (ones; not
/// normalised). The split: 20 training nodes a class, the next 500 nodes for validation, and 1,000 for
/// testing. The 15 nodes of Citeseer that its files have no features and no label for keep empty rows and the
/// label −1, and are in no part of the split. Source: Yang, Cohen, Salakhutdinov 2016; the files are
/// <see cref="Catalog"/>'s <c>cora</c> and <c>citeseer</c>.
/// </remarks>
public static class Planetoid
{
    /// <summary>Cora: 2,708 nodes, 1,433 features, 7 classes.</summary>
    /// <param name="download">Whether to fetch the files (572 kB) if they are not on this machine.</param>
    /// <exception cref="DataMissingException">They are not here, and may not be fetched.</exception>
    public static NodeDataset Cora(bool download = false) => Load("cora", download);

    /// <summary>Citeseer: 3,327 nodes, 3,703 features, 6 classes.</summary>
    /// <param name="download">Whether to fetch the files (1 MB) if they are not on this machine.</param>
    /// <exception cref="DataMissingException">They are not here, and may not be fetched.</exception>
    public static NodeDataset Citeseer(bool download = false) => Load("citeseer", download);

    /// <summary>A data set of the catalogue that has Planetoid's eight files.</summary>
    /// <param name="name">Its name: cora or citeseer.</param>
    /// <param name="download">Whether to fetch the files if they are not on this machine.</param>
    /// <exception cref="DataMissingException">They are not here, and may not be fetched.</exception>
    /// <exception cref="InvalidDataException">A file is damaged; the message names it.</exception>
    public static NodeDataset Load(string name, bool download = false) =>
        Load(download ? Catalog.Download(name) : Catalog.Require(name));

    /// <summary>Planetoid's eight files, wherever they lie.</summary>
    internal static NodeDataset Load(DataFiles files)
    {
        var name = files.Set.Name;
        var content = PlanetoidContent.Read(part => files[$"ind.{name}.{part}"]);
        var values = Array.TrueForAll(content.Values, value => value == 1) ? null : content.Values;
        return new NodeDataset(
            name,
            Graph.FromEdges(content.Nodes, content.Sources, content.Targets),
            SparseMatrix.FromRows(content.Nodes, content.Features, content.RowPointers, content.Columns, values),
            tensor(content.Labels).DetachFromDisposeScope(),
            tensor(content.Train).DetachFromDisposeScope(),
            tensor(content.Validation).DetachFromDisposeScope(),
            tensor(content.Test).DetachFromDisposeScope(),
            content.Classes);
    }
}
