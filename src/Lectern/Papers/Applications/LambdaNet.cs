// LambdaNet — J. Wei, M. Goyal, G. Durrett and I. Dillig, "LambdaNet: Probabilistic Type Inference using Graph Neural
// Networks", ICLR 2020, arXiv:2005.02161.
// Idea      Erase a program's types and join the type variables by what the program says of them (logical hyperedges) and
//           what it suggests (contextual ones). A network passes messages along; each variable then points at a type: one of
//           the library's, or a class of the same project, which training need not have seen.
// Symbols   τ -> a row of h: [variables and classes, d]; u_c -> a candidate's row; K -> Iterations; l -> a member's name
// Graph     assign, subtype, equal, inherit, fixed, Boolean, function, call, object, access   -> TypeGraph, TypeGraphWriter
// Context   name, similarity of names, usage                                        -> LambdaNetProject.Contextual
// Messages  MLP(h_a || h_b || label), a function a kind, role and iteration                 -> LambdaNetLayer.Heard
// Usage     w = softmax(h_o · h_c) over the classes with a member l and a default; MLP(h_τ || sum of w h_f)  -> LambdaNetLayer.Used
// Gather    a = softmax LeakyReLU((W_1 h_τ)·(W_2 m)); h_τ <- h_τ + sum of a W_3 m              -> LambdaNetLayer.forward
// Answer    softmax over candidates of MLP(h_τ || u_c)                                     -> LambdaNetModel.Scores
// Differs   C# in place of TypeScript: overloads are looked up by their number of parameters; Equal joins what is compared,
//           since C# has hardly any aliases. A library type's vector knows its name, not its signature. In training each word is forgotten
//           with the same probability, frequent or not.
using Lectern.Graphs;
using Lectern.Graphs.Programs;
using Lectern.Training;

namespace Lectern.Papers.Applications;

/// <summary>Settings; the defaults are the authors'.</summary>
public sealed record LambdaNetSettings
{
    /// <summary>d, width of all vectors.</summary>
    public int Width { get; init; } = 32;

    /// <summary>K, rounds of messages.</summary>
    public int Iterations { get; init; } = 6;

    /// <summary>Whether what the program says counts.</summary>
    public bool Logical { get; init; } = true;

    /// <summary>Whether names and usages count.</summary>
    public bool Contextual { get; init; } = true;

    /// <summary>Whether messages are weighed by attention; otherwise their mean counts.</summary>
    public bool Attention { get; init; } = true;

    /// <summary>Library types that can be predicted, at most.</summary>
    public int LibraryTypes { get; init; } = 100;

    /// <summary>Share of all words, labels and library names that have vectors of their own.</summary>
    public double Coverage { get; init; } = 0.98;

    /// <summary>Vectors for all other words.</summary>
    public int Placeholders { get; init; } = 50;

    /// <summary>Probability that a word is taken for an unknown one in training.</summary>
    public double Forget { get; init; } = 0.1;

    /// <summary>Weight of a variable whose type the project declares; that of the others is 1.</summary>
    public double UserWeight { get; init; } = 3;

    /// <summary>Variables of library types learned from, for each of the project's types; 0: all.</summary>
    public int LibraryPerUser { get; init; } = 3;

    /// <summary>Adam's, at the start; it falls linearly.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Its value in the last epoch, as a share of the first.</summary>
    public double LastRate { get; init; } = 0.1;

    /// <summary>By which share a step shrinks the weights of linear layers, at the first rate.</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>The length that a step's gradient is cut to.</summary>
    public double GradientNorm { get; init; } = 2;

    /// <summary>Passes over the projects, one a step.</summary>
    public int Epochs { get; init; } = 30;

    /// <summary>Of the weights, the order and what is drawn.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>Linear, ReLU, linear.</summary>
internal sealed class LambdaNetMlp : nn.Module<Tensor, Tensor>
{
    private readonly Linear inner, outer;

