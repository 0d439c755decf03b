using Lectern.Graphs.Programs;
using Lectern.Papers.Applications;

namespace Lectern.Tests.Papers.Applications;

/// <summary>C# as type graphs, erasure, the layer against loops, what must and must not change predictions, a short training.</summary>
public sealed class LambdaNetTests
{
    private static readonly LambdaNetSettings Tiny = new() { Width = 6, Iterations = 2, Placeholders = 5 };

    private static readonly LambdaNetVocabulary Vocabulary = new(["int", "string"], ["count", "name"], ["Length", "Size"], ["int", "string", "Math"]);

    // 0 Tree with member 1 (Size), 2 object, 3 result of object.Size, 4 assigned from it and a condition, 5 int, 6 a function of 2 and 4 with result 7.
    private static readonly TypeGraph Small = new(
    [
        new(TypeNodeKind.Class, "Tree"), new(TypeNodeKind.Variable, "Size", Type: "int"), new(TypeNodeKind.Variable, "treeCount", Class: 0), new(TypeNodeKind.Variable),
        new(TypeNodeKind.Variable, "count", Type: "int"), new(TypeNodeKind.Library, "int"), new(TypeNodeKind.Variable, "walk"), new(TypeNodeKind.Variable, "qux"),
    ],
    [
        new(TypeEdgeKind.Object, [0, 1], ["Size"]), new(TypeEdgeKind.Access, [2, 3], ["Size"]), new(TypeEdgeKind.Assign, [4, 3]), new(TypeEdgeKind.Fixed, [1, 5]),
        new(TypeEdgeKind.Call, [6, 2, 4, 7]), new(TypeEdgeKind.Boolean, [4]),
    ]);

    private static LambdaNetModel Model(LambdaNetSettings? settings = null, LambdaNetVocabulary? vocabulary = null)
    {
        manual_seed(3);
        var model = new LambdaNetModel(vocabulary ?? Vocabulary, settings ?? Tiny);
        model.eval();
        return model;
    }

    private static float[] Vector(LambdaNetModel model, TypeGraph graph, int node)
    {
        using var scope = NewDisposeScope();
        var project = model.Prepare(graph);
        return model.Vectors(project)[project.Rows[node]].detach().contiguous().data<float>().ToArray();
    }

    private static float[] Probabilities(LambdaNetModel model, TypeGraph graph, int node)
    {
        using var scope = NewDisposeScope();
        var project = model.Prepare(graph);
        return model.Scores(project, model.Vectors(project), [node]).exp().detach().flatten().data<float>().ToArray();
    }

