using System.Text.RegularExpressions;
using Lectern.Host.Engine;

namespace Lectern.Host.Languages;

/// <summary>Completes what compilers do not know: magics, and the paths behind <c>#r</c>, <c>#load</c> and <c>#!import</c>.</summary>
internal static partial class DirectiveCompletion
{
    /// <summary>What could stand there; null where the place is in code.</summary>
    public static CompletionResult? Of(string code, int position, Polyglot languages)
    {
        var start = position == 0 ? 0 : code.LastIndexOf('\n', position - 1) + 1;
        var line = code[start..position];
        if (Directive().Match(line) is { Success: true } path)
        {
            return Paths(path.Groups[2].Value, path.Groups[1].Value, position, languages.Folder);
        }
        if (!CellPart.IsMagic(line) && line.Trim() != "#")
        {
            return null;
        }
        var typed = line.TrimStart();
        if (typed.Contains(' ', StringComparison.Ordinal))
        {
            return new CompletionResult(position, position, []);
        }
        var items = Polyglot.Languages.Select(name => new CompletionItem($"#!{name}", "magic", $"The lines that follow are {name}."))
            .Concat(languages.Magics.All.Select(magic => new CompletionItem($"#!{magic.Name}", "magic", $"#!{magic.Usage}\n{magic.Summary}")))
            .Where(item => item.Text.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .OrderBy(item => item.Text, StringComparer.Ordinal);
        return new CompletionResult(position - typed.Length, position, [.. items]);
    }

    private static CompletionResult? Paths(string typed, string directive, int position, string folder)
    {
        if (typed.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase))
        {
            return new CompletionResult(position, position, []);
        }
        string[] wanted = directive switch
        {
            "r" => [".dll"],
            "load" => [".csx", ".cs", ".fsx", ".fs"],
            _ => [".ipynb", ".csx", ".cs", ".fsx", ".fs"],
        };
        var slash = typed.LastIndexOfAny(['/', '\\']) + 1;
        var (parent, name) = (typed[..slash].Replace('\\', '/'), typed[slash..]);
        try
        {
            var items = new DirectoryInfo(Path.Combine(folder, parent)).EnumerateFileSystemInfos()
                .Where(entry => entry.Name.StartsWith(name, StringComparison.OrdinalIgnoreCase) && !entry.Name.StartsWith('.')
                    && (entry is DirectoryInfo || wanted.Contains(entry.Extension, StringComparer.OrdinalIgnoreCase)))
                .OrderBy(entry => entry.Name, StringComparer.Ordinal)
                .Take(200)
                .Select(entry => entry is DirectoryInfo
                    ? new CompletionItem($"{entry.Name}/", "folder", "")
                    : new CompletionItem(entry.Name, "file", ""));
            return new CompletionResult(position - name.Length, position, [.. items]);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new CompletionResult(position, position, []);
        }
    }

    [GeneratedRegex("""^\s*#(r\b|load\b|!import\b)\s+@?"?([^"]*)$""")]
    private static partial Regex Directive();
}