    internal LambdaNetMlp(int inputs, int outputs) : base(nameof(LambdaNetMlp))
    {
        (inner, outer) = (nn.Linear(inputs, outputs), nn.Linear(outputs, outputs));
        // A name passes five of these layers on its way to a variable; by torch's own start, of a third of the variance, it would arrive as nothing.
        nn.init.kaiming_uniform_(inner.weight!);
        nn.init.xavier_uniform_(outer.weight!);
        nn.init.zeros_(inner.bias!);
        nn.init.zeros_(outer.bias!);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) =>
        FastLinear.Apply(FastLinear.Apply(x, inner.weight!, inner.bias).relu(), outer.weight!, outer.bias);
}

/// <summary>One iteration of messages.</summary>
internal sealed class LambdaNetLayer : nn.Module
{
    private static readonly string[] Binary =
        [.. new[] { "Assign", "Subtype", "Equal", "Inherit", "Fixed", "Similar 1", "Similar 2", "Similar 3" }.SelectMany(kind => new[] { $"{kind} left", $"{kind} right" })];

    private readonly ModuleDict<LambdaNetMlp> functions = new();
    private readonly Linear receiver, message, value;
    private readonly Parameter nothing;
    private readonly bool attention;

    internal LambdaNetLayer(LambdaNetSettings settings) : base(nameof(LambdaNetLayer))
    {
        int d = settings.Width;
        attention = settings.Attention;
        void Functions(int inputs, params IEnumerable<string> names)
        {
            foreach (string name in names) functions.Add(name, new LambdaNetMlp(inputs * d, d));
        }
        Functions(1, "Boolean", "Name");
        Functions(2, [.. Binary, "Usage result", "Usage object", "Usage class", "Usage member"]);
        Functions(3, "Function left", "Function right", "Call left", "Call right");
        Functions(4, "Object left", "Object right", "Access left", "Access right");
        (receiver, message, value) = (nn.Linear(d, d, hasBias: false), nn.Linear(d, d, hasBias: false), nn.Linear(d, d, hasBias: false));
        foreach (var linear in new[] { receiver, message, value }) nn.init.xavier_uniform_(linear.weight!);
        nothing = new Parameter(0.1 * randn(1, d) / Math.Sqrt(d));
        RegisterComponents();
    }

    /// <param name="project">The graph.</param>
    /// <param name="h">[N, d], variables and classes.</param>
    /// <param name="library">[L, d], which stays as it is.</param>
    /// <param name="tables">Positions, members and names, by <see cref="LambdaNetTable"/>; the first is not used.</param>
    /// <param name="defaults">Keys, then values, of the labels: [2 labels, d].</param>
    internal Tensor forward(LambdaNetProject project, Tensor h, Tensor library, Tensor[] tables, Tensor defaults)
    {
        using var scope = NewDisposeScope();
        var all = cat([h, library], 0);
        var arriving = Heard(project, [all, .. tables[1..]]);
        if (project.Usages is { } usages) arriving.AddRange(Used(usages, cat([all, defaults], 0)));
        arriving.AddRange([h, nothing.expand(project.Silent, -1)]);
        var m = project.Order.MatMul(cat(arriving, 0));                             // M_τ and h_τ, receiver by receiver: [M, d]
        var scores = (project.Receivers.MatMul(receiver.call(h)) * message.call(m)).sum(dim: 1, keepdim: true);
        if (!attention) scores = scores * 0;
        var a = EdgeSoftmax.Of(project.Into, nn.functional.leaky_relu(scores, 0.2));
        return (h + SparseProduct.Multiply(project.Into, a, value.call(m))).MoveToOuterDisposeScope();
    }

    private List<Tensor> Heard(LambdaNetProject project, Tensor[] tables) => [.. project.Messages.Select(group =>
        functions[group.Function].call(cat([.. group.Parts.Select(part => part.Rows.MatMul(tables[(int)part.Table]))], 1)))];