    private static void Near(float[] expected, float[] actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], tolerance);
    }

    private static string Question(TypeGraph graph) =>
        new TypeGraph([.. graph.Nodes.Select(node => node with { Type = null, Class = null })], graph.Edges).ToJson();

    [Fact]
    public void A_names_words_are_a_set_without_digits()
    {
        Assert.Equal(["node", "list"], TypeGraph.Words("nodeList2"));
        Assert.Equal(TypeGraph.Words("nodeList").Order(), TypeGraph.Words("list_node").Order());
        Assert.Equal(["xml", "reader", "i"], TypeGraph.Words("XMLReader_i"));
        Assert.Empty(TypeGraph.Words("+"));
        using var model = Model();
        TypeGraph Named(string name) => new([.. Small.Nodes.Select((node, v) => v == 4 ? node with { Name = name } : node)], Small.Edges);
        Near(Probabilities(model, Named("nameCount"), 2), Probabilities(model, Named("count_name7"), 2));
    }

    [Fact]
    public void A_class_by_hand()
    {
        var graph = CSharpTypes.Parse("class Point { int x; Point Move(int by) { var moved = new Point(); moved.x = x + by; return moved; } }");
        int Named(string name, string role) => Enumerable.Range(0, graph.Nodes.Count).Single(v => graph.Nodes[v].Name == name && graph.Nodes[v].Role == role);
        int point = Named("Point", "type"), x = Named("x", "field"), move = Named("Move", "function"), by = Named("by", "parameter"), moved = Named("moved", "local"),
            result = Named("Move", "result");
        Assert.Equal([(x, "int"), (by, "int"), (result, "Point"), (moved, "Point")], graph.Declarations.Select(v => (v, graph.TypeOf(v)!)));
        Assert.Equal(point, graph.Nodes[moved].Class);
        TypeEdge One(TypeEdgeKind kind, Func<TypeEdge, bool>? which = null) => graph.Edges.Single(edge => edge.Kind == kind && (which?.Invoke(edge) ?? true));
        Assert.Equal([point, x, move], One(TypeEdgeKind.Object).Nodes);
        Assert.Equal(["x", "Move"], One(TypeEdgeKind.Object).Labels);
        Assert.Equal([move, by, result], One(TypeEdgeKind.Function).Nodes);
        int made = One(TypeEdgeKind.Fixed).Nodes[0];
        Assert.Equal([made, point], One(TypeEdgeKind.Fixed).Nodes);
        var plus = One(TypeEdgeKind.Access, edge => edge.Labels![0] == "+").Nodes;
        Assert.Equal(x, plus[0]);
        var sum = One(TypeEdgeKind.Call).Nodes;
        Assert.Equal([plus[1], by], sum.Take(2));
        int reached = One(TypeEdgeKind.Access, edge => edge.Labels![0] == "x").Nodes[1];
        Assert.Equal(new[] { (moved, made), (reached, sum[2]), (result, moved) }.Order(),
            graph.Edges.Where(edge => edge.Kind == TypeEdgeKind.Assign).Select(edge => (edge.Nodes[0], edge.Nodes[1])).Order());
    }

    [Theory]
    [InlineData("int n = s.Length;", "var n = s.Length;")]
    [InlineData("long n = s.Length;", "int n = s.Length;")]
    [InlineData("object o = (string)s;", "string o = (object)s;")]
    [InlineData("foreach (char c in s) F(s);", "foreach (object c in s) F(s);")]
    [InlineData("if (s is A a) F(s);", "if (s is string a) F(s);")]
    [InlineData("var o = s as A;", "var o = s as string;")]
    public void Written_types_are_erased(string one, string other)
    {
        TypeGraph Of(string statement, string type) => CSharpTypes.Parse($"class A {{ {type} F({type} s) {{ {statement} return s; }} }}");
        Assert.Equal(Question(Of(one, "string")), Question(Of(other, "string")));
        Assert.NotEqual(Of("", "string").ToJson(), Of("", "object").ToJson());      // the answers differ, and nothing else
        Assert.Equal(Question(Of("", "string")), Question(Of("", "A")));
    }

    [Theory]
    [InlineData("int", "1")]
    [InlineData("uint", "1u")]
    [InlineData("long", "1L")]
    [InlineData("ulong", "1ul")]
    [InlineData("float", "1f")]
    [InlineData("double", "1.0")]
    [InlineData("decimal", "1m")]
    [InlineData("char", "'a'")]
    [InlineData("string", "\"a\"")]
    [InlineData("bool", "true")]
    public void A_literal_is_of_the_type_that_declarations_name(string type, string literal)
    {
        var graph = CSharpTypes.Parse($"class A {{ {type} F() {{ return {literal}; }} }}");
        Assert.Equal([type], graph.Declarations.Select(v => graph.TypeOf(v)));
        Assert.Equal([type], graph.Nodes.Where(node => node.Kind == TypeNodeKind.Library).Select(node => node.Name));
    }

    [Fact]
    public void Types_of_the_framework_keep_their_names_and_other_projects_are_no_answers()
    {
        var graphs = CSharpTypes.Projects([
            new CSharpFile("one", "a.cs", "class A { List<int> list; int[] array; int? maybe; (int, A) pair; Func<int> f; B other; System.Text.StringBuilder b; void F() { } }"),
            new CSharpFile("two", "b.cs", "class B { A a; }")]);
        Assert.Equal(["List", "Array", "int", "ValueTuple", "Func", "StringBuilder", "void"], graphs[0].Declarations.Select(v => graphs[0].TypeOf(v)));
        Assert.Empty(graphs[1].Declarations);
        var decompiled = CSharpTypes.Projects([new CSharpFile("", "", "class A { int F(int number) { int num = number; return num; } }")], locals: false)[0];
        Assert.DoesNotContain(decompiled.Nodes, node => node.Name == "num");
        Assert.Equal(["parameter", "result"], decompiled.Declarations.Select(v => decompiled.Nodes[v].Role));
    }

    [Fact]
    public void Json_comes_back_and_what_is_no_graph_is_said()
    {
        Assert.Equal(Small.ToJson(), TypeGraph.FromJson(Small.ToJson()).ToJson());
        Assert.Contains("\"Variable\"", Small.ToJson(), StringComparison.Ordinal);
        Assert.Contains("expected", Assert.Throws<ArgumentException>(() => TypeGraph.FromJson("[1]")).Message, StringComparison.Ordinal);
        TypeNode[] two = [new(TypeNodeKind.Variable, "a"), new(TypeNodeKind.Variable, "b")];
        Assert.Contains("names node 2", Assert.Throws<ArgumentException>(() => new TypeGraph(two, [new(TypeEdgeKind.Assign, [0, 2])])).Message, StringComparison.Ordinal);
        Assert.Contains("2 nodes and 1 label", Assert.Throws<ArgumentException>(() => new TypeGraph(two, [new(TypeEdgeKind.Access, [0, 1])])).Message, StringComparison.Ordinal);
        Assert.Contains("no class", Assert.Throws<ArgumentException>(() => new TypeGraph([two[0], two[1] with { Class = 0 }], [])).Message, StringComparison.Ordinal);
        Assert.Contains("no name", Assert.Throws<ArgumentException>(() => new TypeGraph([new(TypeNodeKind.Library)], [])).Message, StringComparison.Ordinal);
        Assert.Contains("0 graphs", Assert.Throws<ArgumentException>(() => LambdaNet.Train([], Tiny)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_iteration_is_its_formula()
    {
        using var scope = NewDisposeScope();
        using var model = Model(Tiny with { Iterations = 1 });
        using (no_grad())                                                           // at the start all attention is next to equal
            foreach (var (name, p) in model.named_parameters())
                if (name is "start" or "defaults" or "members.weight" || name.EndsWith("receiver.weight", StringComparison.Ordinal)) p.mul_(8);
        var w = model.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach());
        Tensor Mlp(string name, params Tensor[] x) => w[$"{name}.outer.weight"].mv((w[$"{name}.inner.weight"].mv(cat(x, 0)) + w[$"{name}.inner.bias"]).relu()) + w[$"{name}.outer.bias"];
        Tensor Message(string name, params Tensor[] x) => Mlp($"layers.0.functions.{name}", x);
        Tensor Word(string word) => w["words.weight"][word switch { "count" => 0, "name" => 1, _ => 2 + new Lectern.Training.SplitMix(0, LambdaNetModel.StableHash(word)).Next(5) }];
        Tensor Name(string name) => TypeGraph.Words(name).Select(word => Mlp("ofWord", Word(word))).Aggregate((a, b) => a + b);
        var h = w["start"][0];                                                      // what all variables and classes begin with
        Tensor size = w["members.weight"][2], integer = Mlp("ofLibrary", w["libraryVectors.weight"][1], Name("int"));
        // Node 2, treeCount: a name, a word shared with Tree, an access, an argument of a call, the object of a usage.
        var keys = stack([w["defaults"][2], h]);                                    // the default of Size; Tree, which has a member Size
        var values = stack([w["defaults"][5], h]);
        var found = (nn.functional.softmax(values.mv(h), 0).unsqueeze(1) * keys).sum(0);
        Tensor[] messages =
        [
            Message("Name", Name("treeCount")), Message("Similar 1 left", h, h),
            Message("Access left", h, h, size, Name("Size")), Message("Call right", h, h, w["positions"][1]), Message("Usage object", h, found), h,
        ];
        var m = stack(messages);
        var products = m.mm(w["layers.0.message.weight"].t()).mv(w["layers.0.receiver.weight"].mv(h));
        var scores = nn.functional.leaky_relu(products, 0.2);
        Assert.True(products.min().item<float>() < -0.1 && nn.functional.softmax(scores, 0).max().item<float>() < 0.9, "no weight below 0 counts: one slope is as good as another");
        var expected = h + (nn.functional.softmax(scores, 0).unsqueeze(1) * m.mm(w["layers.0.value.weight"].t())).sum(0);
        Near(expected.data<float>().ToArray(), Vector(model, Small, 2));
        // Node 1, Size: its name, the class that it belongs to, a literal's type, the usage that leads to it.
        double back = nn.functional.softmax(values.mv(h), 0)[1].item<float>();
        m = stack([Message("Name", Name("Size")), Message("Object right", h, h, size, Name("Size")), Message("Fixed left", h, integer), Message("Usage member", h, h * back), h]);
        scores = nn.functional.leaky_relu(m.mm(w["layers.0.message.weight"].t()).mv(w["layers.0.receiver.weight"].mv(h)), 0.2);
        expected = h + (nn.functional.softmax(scores, 0).unsqueeze(1) * m.mm(w["layers.0.value.weight"].t())).sum(0);
        Near(expected.data<float>().ToArray(), Vector(model, Small, 1));
    }

    [Fact]
    public void Candidates_are_the_librarys_types_and_the_projects_classes()
    {
        using var model = Model();
        float[] p = Probabilities(model, Small, 2);
        Assert.Equal(Vocabulary.Types.Count + 1, p.Length);
        Assert.Equal(1, p.Sum(), 1e-5);
        var guesses = LambdaNet.Predict(model, Small, [2], most: 9)[0];
        Assert.Equal(["Tree", "int", "string"], guesses.Select(guess => guess.Name).Order(StringComparer.Ordinal));
        Assert.Equal(p.OrderDescending().Select(x => (double)x), guesses.Select(guess => guess.Probability));
        Assert.Equal(0, guesses.Single(guess => guess.Name == "Tree").Class);
    }

    [Fact]
    public void Without_iterations_nothing_is_known()
    {
        using var model = Model(Tiny with { Iterations = 0 });
        var two = new TypeGraph([.. Small.Nodes, new(TypeNodeKind.Class, "Forest")], Small.Edges);
        float[] p = Probabilities(model, two, 2);
        foreach (int v in new[] { 1, 3, 4, 7 }) Near(p, Probabilities(model, two, v), 1e-7);
        Assert.Equal(p[2], p[3], 1e-7);                                             // the classes tie
    }

    [Fact]
    public void The_order_of_nodes_and_the_answers_do_not_matter()
    {
        using var model = Model();
        int[] order = [6, 4, 0, 2, 7, 5, 3, 1];                                     // new place i holds old node order[i]
        int[] place = [.. Enumerable.Range(0, 8).Select(v => Array.IndexOf(order, v))];
        var permuted = new TypeGraph([.. order.Select(v => Small.Nodes[v] with { Class = null, Type = null })],
            [.. Small.Edges.Reverse().Select(edge => edge with { Nodes = [.. edge.Nodes.Select(v => place[v])] })]);
        for (int v = 0; v < 8; v++) Near(Probabilities(model, Small, v), Probabilities(model, permuted, place[v]));
    }

    [Fact]
    public void Unknown_words_are_nothing_but_their_placeholders()
    {
        using var model = Model();
        int Placeholder(string word) => new Lectern.Training.SplitMix(0, LambdaNetModel.StableHash(word)).Next(5);
        string other = Enumerable.Range(0, 1000).Select(i => $"z{(char)('a' + i / 26 % 26)}{(char)('a' + i % 26)}").First(word => Placeholder(word) == Placeholder("qux"));
        TypeGraph Named(string name) => new([.. Small.Nodes.Select((node, v) => v == 7 ? node with { Name = name } : node)], Small.Edges);
        for (int v = 0; v < 8; v++) Near(Probabilities(model, Small, v), Probabilities(model, Named(other), v));
        Assert.True(Math.Abs(Probabilities(model, Small, 7)[0] - Probabilities(model, Named("count"), 7)[0]) > 1e-7);
    }

    [Fact]
    public void News_travels_one_hyperedge_an_iteration()
    {
        using var model = Model();
        TypeGraph Chain(bool news) => new([.. Enumerable.Range(0, 5).Select(_ => new TypeNode(TypeNodeKind.Variable))],
            [.. Enumerable.Range(0, 4).Select(i => new TypeEdge(TypeEdgeKind.Assign, [i, i + 1])), .. news ? [new TypeEdge(TypeEdgeKind.Boolean, [4])] : Array.Empty<TypeEdge>()]);
        double Change(int v) => Vector(model, Chain(true), v).Zip(Vector(model, Chain(false), v), (a, b) => Math.Abs(a - b)).Max();
        Assert.All(Enumerable.Range(0, 3), v => Assert.Equal(0, Change(v), 1e-7));
        Assert.All(Enumerable.Range(3, 2), v => Assert.True(Change(v) > 1e-6));
    }

    [Fact]
    public void A_class_that_nobody_knows_is_a_candidate_and_no_more()
    {
        using var model = Model();
        var more = new TypeGraph([.. Small.Nodes, new(TypeNodeKind.Class, "Zebra"), new(TypeNodeKind.Variable, "stripes")],
            [.. Small.Edges, new(TypeEdgeKind.Object, [8, 9], ["stripes"])]);
        for (int v = 0; v < 5; v++) Near(Vector(model, Small, v), Vector(model, more, v), 1e-6);
        Assert.Equal(Probabilities(model, Small, 2).Length + 1, Probabilities(model, more, 2).Length);
    }

    [Fact]
    public void Arguments_are_told_apart_by_their_position_alone()
    {
        using var model = Model();
        TypeGraph Of(params int[] call) => new([.. Enumerable.Range(0, 4).Select(_ => new TypeNode(TypeNodeKind.Variable))], [new(TypeEdgeKind.Call, call)]);
        Near(Vector(model, Of(0, 1, 2, 3), 1), Vector(model, Of(0, 2, 1, 3), 2), 1e-7);
        Near(Vector(model, Of(0, 1, 2, 3), 3), Vector(model, Of(0, 2, 1, 3), 3), 1e-6);
        Assert.True(Vector(model, Of(0, 1, 2, 3), 1).Zip(Vector(model, Of(0, 1, 2, 3), 2), (a, b) => Math.Abs(a - b)).Max() > 1e-6);
    }

    [Theory]
    [InlineData("Assign"), InlineData("Fixed"), InlineData("Object"), InlineData("Access"), InlineData("Call"), InlineData("Boolean")]
    public void Without_a_kind_of_hyperedge_its_functions_get_no_gradient(string kind)
    {
        using var scope = NewDisposeScope();
        double Gradient(TypeGraph graph)
        {
            using var model = Model();
            model.train();
            LambdaNet.Loss(model, model.Prepare(graph), 1).backward();
            return model.named_parameters().Where(p => p.name.Contains($"functions.{kind}", StringComparison.Ordinal) && p.parameter.grad is not null)
                .Sum(p => p.parameter.grad!.abs().sum().item<float>());
        }
        Assert.True(Gradient(Small) > 0);
        Assert.Equal(0, Gradient(new TypeGraph(Small.Nodes, [.. Small.Edges.Where(edge => edge.Kind.ToString() != kind)])));
    }

    [Fact]
    public void The_library_listens_to_nobody_and_half_the_hyperedges_can_be_left_out()
    {
        using var model = Model();
        Near(Vector(model, Small, 5), Vector(model, new TypeGraph(Small.Nodes, []), 5));
        using var dumb = Model(Tiny with { Logical = false, Contextual = false });
        Near(Probabilities(dumb, Small, 2), Probabilities(dumb, Small, 4), 1e-7);
        using var plain = Model(Tiny with { Contextual = false });
        var renamed = new TypeGraph([.. Small.Nodes.Select(node => node.Kind == TypeNodeKind.Variable ? node with { Name = "other" } : node)], Small.Edges);
        Near(Probabilities(plain, Small, 2), Probabilities(plain, renamed, 2));
    }

    [Fact]
    public void Names_by_hand()
    {
        static TypeNode Of(string name, string type) => new(TypeNodeKind.Variable, name, Type: type);
        var train = new TypeGraph([Of("rowCount", "int"), Of("wordCount", "int"), Of("title", "string"), Of("count", "long"), Of("x", "int")], []);
        var test = new TypeGraph([new(TypeNodeKind.Class, "Tree"), new(TypeNodeKind.Variable, "firstTree", Class: 0), Of("treeCount", "int"), Of("title", "string"), Of("stringLength", "int")], []);
        var quality = TypeQuality.Of([test], new NamingBaseline([train]).Guess);
        Assert.Equal((1, 3), (quality.User, quality.Library));
        var names = new NamingBaseline([train]).Guess(test).Select(guesses => guesses[0].Name);
        Assert.Equal(["int", "int", "string", "int"], names);                        // training had no type of its own: own classes never
        Assert.Equal(["Tree", "Tree", "int", "string"], new NamingBaseline([train], learned: false).Guess(test).Select(guesses => guesses[0].Name));
        Assert.Equal((0, 1, 0.75), (quality.UserTop1, quality.LibraryTop1, quality.Top1));
        Assert.Equal(1, TypeQuality.Of([test], new NamingBaseline([train], learned: false).Guess).UserTop1);
    }

    // Programs in which names tell nothing: a parameter is of the class whose member is used of it.
    private static IReadOnlyList<TypeGraph> Programs(int count, int seed)
    {
        var random = new Random(seed);
        string Word() => $"{(char)('B' + random.Next(20))}{"aeiou"[random.Next(5)]}{(char)('b' + random.Next(20))}{"aeiou"[random.Next(5)]}{(char)('b' + random.Next(20))}";
        return CSharpTypes.Projects([.. Enumerable.Range(0, count).Select(i =>
        {
            string[] classes = [.. Enumerable.Range(0, 3).Select(_ => Word()).Distinct()], members = [.. classes.Select(_ => Word().ToLowerInvariant())];
            var text = new System.Text.StringBuilder($"namespace N{i};\n");
            for (int c = 0; c < classes.Length; c++) text.Append($"class {classes[c]} {{ public int {members[c]} = {c}; }}\n");
            text.Append("class Program {\n");
            for (int f = 0; f < 8; f++)
            {
                int c = random.Next(classes.Length);
                text.Append(random.Next(3) switch
                {
                    0 => $"int F{f}({classes[c]} a) {{ return a.{members[c]}; }}\n",
                    1 => $"string F{f}(string a) {{ return a.Trim(); }}\n",
                    _ => $"int F{f}({classes[c]} a, int b) {{ var d = a; return d.{members[c]} + b; }}\n",
                });
            }
            return new CSharpFile($"p{i}", $"p{i}.cs", text + "}");
        })]);
    }

    [Fact]
    public void A_short_training_finds_classes_never_seen_and_the_same_seed_repeats_it()
    {
        var (train, test) = (Programs(60, 1), Programs(20, 2));
        var settings = new LambdaNetSettings { Width = 24, Iterations = 3, Epochs = 14, LearningRate = 5e-3, LibraryPerUser = 0, Seed = 4 };
        var naming = TypeQuality.Of(test, new NamingBaseline(train).Guess);
        var (model, history) = LambdaNet.Train(train, settings);
        using (model)
        {
            var quality = TypeQuality.Of(test, graph => LambdaNet.Predict(model, graph));
            Assert.True(quality.UserTop1 > naming.UserTop1 + 0.2 && quality.Top1 > naming.Top1 + 0.1, $"{quality} beside {naming}");
        }
        var (again, first) = LambdaNet.Train(train, settings with { Epochs = 1 });
        using (again) Assert.Equal(history.Loss[0], first.Loss[0], 1e-5);
    }

    [Fact]
    public void A_word_that_no_step_has_keeps_its_vector()
    {
        // The second graph has no answers, so no step: its word has a vector, of length 1 at the start, and never a gradient.
        var untaught = new TypeGraph([new(TypeNodeKind.Variable, "zebra"), new(TypeNodeKind.Variable, "b")], [new(TypeEdgeKind.Assign, [0, 1])]);
        var (model, _) = LambdaNet.Train([.. Programs(6, 1), untaught], new LambdaNetSettings { Width = 8, Iterations = 1, Epochs = 3, Coverage = 1, Seed = 4 });
        using (model)
        {
            var words = model.named_parameters().Single(one => one.name == "words.weight").parameter;
            Assert.Equal(1, words[model.Vocabulary.Word("zebra") - 1].norm().item<float>(), 1e-6);
        }
    }
}
