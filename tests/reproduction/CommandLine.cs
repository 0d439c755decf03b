using System.Globalization;
using Lectern.Data;
using Lectern.Lessons;
using Lectern.Training;

namespace Lectern.Reproduction;

/// <summary><c>./lectern reproduce</c> and <c>./lectern results</c>.</summary>
internal static class CommandLine
{
    private const string Usage = "Usage: ./lectern reproduce LESSON [--only EXPERIMENT] [--fresh] [--shard I/N] [--device cpu|cuda]\n"
        + "       ./lectern results [LESSON] [--only EXPERIMENT] [--shards N] [--from FOLDER…]";

    /// <summary>Does what the arguments say.</summary>
    /// <param name="lessons">The experiments, by lesson.</param>
    /// <param name="args">LESSON and options, or "results" before them.</param>
    /// <param name="root">The folder of all runs; null: artifacts/reproduction of the kit.</param>
    /// <param name="records">The folder of the records; null: the kit's.</param>
    /// <returns>The exit code: 1 for a failure, 2 for arguments that cannot be.</returns>
    internal static int Run(IReadOnlyDictionary<string, Func<IEnumerable<Experiment>>> lessons, IReadOnlyList<string> args,
        string? root = null, string? records = null)
    {
        bool isRead = false;                            // from here on faults are not the arguments'
        try
        {
            root ??= Path.GetFullPath(Path.Combine(
                Record.Folder() ?? throw new DirectoryNotFoundException("Run this inside a clone of the kit."),
                "..", "..", "artifacts", "reproduction"));
            bool isResults = args is ["results", ..];
            var (lesson, options) = Read(isResults ? args.Skip(1) : args, isResults ? ["--only", "--shards", "--from"] : ["--only", "--fresh", "--shard", "--device"]);
            if (lesson is null && !isResults) throw new ArgumentException("Name a lesson.");
            if (lesson is not null && !lessons.ContainsKey(lesson))
                throw new ArgumentException($"There are no experiments for '{lesson}'.");
            if (isResults) return ShowResults(lesson);

            if (One("--device") is { } device) Environment.SetEnvironmentVariable(Devices.Variable, device);
            try
            {
                _ = Devices.Chosen;
            }
            catch (InvalidOperationException error)
            {
                throw new ArgumentException(error.Message, error);
            }
            // The variables of a launcher that starts ranks say which rank this is, not which part.
            var shard = Shard.Of(One("--shard"), Ranks.OfJob is null ? Environment.GetEnvironmentVariable : _ => null);
            var sweep = new Sweep(Chosen(lesson!), root, records);
            isRead = true;
            sweep.Run(shard, options.ContainsKey("--fresh"));
            return 0;

            string? One(string option) => !options.TryGetValue(option, out var values) ? null
                : values is [var value] ? value : throw new ArgumentException($"{option} wants one value.");

            List<Experiment> Chosen(string lesson)
            {
                var all = lessons[lesson]().ToList();
                return One("--only") is not { } only ? all
                    : all.Where(e => e.Name.Equals(only, StringComparison.OrdinalIgnoreCase)).ToList() is { Count: > 0 } some ? some
                    : throw new ArgumentException($"{lesson} has no experiment '{only}'; it has: {string.Join(", ", all.Select(e => e.Name))}.");
            }

            int ShowResults(string? lesson)
            {
                string[] copies = [.. options.GetValueOrDefault("--from", [])];
                foreach (string copy in copies)
                    if (!Directory.Exists(copy)) throw new ArgumentException($"--from wants folders; there is no '{copy}'.");
                int? shards = One("--shards") is not { } text ? null
                    : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n > 0 ? n
                    : throw new ArgumentException($"--shards wants the number of parts, not '{text}'.");
                bool isFine = true, isAny = false;
                foreach (string name in lesson is null ? lessons.Keys : [lesson])
                {
                    var chosen = Chosen(name);
                    // Of all lessons, those that were begun.
                    if (!chosen.Any(e => copies.Append(root).Any(folder => new RunFolder(e, folder).Exists))) continue;
                    isAny = true;
                    string again = $"./lectern reproduce {chosen[0].Lesson}" + (One("--only") is null ? "" : $" --only {chosen[0].Name}");
                    isFine &= Results.Show(chosen, again, root, copies, shards, records);
                }
                if (!isAny)
                    Console.WriteLine($"No run of {lesson ?? "any lesson"} in {string.Join(", ", copies.Append(root).Select(c => $"'{c}'"))}. "
                        + $"Begin with: ./lectern reproduce {lesson ?? "LESSON"}");
                return isFine ? 0 : 1;
            }
        }
        catch (ArgumentException error) when (!isRead)
        {
            Console.Error.WriteLine($"{error.Message}\n{Usage}\nLessons with experiments: {string.Join(", ", lessons.Keys)}.");
            return 2;
        }
        catch (Exception error) when (error is DataMissingException or InvalidDataException or IOException or RankLostException or NotSupportedException)
        {
            Console.Error.WriteLine(error.Message);
            return 1;
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("Stopped; what was done is kept, and the same command goes on from there.");
            return 130;
        }
    }

    /// <summary>The lesson and the options with their values.</summary>
    private static (string? Lesson, Dictionary<string, List<string>> Options) Read(IEnumerable<string> args, string[] known)
    {
        string? lesson = null;
        var options = new Dictionary<string, List<string>>();
        List<string>? last = null;
        foreach (string arg in args)
        {
            if (arg.StartsWith("--", StringComparison.Ordinal))
            {
                if (!known.Contains(arg)) throw new ArgumentException($"There is no option '{arg}'.");
                if (!options.TryAdd(arg, last = [])) throw new ArgumentException($"{arg} is given twice.");
                if (arg == "--fresh") last = null;
            }
            else if (last is not null) last.Add(arg);
            else if (lesson is null) lesson = arg;
            else throw new ArgumentException($"There is one lesson at a time: '{lesson}' and then '{arg}'.");
        }
        return (lesson, options);
    }
}