    private IEnumerable<Tensor> Used(LambdaNetUsages use, Tensor rows)
    {
        // By the object a class is found, and its member is what results; by the result a member, and its class is the object.
        var (ofObject, ofResult) = (use.ObjectOf.MatMul(rows), use.ResultOf.MatMul(rows));
        var w = EdgeSoftmax.Of(use.Classes, (ofObject * use.ClassOf.MatMul(rows)).sum(dim: 1, keepdim: true));
        var v = EdgeSoftmax.Of(use.Classes, (ofResult * use.MemberOf.MatMul(rows)).sum(dim: 1, keepdim: true));
        yield return functions["Usage result"].call(cat([use.Results.MatMul(rows), SparseProduct.Multiply(use.Members, w, rows)], 1));
        yield return functions["Usage object"].call(cat([use.Objects.MatMul(rows), SparseProduct.Multiply(use.Classes, v, rows)], 1));
        if (use.Found.Rows == 0) yield break;
        Tensor Back(SparseMatrix to, Tensor sent) => use.Found.MatMul(cat([to.MatMul(rows), sent], 1));
        yield return functions["Usage class"].call(Back(use.ClassOf, w * ofObject));
        yield return functions["Usage member"].call(Back(use.MemberOf, v * ofResult));
    }
}

/// <summary>The vectors, the iterations and the pointer.</summary>
public sealed class LambdaNetModel : nn.Module
{
    private readonly Parameter start, defaults, positions;
    private readonly Embedding words, members, libraryVectors;
    private readonly LambdaNetMlp ofWord, ofLibrary;
    private readonly ModuleList<LambdaNetLayer> layers;
    private readonly Linear ofVariable, ofCandidate;
    private readonly Sequential score;

    /// <param name="vocabulary">What has vectors of its own.</param>
    /// <param name="settings">The sizes.</param>
    public LambdaNetModel(LambdaNetVocabulary vocabulary, LambdaNetSettings settings) : base(nameof(LambdaNetModel))
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(settings);
        (Vocabulary, Settings) = (vocabulary, settings);
        int d = settings.Width;
        var (wordCount, memberCount, libraryCount) = vocabulary.Sizes;
        Tensor Small(long rows) => 0.1 * randn(rows, d) / Math.Sqrt(d);
        Embedding Table(Tensor rows) => nn.Embedding_from_pretrained(rows, freeze: false);
        (start, defaults, positions) = (new Parameter(Small(1)), new Parameter(Small(2 * (memberCount + 1))), new Parameter(Small(LambdaNetProject.Positions)));
        (members, libraryVectors) = (Table(Small(memberCount + 1)), Table(Small(libraryCount + 1)));
        // The words' vectors, then the placeholders: of length 1.
        words = Table(nn.functional.normalize(randn(wordCount + settings.Placeholders, d), 2, 1));
        (ofWord, ofLibrary) = (new LambdaNetMlp(d, d), new LambdaNetMlp(2 * d, d));
        layers = new ModuleList<LambdaNetLayer>([.. Enumerable.Range(0, settings.Iterations).Select(_ => new LambdaNetLayer(settings))]);
        (ofVariable, ofCandidate) = (nn.Linear(d, 32), nn.Linear(d, 32, hasBias: false));
        score = nn.Sequential(nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 1));
        RegisterComponents();
    }

    // A parameter whose rows are vectors of words, members or types.
    internal static bool IsTable(string name) =>
        name is $"{nameof(words)}.weight" or $"{nameof(members)}.weight" or $"{nameof(libraryVectors)}.weight";

    /// <summary>What has vectors of its own.</summary>
    public LambdaNetVocabulary Vocabulary { get; }

    /// <summary>The sizes.</summary>
    public LambdaNetSettings Settings { get; }

    /// <summary>A graph in the form that this model computes on.</summary>
    public LambdaNetProject Prepare(TypeGraph graph) => new(graph, Vocabulary, Settings);

    /// <summary>The vectors after all iterations: [N + L, d], variables and classes, then the library's.</summary>
    /// <param name="project">The graph.</param>
    /// <param name="salt">Which placeholders unknown words get and, in training, which words are forgotten.</param>
    public Tensor Vectors(LambdaNetProject project, int salt = 0)
    {
        ArgumentNullException.ThrowIfNull(project);
        using var scope = NewDisposeScope();
        var names = Names(project, salt);
        var known = libraryVectors.call(tensor(project.LibraryVectors, device: start.device));
        var library = ofLibrary.call(cat([known, LambdaNetProject.Pick(project.LibraryNames, (int)names.shape[0]).MatMul(names)], 1));
        var h = start.expand(project.Count, -1).contiguous();                       // one vector for all: nothing is known yet
        foreach (var layer in layers) h = layer.forward(project, h, library, [h, positions, members.weight!, names], defaults);
        return cat([h, library], 0).MoveToOuterDisposeScope();
    }

    // Each name the sum of its words' MLP(w): [names, d].
    private Tensor Names(LambdaNetProject project, int salt)
    {
        var random = new SplitMix(Settings.Seed, salt);
        long first = Vocabulary.Sizes.Words;
        long[] rows = [.. project.Words.Select(word => Vocabulary.Word(word) is var known && known > 0 && !(training && random.Next(1000) < 1000 * Settings.Forget)
            ? known - 1 : first + new SplitMix(salt, StableHash(word)).Next(Settings.Placeholders))];
        return rows.Length == 0 ? zeros(project.NameWords.Rows, Settings.Width, device: start.device)
            : project.NameWords.MatMul(ofWord.call(words.call(tensor(rows, device: start.device))));
    }

    // The same in every process: FNV-1a.
    internal static long StableHash(string word) => unchecked((long)word.Aggregate(14695981039346656037UL, (hash, letter) => (hash ^ letter) * 1099511628211UL));

    /// <summary>log p of each candidate: the library's types, then the project's classes.</summary>
    /// <param name="project">The graph.</param>
    /// <param name="vectors">What <see cref="Vectors"/> gave.</param>
    /// <param name="nodes">The variables asked about.</param>
    /// <returns>[nodes, candidates].</returns>
    public Tensor Scores(LambdaNetProject project, Tensor vectors, IReadOnlyList<int> nodes)
    {
        ArgumentNullException.ThrowIfNull(project);
        ArgumentNullException.ThrowIfNull(vectors);
        using var scope = NewDisposeScope();
        var h = LambdaNetProject.Pick([.. nodes.Select(v => project.Rows[v])], project.AllRows).MatMul(vectors);
        var u = LambdaNetProject.Pick(project.Candidates, project.AllRows).MatMul(vectors);
        // The first layer of MLP(h || u) is a part of h and a part of u.
        var pairs = ofVariable.call(h).unsqueeze(1) + ofCandidate.call(u).unsqueeze(0);                 // [nodes, candidates, 32]
        return nn.functional.log_softmax(score.call(pairs.view(-1, 32)).view(nodes.Count, -1), 1).MoveToOuterDisposeScope();
    }
}

