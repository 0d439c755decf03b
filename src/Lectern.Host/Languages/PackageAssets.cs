using System.Text.Json.Nodes;

namespace Lectern.Host.Languages;

/// <summary>What a restore found: the packages with their versions, and their files for this machine.</summary>
/// <param name="Versions">Each package's version, those that others asked for too.</param>
/// <param name="Compile">The assemblies to compile against.</param>
/// <param name="Runtime">The assemblies to load.</param>
/// <param name="Native">The libraries of machine code.</param>
internal sealed record PackageAssets(
    IReadOnlyDictionary<string, string> Versions,
    IReadOnlyList<string> Compile,
    IReadOnlyList<string> Runtime,
    IReadOnlyList<string> Native)
{
    /// <summary>Whether all files are still there.</summary>
    public bool Exist => Compile.Concat(Runtime).Concat(Native).All(File.Exists);

    /// <summary>Reads the <c>project.assets.json</c> of a restore for one runtime.</summary>
    /// <exception cref="FormatException">The file is not what a restore writes.</exception>
    public static PackageAssets Read(string path)
    {
        try
        {
            var root = JsonNode.Parse(File.ReadAllText(path))!;
            var folders = ((JsonObject)root["packageFolders"]!).Select(folder => folder.Key).ToList();
            var libraries = (JsonObject)root["libraries"]!;
            var target = (JsonObject)((JsonObject)root["targets"]!).First(t => t.Key.Contains('/', StringComparison.Ordinal)).Value!;
            var packages = target.Where(library => (string?)library.Value!["type"] == "package").ToList();

            List<string> Files(string kind) =>
            [
                .. from package in packages
                   from file in package.Value![kind] as JsonObject ?? []
                   where !file.Key.EndsWith("_._", StringComparison.Ordinal)
                   select Find(folders, Path.Combine((string)libraries[package.Key]!["path"]!, file.Key)),
            ];
            return new PackageAssets(
                packages.Select(package => package.Key.Split('/')).ToDictionary(n => n[0], n => n[1], StringComparer.OrdinalIgnoreCase),
                Files("compile"),
                Files("runtime"),
                Files("native"));
        }
        catch (Exception fault) when (fault is System.Text.Json.JsonException or NullReferenceException or InvalidOperationException
            or InvalidCastException or IndexOutOfRangeException)
        {
            throw new FormatException($"{path} is not what a restore writes: {fault.Message}", fault);
        }
    }

    private static string Find(List<string> folders, string relative) =>
        folders.Select(folder => Path.GetFullPath(Path.Combine(folder, relative))).FirstOrDefault(File.Exists)
        ?? Path.GetFullPath(Path.Combine(folders[0], relative));
}
