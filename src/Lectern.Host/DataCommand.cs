using System.CommandLine;
using Lectern.Data;

namespace Lectern.Host;

/// <summary>
/// <c>./lectern data</c>: lists the data sets, fetches and checks them, names their licences.
/// </summary>
public static class DataCommand
{
    /// <summary>The command, for the host's root command.</summary>
    public static Command Create() => Create(() => new DataStore(Catalog.All, DataPlaces.FromEnvironment()));

    internal static Command Create(Func<DataStore> store)
    {
        var command = new Command("data", "Lists the data sets, fetches them, and checks them.");
        var some = new Argument<string[]>("NAME")
        {
            Description = "Names of data sets, as the list gives them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var any = new Argument<string[]>("NAME")
        {
            Description = "Names of data sets; all of them where none is given.",
            Arity = ArgumentArity.ZeroOrMore,
        };

        command.SetAction(parsed => Run(parsed, output => List(store(), output)));
        Add("list", "Lists the data sets: size, where each lies, and its licence.", null,
            (_, output) => List(store(), output));
        Add("get", "Fetches data sets into the cache, or says where they already are.", some,
            (names, output) => Get(store(), names, output));
        Add("path", "Prints where the files of data sets lie; without a name, where data is looked for.", any,
            (names, output) => PrintPaths(store(), names, output));
        Add("verify", "Checks size and SHA-256 of every file that is on this machine.", any,
            (names, output) => Verify(store(), names, output));
        Add("licence", "Prints the licence, the source and what to cite.", some,
            (names, output) => Licence(store(), names, output));
        return command;

        void Add(string name, string help, Argument<string[]>? names, Func<string[], TextWriter, int> action)
        {
            var sub = new Command(name, help);
            if (names is not null)
            {
                sub.Arguments.Add(names);
            }
            sub.SetAction(parsed => Run(
                parsed, output => action(names is null ? [] : parsed.GetValue(names) ?? [], output)));
            command.Subcommands.Add(sub);
        }
    }

    // What a reader can put right is one clear line, not a stack trace.
    private static int Run(ParseResult parsed, Func<TextWriter, int> action)
    {
        try
        {
            return action(parsed.InvocationConfiguration.Output);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or ArgumentException)
        {
            parsed.InvocationConfiguration.Error.WriteLine(error.Message);
            return 1;
        }
        catch (OperationCanceledException)
        {
            parsed.InvocationConfiguration.Error.WriteLine("Stopped. What has come is kept.");
            return 130;
        }
    }

    private static int List(DataStore store, TextWriter output)
    {
        var width = store.Sets.Max(set => set.Name.Length);
        foreach (var set in store.Sets)
        {
            var (size, where) = (DataStore.Size(set.Bytes), Where(store, set));
            output.WriteLine($"{set.Name.PadRight(width)}  {size,9}  {where,-9}  {set.Title}");
            output.WriteLine($"{new string(' ', width)}  licence: {set.Licence}");
        }
        output.WriteLine("Fetch one with './lectern data get NAME'.");
        return 0;
    }

    private static int Get(DataStore store, string[] names, TextWriter output)
    {
        // A misspelt name is told before anything is fetched.
        foreach (var set in names.Select(store.Find).ToList())
        {
            var here = store.Has(set.Name);
            var files = store.Download(set.Name);
            output.WriteLine(
                $"{set.Name}: {(here ? "already here" : "fetched and checked")}, "
                + $"{DataStore.Size(set.Bytes)}, in {Path.GetDirectoryName(files.Paths[0])}. "
                + $"Licence: {set.Licence}");
        }
        return 0;
    }

    private static int PrintPaths(DataStore store, string[] names, TextWriter output)
    {
        if (names.Length == 0)
        {
            output.WriteLine($"shipped  {store.Places.Shipped}");
            output.WriteLine($"cache    {store.Places.Cache}");
            output.WriteLine($"mirror   {store.Places.Mirror ?? "none (LECTERN_MIRROR is not set)"}");
        }
        foreach (var path in names.SelectMany(name => store.Require(name).Paths))
        {
            output.WriteLine(path);
        }
        return 0;
    }

    private static int Verify(DataStore store, string[] names, TextWriter output)
    {
        var wrong = 0;
        var sets = names.Length == 0
            ? store.Sets.Where(set => Where(store, set) != "not here")
            : names.Select(store.Find);
        foreach (var set in sets)
        {
            var faults = store.Verify(set.Name);
            wrong += faults.Count;
            output.WriteLine(
                faults.Count == 0 ? $"{set.Name}: all {set.Files.Count} files are right" : $"{set.Name}:");
            foreach (var fault in faults)
            {
                output.WriteLine("  " + fault);
            }
        }
        return wrong == 0 ? 0 : 1;
    }

    private static int Licence(DataStore store, string[] names, TextWriter output)
    {
        foreach (var set in names.Select(store.Find))
        {
            output.WriteLine($"{set.Name}: {set.Title}");
            output.WriteLine($"  licence  {set.Licence}");
            output.WriteLine($"  cite     {set.Citation}");
            output.WriteLine($"  home     {set.Home}");
        }
        return 0;
    }

    private static string Where(DataStore store, DataSet set)
    {
        if (!store.Has(set.Name))
        {
            return set.Files.Any(file => store.Locate(file) is not null) ? "partly" : "not here";
        }
        var path = store.Locate(set.Files[0])!;
        return path.StartsWith(store.Places.Shipped, StringComparison.Ordinal) ? "shipped"
            : path.StartsWith(store.Places.Cache, StringComparison.Ordinal) ? "cache"
            : "mirror";
    }
}
