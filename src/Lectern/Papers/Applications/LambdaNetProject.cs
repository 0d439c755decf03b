using Lectern.Graphs;
using Lectern.Graphs.Programs;

namespace Lectern.Papers.Applications;

/// <summary>The library types and the words, members and library names that a model has vectors for.</summary>
public sealed class LambdaNetVocabulary
{
    private readonly Dictionary<string, int> words, members, library;

    /// <param name="types">The library types that can be predicted.</param>
    /// <param name="words">The words with vectors of their own.</param>
    /// <param name="members">The labels with vectors of their own.</param>
    /// <param name="library">The names from outside with vectors of their own.</param>
    public LambdaNetVocabulary(IReadOnlyList<string> types, IReadOnlyList<string> words, IReadOnlyList<string> members, IReadOnlyList<string> library)
    {
        static Dictionary<string, int> Number(IReadOnlyList<string> names) => names.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i + 1);
        (Types, this.words, this.members, this.library) = (types, Number(words), Number(members), Number(library));
    }

    /// <summary>What the training set has: its most frequent types; of the others as many as cover the share that the settings name.</summary>
    public static LambdaNetVocabulary Of(IReadOnlyList<TypeGraph> graphs, LambdaNetSettings settings)
    {
        ArgumentNullException.ThrowIfNull(graphs);
        ArgumentNullException.ThrowIfNull(settings);
        List<string> Frequent(IEnumerable<string> all, double coverage, int most = int.MaxValue)
        {
            var counts = all.CountBy(name => name).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Take(most).ToList();
            double wanted = coverage * counts.Sum(pair => pair.Value), sum = 0;
            return [.. counts.TakeWhile(pair => (sum += pair.Value) - pair.Value < wanted).Select(pair => pair.Key)];
        }
        var types = Frequent(graphs.SelectMany(graph => graph.Nodes).Select(node => node.Type).OfType<string>(), 1, settings.LibraryTypes);
        return new(types,
            Frequent(graphs.SelectMany(graph => graph.Nodes.Select(node => node.Name).Concat(graph.Edges.SelectMany(edge => edge.Labels ?? []))).SelectMany(TypeGraph.Words), settings.Coverage),
            Frequent(graphs.SelectMany(graph => graph.Edges).SelectMany(edge => edge.Labels ?? []), settings.Coverage),
            [.. types.Union(Frequent(graphs.SelectMany(graph => graph.Nodes).Where(node => node.Kind == TypeNodeKind.Library).Select(node => node.Name!), settings.Coverage))]);
    }

    /// <summary>The library types that can be predicted, the most frequent first.</summary>
    public IReadOnlyList<string> Types { get; }

    internal (int Words, int Members, int Library) Sizes => (words.Count, members.Count, library.Count);

    internal int Word(string word) => words.GetValueOrDefault(word);                // 0: none of its own

    internal int Member(string label) => members.GetValueOrDefault(label);

    internal int Library(string name) => library.GetValueOrDefault(name);
}

/// <summary>What a message's parts are looked up in.</summary>
internal enum LambdaNetTable
{
    Node,
    Position,
    Member,
    Name,
}

/// <summary>All messages of one function: the rows of its inputs, side by side.</summary>
internal sealed record LambdaNetMessages(string Function, (LambdaNetTable Table, SparseMatrix Rows)[] Parts);

/// <summary>
/// The usage hyperedges: accesses, each with its entries: the default of its label, then the classes that have such a member. Columns are rows of
/// h, then of the defaults' keys, then of their values.
/// </summary>
/// <param name="Objects">[A, rows]: the object of each access.</param>
/// <param name="Results">[A, rows]: its result.</param>
/// <param name="ObjectOf">[entries, rows]: the object, once for each entry.</param>
/// <param name="ResultOf">[entries, rows].</param>
/// <param name="ClassOf">[entries, rows]: the class, or the default key.</param>
/// <param name="MemberOf">[entries, rows]: the class's member, or the default value.</param>
/// <param name="Classes">[A, rows]: a row an access, the classes its entries.</param>
/// <param name="Members">[A, rows].</param>
/// <param name="Found">[classes found, entries]: the entries that are no defaults.</param>
internal sealed record LambdaNetUsages(SparseMatrix Objects, SparseMatrix Results, SparseMatrix ObjectOf, SparseMatrix ResultOf,
    SparseMatrix ClassOf, SparseMatrix MemberOf, SparseMatrix Classes, SparseMatrix Members, SparseMatrix Found);

