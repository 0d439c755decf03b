using System.CommandLine;
using Lectern.Host.Running;
using Microsoft.CodeAnalysis.CSharp;

namespace Lectern.Host.Commands;

/// <summary><c>./lectern new</c>: a lesson that already passes and trains, for its author to change.</summary>
/// <remarks>
/// The template is real code, which tests/Lectern.Tests compiles and runs: only its two names are replaced.
/// </remarks>
internal static class NewCommand
{
    private const string Named = "NewSystem", Area = "NewArea";

    private static string Template => Path.Combine(AppContext.BaseDirectory, "Template");

    /// <summary>The command, for the host's root command.</summary>
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The paper's name in one word: its file, notebook and test get it." };
        var area = new Option<string>("--area") { Description = "Where it belongs: " + string.Join(", ", Areas().Keys) + ".", Required = true };
        var command = new Command("new", "Makes a lesson that passes and trains: a library file, a notebook and a test.") { name, area };
        command.SetAction(parsed =>
        {
            var files = Make(Checkout.Root, parsed.GetRequiredValue(name), parsed.GetRequiredValue(area));
            Console.WriteLine($"Made:\n    {string.Join("\n    ", files)}");
            Console.WriteLine($"Next: ./lectern test {parsed.GetValue(name)}, ./lectern run {parsed.GetValue(name)}; to store its outputs: ./lectern publish {parsed.GetValue(name)}.");
            return 0;
        });
        return command;
    }

    /// <summary>Writes the three files of a lesson; where it refuses, nothing is changed.</summary>
    /// <param name="root">The kit's folder.</param>
    /// <param name="name">The lesson's name.</param>
    /// <param name="area">The area's name: <c>theory</c>, <c>1-theory</c>, or <c>graphs</c> for the one on graph embeddings.</param>
    /// <returns>The files, relative to <paramref name="root"/>.</returns>
    /// <exception cref="ArgumentException">The name cannot be one or is taken, or there is no such area.</exception>
    public static IReadOnlyList<string> Make(string root, string name, string area)
    {
        if (!SyntaxFacts.IsValidIdentifier(name) || !char.IsUpper(name[0]))
        {
            throw new ArgumentException(
                $"'{name}' cannot be a lesson's name: expected a C# identifier that begins with a capital letter, such as GraphAttention.");
        }
        var areas = Areas();
        if (!areas.TryGetValue(area == "graphs" ? "graph-embeddings" : area.TrimStart('0', '1', '2', '3', '4', '5', '-'), out var folder))
        {
            throw new ArgumentException($"There is no area '{area}'. There are: {string.Join(", ", areas.Keys)}.");
        }
        var space = string.Concat(folder[2..].Split('-').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));
        if (NameTaken(root, name) is { } where)
        {
            throw new ArgumentException($"The name {name} is taken: {where}. Choose another one.");
        }

        (string From, string To)[] files =
        [
            ($"{Named}.cs", $"src/Lectern/Papers/{space}/{name}.cs"),
            ($"{Named}.ipynb", $"notebooks/{folder}/{name}.ipynb"),
            ($"{Named}Tests.cs", $"tests/Lectern.Tests/Papers/{space}/{name}Tests.cs"),
        ];
        foreach (var (from, to) in files)
        {
            var path = Path.Combine(root, to);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var text = File.ReadAllText(Path.Combine(Template, from)).Replace(Named, name, StringComparison.Ordinal);
            File.WriteAllText(path, text.Replace(Area, space, StringComparison.Ordinal));
        }
        return [.. files.Select(file => file.To)];
    }

    /// <summary>The areas, by name: each with its folder under notebooks/.</summary>
    private static Dictionary<string, string> Areas() => Course.AreaFolders.ToDictionary(folder => folder[2..]);

    // A file of that name in any area; or a type or namespace, which the new classes would hide from all code beside them.
    private static string? NameTaken(string root, string name)
    {
        foreach (var folder in new[] { "src/Lectern", "notebooks", "tests/Lectern.Tests" })
        {
            if (Directory.EnumerateFiles(Path.Combine(root, folder), "*", SearchOption.AllDirectories).FirstOrDefault(path =>
                Path.GetFileNameWithoutExtension(path).Equals(name, StringComparison.OrdinalIgnoreCase)
                || Path.GetFileName(path).Equals($"{name}Tests.cs", StringComparison.OrdinalIgnoreCase)) is { } file)
            {
                return $"there is {Path.GetRelativePath(root, file)}";
            }
        }
        var types = new[] { typeof(Charts.Chart), typeof(TorchSharp.torch), typeof(object) }
            .SelectMany(t => t.Assembly.GetExportedTypes()).Where(t => !t.IsNested || t.DeclaringType == typeof(TorchSharp.torch));
        string[] mine = [name, $"{name}Settings", $"{name}Model", $"{name}Result"];
        return types.FirstOrDefault(t => mine.Contains(t.Name) || t.Namespace!.Split('.').Contains(name)) is { } type
            ? $"{type.FullName} is a type of that name or in a namespace of that name" : null;
    }
}