/// <summary>Training and prediction.</summary>
public static class LambdaNet
{
    /// <summary>Trains a model, one project a step.</summary>
    /// <param name="graphs">Projects with known types.</param>
    /// <param name="settings">What is chosen.</param>
    /// <param name="evaluate">What is measured after each epoch.</param>
    /// <param name="checkpoint">A file to go on from; null: none.</param>
    /// <param name="best">The measure whose best epoch counts; null: the last one does.</param>
    /// <exception cref="ArgumentException">There is nothing to learn from.</exception>
    public static (LambdaNetModel Model, History History) Train(IReadOnlyList<TypeGraph> graphs, LambdaNetSettings settings,
        Func<LambdaNetModel, IReadOnlyDictionary<string, double>>? evaluate = null, string? checkpoint = null, string? best = null)
    {
        ArgumentNullException.ThrowIfNull(graphs);
        ArgumentNullException.ThrowIfNull(settings);
        manual_seed(settings.Seed);
        var model = new LambdaNetModel(LambdaNetVocabulary.Of(graphs, settings), settings).to(Devices.Chosen);
        var projects = graphs.Select(model.Prepare).Where(project => project.Answers.Any(answer => answer >= 0)).ToList();
        if (projects.Count == 0)
            throw new ArgumentException($"None of the {graphs.Count} graphs has a variable of known type; give nodes a type or a class.", nameof(graphs));
        // Decay is the weights' alone and beside Adam, as in the authors' code: in the gradient it would be all the gradient that the vector
        // of a word has which a step's project has not, and Adam makes a whole step of that. Rare words were forgotten so.
        bool Decays((string name, Parameter parameter) one) => one.parameter.dim() == 2
            && one.name.EndsWith(".weight", StringComparison.Ordinal) && !LambdaNetModel.IsTable(one.name);
        var all = model.named_parameters().ToList();
        using var optimizer = optim.AdamW(
        [
            new AdamW.ParamGroup(all.Where(Decays).Select(one => one.parameter), settings.LearningRate, weight_decay: settings.WeightDecay / settings.LearningRate),
            new AdamW.ParamGroup(all.Where(one => !Decays(one)).Select(one => one.parameter), settings.LearningRate, weight_decay: 0),
        ]);
        var history = new Trainer(model, optimizer)
        {
            Task = "types", Epochs = settings.Epochs, Checkpoint = checkpoint, CheckpointEvery = 1, Best = best, HigherIsBetter = true,
            Schedule = past =>
            {
                double rate = settings.LearningRate * (1 - (1 - settings.LastRate) * past.Epochs / Math.Max(1, settings.Epochs - 1));
                foreach (var group in optimizer.ParamGroups) group.LearningRate = rate;
            },
            BeforeStep = () => nn.utils.clip_grad_norm_(model.parameters(), settings.GradientNorm),
        }.Run(epoch =>
        {
            var random = new Random(settings.Seed + 7919 * epoch);
            var order = projects.ToArray();
            random.Shuffle(order);
            return order.Select(project => (project, random.Next()));
        }, step => Loss(model, step.project, step.Item2), evaluate is null ? null : () => evaluate(model));
        return (model, history);
    }

