namespace Lectern.Data;

/// <summary>One data set, as <c>data/catalog.json</c> declares it.</summary>
/// <param name="Name">What the commands and the loaders call it: lower case, no spaces.</param>
/// <param name="Title">What it is, on one line.</param>
/// <param name="Loader">The type that reads its files into the library's types.</param>
/// <param name="Licence">What its origin states; "not stated" where it states nothing.</param>
/// <param name="Citation">What to cite.</param>
/// <param name="Home">The origin's page.</param>
/// <param name="Statistics">Counts that the loaded set has, which the tests assert: nodes, edges,
/// classes…</param>
/// <param name="Files">Its files.</param>
/// <param name="Archive">A zip that holds the files, each under its own name; null where each file has an
/// address of its own, or ships with the kit.</param>
public sealed record DataSet(
    string Name,
    string Title,
    string Loader,
    string Licence,
    string Citation,
    string Home,
    IReadOnlyDictionary<string, long> Statistics,
    IReadOnlyList<DataFile> Files,
    DataFile? Archive = null)
{
    /// <summary>Size of all files together.</summary>
    public long Bytes => Files.Sum(file => file.Bytes);
}
