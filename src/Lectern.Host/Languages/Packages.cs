using System.Globalization;
using System.Text.RegularExpressions;
using Lectern.Data;
using Lectern.Host.Engine;

namespace Lectern.Host.Languages;

/// <summary>The directives that compilers do not know: <c>#r "nuget: …"</c>, <c>#i "nuget: …"</c> and <c>#r</c> of a folder.</summary>
internal sealed partial class Packages(Polyglot languages)
{
    // The kit is these; a second copy would be other types of the same names.
    private static readonly string[] BuiltIn =
    [
        "TorchSharp", "TorchSharp-cpu", "TorchSharp-cuda-linux", "TorchSharp-cuda-windows", "Microsoft.DotNet.Interactive",
        "Microsoft.DotNet.Interactive.CSharp", "Microsoft.DotNet.Interactive.Formatting",
    ];

    private readonly PackageRestore restore =
        new(languages.Folder, Path.Combine(DataPlaces.FromEnvironment().Cache, "packages"));
    private readonly List<PackageRequest> requests = [];
    private readonly List<string> sources = [];
    private readonly List<string> references = [];
    private IReadOnlyDictionary<string, string> versions = new Dictionary<string, string>();

    /// <summary>The assemblies that directives have brought.</summary>
    public IReadOnlyList<string> References => references;

    /// <summary>Does what the directives in a piece of code say, and takes them out of it.</summary>
    /// <param name="code">The code.</param>
    /// <param name="cell">The cell that it stands in.</param>
    /// <returns>The code with empty lines in their places.</returns>
    /// <exception cref="CellFailure">A package or a folder cannot be had.</exception>
    public string Take(string code, CellScope cell)
    {
        var wanted = new List<PackageRequest>();
        var folders = new List<string>();
        var rest = Directive().Replace(code, match =>
        {
            var (kind, text) = (match.Groups[1].Value, match.Groups[2].Value.Trim());
            if (IsNuGet(text))
            {
                Note(kind, text["nuget:".Length..].Trim(), wanted);
                return "";
            }
            if (kind == "r" && PathOf(text) is var path && Directory.Exists(path))
            {
                folders.Add(path);
                return "";
            }
            if (kind == "i")
            {
                throw new CellFailure("BadDirective", $"#i \"{text}\" is not understood: write #i \"nuget: SOURCE\".");
            }
            if (kind == "load")
            {
                NoteLoaded(PathOf(text), wanted, []);
            }
            return match.Value;
        });
        foreach (var folder in folders)
        {
            Reference(Directory.GetFiles(folder, "*.dll").Order(StringComparer.Ordinal).Where(KitReferences.IsManaged));
        }
        if (wanted.Count > 0)
        {
            Add(wanted, cell);
        }
        return rest;
    }

    private static bool IsNuGet(string text) => text.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase);

    private string PathOf(string text) => Path.GetFullPath(text.Replace('\\', Path.DirectorySeparatorChar), languages.Folder);

    private void Note(string kind, string text, List<PackageRequest> wanted)
    {
        if (kind == "i")
        {
            var source = text.Contains("://", StringComparison.Ordinal) ? text : PathOf(text);
            if (!sources.Contains(source))
            {
                sources.Add(source);
            }
        }
        else
        {
            wanted.Add(PackageRequest.Parse(text) ?? throw new CellFailure(
                "BadDirective", $"#r \"nuget: {text}\" names no package: write #r \"nuget: NAME\" or #r \"nuget: NAME, VERSION\"."));
        }
    }

    // The packages of a file that is loaded, and of those that it loads; a missing file is the compiler's to report.
    private void NoteLoaded(string path, List<PackageRequest> wanted, HashSet<string> seen)
    {
        if (!seen.Add(path) || !File.Exists(path))
        {
            return;
        }
        foreach (Match match in Directive().Matches(File.ReadAllText(path)))
        {
            var (kind, text) = (match.Groups[1].Value, match.Groups[2].Value.Trim());
            if (IsNuGet(text))
            {
                Note(kind, text["nuget:".Length..].Trim(), wanted);
            }
            else if (kind == "load")
            {
                NoteLoaded(Path.GetFullPath(text, Path.GetDirectoryName(path)!), wanted, seen);
            }
        }
    }

    private void Add(List<PackageRequest> wanted, CellScope cell)
    {
        foreach (var request in wanted.Where(r => BuiltIn.Contains(r.Name, StringComparer.OrdinalIgnoreCase)))
        {
            cell.Show($"{request.Name} is built in.");
        }
        var added = wanted.Where(r => !BuiltIn.Contains(r.Name, StringComparer.OrdinalIgnoreCase) && !requests.Contains(r)).Distinct().ToList();
        if (added.Count == 0)
        {
            return;
        }
        var names = string.Join("; ", added);
        string? shown = null;
        // One restore of all packages so far, so that their versions agree; a package asked for anew takes its place.
        List<PackageRequest> all = [.. requests.Where(r => added.All(a => !a.Name.Equals(r.Name, StringComparison.OrdinalIgnoreCase))), .. added];
        PackageAssets assets;
        try
        {
            assets = restore.Restore(all, sources, elapsed => Progress(string.Create(CultureInfo.InvariantCulture, $"Installing {names} ({elapsed.TotalSeconds:0} s)")), cell.Stop.Token);
        }
        catch (CellFailure)
        {
            if (shown is not null)
            {
                cell.Update(shown, $"Could not install {names}");
            }
            throw;
        }
        if (versions.FirstOrDefault(v => assets.Versions.TryGetValue(v.Key, out var now) && now != v.Value) is { Key: { } other } old)
        {
            throw new CellFailure(
                "PackageVersionConflict",
                $"{other} {old.Value} is loaded, and {names} needs {other} {assets.Versions[other]}. " +
                "Restart the kernel, and ask for all packages in the first cell.");
        }
        versions = assets.Versions;
        requests.Clear();
        requests.AddRange(all);
        PackageLoader.Add(assets);
        foreach (var path in assets.Runtime)
        {
            if (PackageLoader.Load(path) is { } assembly)
            {
                languages.Main.Register(assembly);
            }
        }
        Reference(assets.Compile.Select(InUse));
        var installed = string.Join("; ", added.Select(r => $"{r.Name}, {assets.Versions.GetValueOrDefault(r.Name, "built in")}"));
        Progress($"Installed {installed}");

        void Progress(string text)
        {
            if (shown is null)
            {
                shown = cell.Show(text);
            }
            else
            {
                cell.Update(shown, text);
            }
        }
    }

    // The kit's own copy of an assembly, where it has one and so that is what is loaded.
    private static string InUse(string compile)
    {
        var beside = Path.Combine(AppContext.BaseDirectory, Path.GetFileName(compile));
        return File.Exists(beside) ? beside : compile;
    }

    private void Reference(IEnumerable<string> assemblies)
    {
        var added = assemblies.Except(references).ToList();
        references.AddRange(added);
        foreach (var language in languages.Started)
        {
            language.Reference(added);
        }
    }

    [GeneratedRegex("""^[ \t]*#(r|i|load)[ \t]+@?"([^"\r\n]*)"[^\r\n]*""", RegexOptions.Multiline)]
    private static partial Regex Directive();
}