    /// <summary>Weighted -log p of a project's true types, those of the library's drawn.</summary>
    /// <param name="model">The model.</param>
    /// <param name="project">The graph.</param>
    /// <param name="salt">What is drawn.</param>
    public static Tensor Loss(LambdaNetModel model, LambdaNetProject project, int salt)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(project);
        var settings = model.Settings;
        int types = model.Vocabulary.Types.Count;
        int[] known = [.. Enumerable.Range(0, project.Answers.Count).Where(v => project.Answers[v] >= 0)];
        int[] user = [.. known.Where(v => project.Answers[v] >= types)], library = [.. known.Where(v => project.Answers[v] < types)];
        if (settings.LibraryPerUser > 0)
        {
            new Random(salt).Shuffle(library);
            library = library[..Math.Min(library.Length, settings.LibraryPerUser * Math.Max(1, user.Length))];
        }
        int[] asked = [.. user, .. library];
        var scores = model.Scores(project, model.Vectors(project, salt), asked);
        var p = scores.gather(1, tensor(asked.Select(v => (long)project.Answers[v]).ToArray(), device: scores.device).unsqueeze(1));
        var weights = tensor(asked.Select(v => project.Answers[v] >= types ? (float)settings.UserWeight : 1).ToArray(), device: scores.device).unsqueeze(1);
        return -(p * weights).sum() / weights.sum();
    }

    /// <summary>Types of variables, the likeliest first.</summary>
    /// <param name="model">A trained model.</param>
    /// <param name="graph">The project.</param>
    /// <param name="nodes">The variables asked about; null: those whose type is known.</param>
    /// <param name="most">Types for each.</param>
    public static IReadOnlyList<IReadOnlyList<TypeGuess>> Predict(LambdaNetModel model, TypeGraph graph, IReadOnlyList<int>? nodes = null, int most = 5)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(graph);
        nodes ??= graph.Declarations;
        bool trained = model.training;
        model.eval();
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var project = model.Prepare(graph);
        var vectors = model.Vectors(project);
        var guesses = new List<IReadOnlyList<TypeGuess>>();
        foreach (var some in nodes.Chunk(1000))
        {
            Interrupt.Token.ThrowIfCancellationRequested();
            using var part = NewDisposeScope();
            var (p, at) = model.Scores(project, vectors, some).exp().topk(Math.Min(most, project.Candidates.Length), 1);
            var (values, places) = (p.data<float>().ToArray(), at.data<long>().ToArray());
            guesses.AddRange(some.Select((_, i) => (IReadOnlyList<TypeGuess>)[.. Enumerable.Range(i * (int)p.shape[1], (int)p.shape[1])
                .Select(j => TypeGuess.Of(project, model.Vocabulary, (int)places[j], values[j]))]));
        }
        if (trained) model.train();
        return guesses;
    }
}