/// <summary>
/// A graph in the form that a model computes on. Rows of h: first the variables and classes, in the graph's order, then the library's
/// types that can be predicted, then the graph's other library nodes.
/// </summary>
public sealed class LambdaNetProject
{
    internal const int Positions = 10;                                               // 0 is the result, 9 all arguments from the ninth on

    private readonly Dictionary<string, int> names = [];
    private readonly List<(string Function, LambdaNetTable[] Tables, int[][] Rows)> sendings = [];
    private int[] usageTargets = [];

    /// <param name="graph">The graph.</param>
    /// <param name="vocabulary">The model's.</param>
    /// <param name="settings">Which hyperedges count.</param>
    public LambdaNetProject(TypeGraph graph, LambdaNetVocabulary vocabulary, LambdaNetSettings settings)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(settings);
        Graph = graph;
        var nodes = graph.Nodes;
        int[] rows = new int[nodes.Count];
        Rows = rows;
        for (int v = 0; v < nodes.Count; v++) if (nodes[v].Kind != TypeNodeKind.Library) rows[v] = Count++;
        var library = vocabulary.Types.ToList();
        for (int v = 0; v < nodes.Count; v++)
        {
            if (nodes[v].Kind != TypeNodeKind.Library) continue;
            if (library.IndexOf(nodes[v].Name!) is var known && known < 0) library.Add(nodes[v].Name!);
            rows[v] = Count + (known < 0 ? library.Count - 1 : known);
        }
        LibraryVectors = [.. library.Select(name => (long)vocabulary.Library(name))];
        LibraryNames = [.. library.Select(NameRow)];
        AllRows = Count + library.Count;
        Classes = [.. Enumerable.Range(0, nodes.Count).Where(v => nodes[v].Kind == TypeNodeKind.Class)];
        Candidates = [.. Enumerable.Range(Count, vocabulary.Types.Count), .. Classes.Select(c => Rows[c])];
        var types = vocabulary.Types.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i);
        var classes = Classes.Select((c, i) => (c, i)).ToDictionary(p => p.c, p => p.i + types.Count);
        Answers = [.. nodes.Select(node => node.Class is { } c ? classes[c] : node.Type is { } type ? types.GetValueOrDefault(type, -1) : -1)];

        if (settings.Logical) Logical(vocabulary);
        if (settings.Contextual) Contextual(vocabulary);
        // The words of all names, with one vector each.
        var words = names.Keys.Select(TypeGraph.Words).ToList();
        Words = [.. words.SelectMany(word => word).Distinct()];
        var place = Words.Select((word, i) => (word, i)).ToDictionary(p => p.word, p => p.i);
        int[] pointers = new int[words.Count + 1];
        for (int i = 0; i < words.Count; i++) pointers[i + 1] = pointers[i] + words[i].Count;
        NameWords = SparseMatrix.FromRows(words.Count, Words.Count, pointers, [.. words.SelectMany(of => of).Select(word => place[word])]);

        int[] sizes = [AllRows, Positions, vocabulary.Sizes.Members + 1, names.Count];
        Messages = [.. sendings.Select(sent => new LambdaNetMessages(sent.Function,
            [.. sent.Tables.Select((table, part) => (table, Pick([.. sent.Rows.Select(row => row[part + 1])], sizes[(int)table])))]))];

        // What arrives, in the order of who receives it: messages, those of usages, the node's own vector, and one that says that nothing came.
        int[] heard = [.. sendings.SelectMany(sent => sent.Rows.Select(row => row[0])), .. usageTargets];
        int[] silent = [.. Enumerable.Range(0, Count).Except(heard)];
        Silent = silent.Length;
        int[] arriving = [.. heard, .. Enumerable.Range(0, Count), .. silent];
        int[] places = [.. Enumerable.Range(0, arriving.Length).Where(i => arriving[i] < Count)];   // the library does not listen
        var into = SparseMatrix.FromEntries(Count, arriving.Length, [.. places.Select(i => arriving[i])], places, out _);
        Order = Pick(into.ColumnIndices, arriving.Length);
        Into = SparseMatrix.FromRows(Count, into.Entries, into.RowPointers, [.. Enumerable.Range(0, into.Entries)]);
        Receivers = Pick(Into.EntryRows(), Count);
    }

    /// <summary>The graph.</summary>
    public TypeGraph Graph { get; }

    /// <summary>Number of variables and classes.</summary>
    public int Count { get; }

    /// <summary>The row of each node.</summary>
    public IReadOnlyList<int> Rows { get; }

    /// <summary>The classes' nodes; as candidates they follow the library's types.</summary>
    public IReadOnlyList<int> Classes { get; }

    /// <summary>The candidate that each node's true type is; -1 where it is not known, or none of them.</summary>
    public IReadOnlyList<int> Answers { get; }

    internal int AllRows { get; }

    internal int[] Candidates { get; }

    internal long[] LibraryVectors { get; }

    internal int[] LibraryNames { get; }

    internal IReadOnlyList<string> Words { get; }

    internal SparseMatrix NameWords { get; }

    internal IReadOnlyList<LambdaNetMessages> Messages { get; }

    internal LambdaNetUsages? Usages { get; private set; }

    internal SparseMatrix Order { get; }

    internal SparseMatrix Into { get; }

    internal SparseMatrix Receivers { get; }

    internal int Silent { get; }

    /// <summary>The matrix that takes out rows.</summary>
    internal static SparseMatrix Pick(int[] rows, int of) => SparseMatrix.FromRows(rows.Length, of, [.. Enumerable.Range(0, rows.Length + 1)], rows);

    private int NameRow(string name)
    {
        names.TryAdd(name, names.Count);
        return names[name];
    }

    // A row a message: who receives it, then the rows of its parts. Library nodes receive none.
    private void Send(string function, LambdaNetTable[] tables, IEnumerable<int[]> rows)
    {
        int[][] sent = [.. rows.Where(row => row[0] < Count)];
        if (sent.Length > 0) sendings.Add((function, tables, sent));
    }

    private void Logical(LambdaNetVocabulary vocabulary)
    {
        foreach (var kind in Graph.Edges.GroupBy(edge => edge.Kind).OrderBy(group => group.Key))
        {
            var edges = kind.Select(edge => (Ends: edge.Nodes.Select(v => Rows[v]).ToArray(), Labels: edge.Labels ?? [])).ToList();
            if (kind.Key == TypeEdgeKind.Boolean) Send("Boolean", [LambdaNetTable.Node], edges.Select(edge => new[] { edge.Ends[0], edge.Ends[0] }));
            else if (kind.Key is TypeEdgeKind.Object or TypeEdgeKind.Access)
                Pairs(kind.Key, [LambdaNetTable.Member, LambdaNetTable.Name], edges.SelectMany(edge => edge.Labels.Select((label, i) =>
                    new[] { edge.Ends[0], edge.Ends[i + 1], vocabulary.Member(label), NameRow(label) })));
            else if (kind.Key is TypeEdgeKind.Function or TypeEdgeKind.Call)
                Pairs(kind.Key, [LambdaNetTable.Position], edges.SelectMany(edge => Enumerable.Range(1, edge.Ends.Length - 1).Select(i =>
                    new[] { edge.Ends[0], edge.Ends[i], i == edge.Ends.Length - 1 ? 0 : Math.Min(i, Positions - 1) })));
            else Pairs(kind.Key, [], edges.Select(edge => edge.Ends));
        }
    }

    // Both ends hear of the pair, by a function each: (left, right, labels …).
    private void Pairs(object kind, LambdaNetTable[] labels, IEnumerable<int[]> pairs)
    {
        int[][] all = [.. pairs];
        Send($"{kind} left", [LambdaNetTable.Node, LambdaNetTable.Node, .. labels], all.Select(row => (int[])[row[0], .. row]));
        Send($"{kind} right", [LambdaNetTable.Node, LambdaNetTable.Node, .. labels], all.Select(row => (int[])[row[1], .. row]));
    }

    private void Contextual(LambdaNetVocabulary vocabulary)
    {
        var nodes = Graph.Nodes;
        Send("Name", [LambdaNetTable.Name], Enumerable.Range(0, nodes.Count).Where(v => nodes[v].Name is not null && nodes[v].Kind != TypeNodeKind.Library)
            .Select(v => new[] { Rows[v], NameRow(nodes[v].Name!) }).ToList());
        // Variables and candidates that share k words.
        var types = vocabulary.Types.Select((name, i) => (Row: Count + i, name)).Concat(Classes.Select(c => (Row: Rows[c], name: nodes[c].Name!)))
            .SelectMany(type => TypeGraph.Words(type.name).Select(word => (word, type.Row))).ToLookup(p => p.word, p => p.Row);
        var similar = Enumerable.Range(0, nodes.Count).Where(v => nodes[v].Kind == TypeNodeKind.Variable).SelectMany(v =>
            TypeGraph.Words(nodes[v].Name).SelectMany(word => types[word]).CountBy(row => row).Select(pair => (Variable: Rows[v], Type: pair.Key, Shared: Math.Min(pair.Value, 3))));
        foreach (var shared in similar.GroupBy(one => one.Shared).OrderBy(group => group.Key))
            Pairs($"Similar {shared.Key}", [], shared.Select(one => new[] { one.Variable, one.Type }));

        // Accesses, and the classes with a member of that name.
        var members = Graph.Edges.Where(edge => edge.Kind == TypeEdgeKind.Object)
            .SelectMany(edge => edge.Labels!.Select((label, i) => (label, Class: Rows[edge.Nodes[0]], Member: Rows[edge.Nodes[i + 1]]))).ToLookup(p => p.label);
        var accesses = Graph.Edges.Where(edge => edge.Kind == TypeEdgeKind.Access)
            .Select(edge => (Object: Rows[edge.Nodes[0]], Result: Rows[edge.Nodes[1]], Label: vocabulary.Member(edge.Labels![0]), Found: members[edge.Labels![0]].ToList()))
            .Where(access => access.Label > 0 || access.Found.Count > 0).ToList();
        if (accesses.Count == 0) return;
        int labels = vocabulary.Sizes.Members + 1, all = AllRows + 2 * labels;
        int[] pointers = new int[accesses.Count + 1];
        for (int a = 0; a < accesses.Count; a++) pointers[a + 1] = pointers[a] + 1 + accesses[a].Found.Count;
        int[] classes = [.. accesses.SelectMany(access => access.Found.Select(found => found.Class).Prepend(AllRows + access.Label))];
        int[] values = [.. accesses.SelectMany(access => access.Found.Select(found => found.Member).Prepend(AllRows + labels + access.Label))];
        int[] found = [.. Enumerable.Range(0, classes.Length).Where(e => classes[e] < AllRows)];
        SparseMatrix Of(Func<(int Object, int Result), int> end, bool each) => Pick([.. accesses.SelectMany(access =>
            Enumerable.Repeat(end((access.Object, access.Result)), each ? access.Found.Count + 1 : 1))], all);
        Usages = new(Of(one => one.Object, false), Of(one => one.Result, false), Of(one => one.Object, true), Of(one => one.Result, true), Pick(classes, all),
            Pick(values, all), SparseMatrix.FromRows(accesses.Count, all, pointers, classes), SparseMatrix.FromRows(accesses.Count, all, pointers, values),
            Pick(found, classes.Length));
        // To results, objects, classes and members, in this order; the library does not listen.
        usageTargets = [.. accesses.Select(access => access.Result), .. accesses.Select(access => access.Object), .. found.Select(e => classes[e]), .. found.Select(e => values[e])];
    }
}
