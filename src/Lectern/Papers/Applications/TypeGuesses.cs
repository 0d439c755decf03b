using Lectern.Graphs.Programs;

namespace Lectern.Papers.Applications;

/// <summary>A type that a variable may have.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Class">Its node, if the project declares it.</param>
/// <param name="Probability">How likely it is; a baseline's score may be any number.</param>
public sealed record TypeGuess(string Name, int? Class, double Probability)
{
    internal static TypeGuess Of(LambdaNetProject project, LambdaNetVocabulary vocabulary, int candidate, double p) =>
        candidate < vocabulary.Types.Count ? new(vocabulary.Types[candidate], null, p)
            : new(project.Graph.Nodes[project.Classes[candidate - vocabulary.Types.Count]].Name!, project.Classes[candidate - vocabulary.Types.Count], p);

    /// <summary>Whether it is the node's true type.</summary>
    public bool Is(TypeNode node) => Class is { } c ? node.Class == c : node.Class is null && node.Type == Name;
}

/// <summary>How often the first guess, or one of five, is right, a declaration counting once.</summary>
/// <param name="User">Declarations whose type the project declares.</param>
/// <param name="UserTop1">The share of them whose first guess is right.</param>
/// <param name="UserTop5">The share for which one of five is.</param>
/// <param name="Library">Declarations of a library type.</param>
/// <param name="LibraryTop1">The share of them whose first guess is right; a type that cannot be predicted is never right.</param>
/// <param name="LibraryTop5">The share for which one of five is.</param>
public sealed record TypeQuality(int User, double UserTop1, double UserTop5, int Library, double LibraryTop1, double LibraryTop5)
{
    /// <summary>The share of all first guesses that are right.</summary>
    public double Top1 => (User * UserTop1 + Library * LibraryTop1) / Math.Max(1, User + Library);

    /// <summary>The share of all for which one of five is.</summary>
    public double Top5 => (User * UserTop5 + Library * LibraryTop5) / Math.Max(1, User + Library);

    /// <summary>Judges guesses of all declarations of known type.</summary>
    /// <param name="graphs">The projects.</param>
    /// <param name="guess">Guesses for a graph's <see cref="TypeGraph.Declarations"/>, at least five each.</param>
    public static TypeQuality Of(IEnumerable<TypeGraph> graphs, Func<TypeGraph, IReadOnlyList<IReadOnlyList<TypeGuess>>> guess)
    {
        ArgumentNullException.ThrowIfNull(graphs);
        ArgumentNullException.ThrowIfNull(guess);
        var judged = graphs.SelectMany(graph => graph.Declarations.Zip(guess(graph), (v, guesses) =>
        {
            int place = guesses.ToList().FindIndex(one => one.Is(graph.Nodes[v]));
            return (User: graph.Nodes[v].Class is not null, First: place == 0, Five: place is >= 0 and < 5);
        })).ToLookup(one => one.User);
        double Share(bool user, bool first) => judged[user].Select(one => (first ? one.First : one.Five) ? 1.0 : 0).DefaultIfEmpty(0).Average();
        return new(judged[true].Count(), Share(true, true), Share(true, false), judged[false].Count(), Share(false, true), Share(false, false));
    }
}

/// <summary>Types by names alone: what variables of that name, or with that last word, had in training, and classes that share words with it.</summary>
/// <remarks>Without what was learned it is the paper's SimilarName: the type whose name has most words in common.</remarks>
public sealed class NamingBaseline
{
    private readonly Dictionary<string, Dictionary<string, double>> byName;
    private readonly List<string> types;
    private readonly bool learned;

    /// <param name="graphs">The training set.</param>
    /// <param name="libraryTypes">Library types that can be guessed.</param>
    /// <param name="learned">Whether names seen in training count.</param>
    public NamingBaseline(IReadOnlyList<TypeGraph> graphs, int libraryTypes = 100, bool learned = true)
    {
        ArgumentNullException.ThrowIfNull(graphs);
        this.learned = learned;
        // "" stands for any name; a class of the project counts, by no name of its own, as one more type.
        var seen = graphs.SelectMany(graph => graph.Nodes).Where(node => node.HasType)
            .SelectMany(node => Keys(node.Name).Select(key => (key, Type: node.Type ?? "")));
        byName = seen.GroupBy(one => one.key).ToDictionary(group => group.Key,
            group => group.CountBy(one => one.Type).ToDictionary(pair => pair.Key, pair => pair.Value / (double)group.Count()));
        types = [.. byName.GetValueOrDefault("", []).Where(pair => pair.Key.Length > 0).OrderByDescending(pair => pair.Value)
            .ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(libraryTypes).Select(pair => pair.Key)];
    }

    /// <summary>Guesses for a graph's declarations of known type.</summary>
    public IReadOnlyList<IReadOnlyList<TypeGuess>> Guess(TypeGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var classes = Enumerable.Range(0, graph.Nodes.Count).Where(v => graph.Nodes[v].Kind == TypeNodeKind.Class).Select(c => (c, Words: TypeGraph.Words(graph.Nodes[c].Name))).ToList();
        var library = types.Select(type => (type, Words: TypeGraph.Words(type))).ToList();
        return [.. graph.Declarations.Select(v =>
        {
            string? name = graph.Nodes[v].Name;
            var words = TypeGraph.Words(name);
            double Similar(IReadOnlyList<string> other) => words.Intersect(other).Count() / (double)Math.Max(1, words.Union(other).Count());
            var known = learned ? byName[Keys(name).First(byName.ContainsKey)] : byName[""];
            double own = learned ? known.GetValueOrDefault("") : 1;
            return (IReadOnlyList<TypeGuess>)
            [
                .. library.Select(type => new TypeGuess(type.type, null, learned ? known.GetValueOrDefault(type.type) + 0.01 * byName[""][type.type]
                        : Similar(type.Words) + 1e-3 * byName[""][type.type]))
                    .Concat(classes.Select(one => new TypeGuess(graph.Nodes[one.c].Name!, one.c, own * Similar(one.Words)))).OrderByDescending(one => one.Probability).Take(5),
            ];
        })];
    }

    // From the most telling to the least.
    private static IEnumerable<string> Keys(string? name)
    {
        var words = TypeGraph.Words(name);
        return name is null || words.Count == 0 ? [""] : [$"name {name}", $"word {words[^1]}", ""];
    }
}
