using Lectern.Data;

namespace Lectern.Papers.Applications.Molecules;

/// <summary>Reads files of molecules: a SMILES a line; what follows after a blank, comma or tab does not count.</summary>
public static class SmilesFiles
{
    /// <summary>A set of the catalogue: 24,445 and 5,000 drug-like molecules of ZINC.</summary>
    /// <param name="name">zinc; upper and lower case are the same.</param>
    /// <param name="download">Whether to fetch the files (1.3 MB) if they are not on this machine.</param>
    /// <exception cref="DataMissingException">They are not here, and may not be fetched.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or a line is no SMILES; the message names it.</exception>
    public static (IReadOnlyList<Molecule> Train, IReadOnlyList<Molecule> Test) Load(string name = "zinc", bool download = false) =>
        Load(download ? Catalog.Download(name) : Catalog.Require(name));

    /// <summary>A set of the catalogue, wherever its files lie.</summary>
    internal static (IReadOnlyList<Molecule> Train, IReadOnlyList<Molecule> Test) Load(DataFiles files) =>
        (Read(files["valid.txt"]), Read(files["test.txt"]));

    /// <summary>A file of one's own; empty lines are passed over.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="InvalidDataException">A line is no SMILES; the message gives file, line and reason.</exception>
    public static IReadOnlyList<Molecule> Read(string path)
    {
        var molecules = new List<Molecule>();
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.Trim().Split([' ', ',', '\t'], 2)[0] is not { Length: > 0 } smiles) continue;
            try
            {
                molecules.Add(Molecule.Parse(smiles));
            }
            catch (FormatException error)
            {
                throw new InvalidDataException($"{path}, line {number}: {error.Message} Correct the line, or take it out.", error);
            }
        }
        return molecules;
    }
}
