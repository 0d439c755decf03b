using Lectern.Graphs;
using Lectern.Graphs.Large;
using Lectern.Graphs.Programs;
using Lectern.KnowledgeGraphs;
using Lectern.Papers.Applications;
using Lectern.Papers.Applications.Molecules;
using Lectern.Papers.Foundations;
using Lectern.Papers.GraphEmbeddings;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Papers.KnowledgeGraphs;
using Lectern.Papers.Theory;
using Lectern.Vision;
using static Lectern.Papers.Foundations.MessagePassingLayer;

namespace Lectern.Tests.Devices;

/// <summary>Every network of the kit at a small size, with what it is asked: its loss where that is one expression.</summary>
internal static class Models
{
    private static readonly NodeAndStructureSettings Positions = new(Dimensions: 8, Hidden: 16);

    private static readonly MultiplexSettings Diagrams = new(Side: 16, Deep: false, Channels: 8, Layers: 3, Hidden: 6, EdgeWidth: 4, NodeWidth: 12, Relation: 8,
        Blocks: 1, Reasoning: 16, Last: 16, Columns: false, SharedScorer: true, Dropout: 0, Beta: 5);

    private static readonly PathSettings Paths = new() { WordWidth = 5, Hidden = 6, Width = 4, Dropout = 0 };

    /// <summary>What a network answers on the device that it is on.</summary>
    internal delegate Tensor Ask(torch.Device device);

    /// <summary>Each network by its lesson and what tells it from others of that lesson.</summary>
    internal static readonly SortedDictionary<string, Func<(nn.Module Model, Ask Ask)>> All = new(StringComparer.Ordinal)
    {
        ["MessagePassing gcn"] = () => Nodes(Gcn),
        ["MessagePassing gat"] = () => Nodes(Gat),
        ["MessagePassing sampled gcn"] = Sampled,
        ["NodeEmbeddings infomax"] = Infomax,
        ["NodeEmbeddings sage"] = Sage,
        ["GraphClassification gin"] = () => OfGraphs(new GinClassifier(4, 3, new GinSettings([8, 8]))),
        ["FairComparison gin"] = () => OfGraphs(new GinClassifier(4, 3, new GinSettings([8, 8], LearnsEpsilon: true, MeanPooling: true, FirstMlp: true))),
        ["FairComparison dgcnn"] = () => OfGraphs(new SortPoolClassifier(4, 3, new SortPoolSettings(10, Width: 6, Layers: 2, Dense: 12))),
        ["FairComparison diffpool"] = () => OfGraphs(new DiffPoolClassifier(4, 3, new DiffPoolSettings(40, Hidden: 6, Embedding: 8, Dense: 7))),
        ["FairComparison ecc"] = () => OfGraphs(new EdgeConditionedClassifier(4, 3, new EdgeConditionedSettings(6, Mean: false))),
        ["FairComparison sage, mean"] = () => OfGraphs(new SageClassifier(4, 3, new SageSettings(6, 2))),
        ["FairComparison sage, max"] = () => OfGraphs(new SageClassifier(4, 3, new SageSettings(6, 2, SageReading.Max))),
        ["FairComparison baseline"] = () => OfGraphs(new FairBaseline(4, 3, 8, readsNodes: true)),
        ["GraphFeatureNetwork gfn"] = () => OfGraphs(new Gfn(4, 3, GraphFeatureModel.Gfn, new GraphFeatureSettings(Hidden: 8))),
        ["GraphFeatureNetwork gcn"] = () => OfGraphs(new Gfn(4, 3, GraphFeatureModel.Gcn, new GraphFeatureSettings(Hidden: 8))),
        ["DepthVsWidth"] = Capacity,
        ["OverSmoothing"] = () =>
        {
            var data = KarateClub.Load();
            var (model, graph) = (new DeepGcn(34, 2, new OverSmoothingSettings(Layers: 3, Scale: 3)), data.Graph.WithSelfLoops().Normalized());
            return (model, device => nn.functional.cross_entropy(model.call(graph, data.Features), data.Labels.to(device)));
        },
        ["LogicalExpressiveness sum"] = () => Logic(LogicPooling.Sum),
        ["LogicalExpressiveness mean"] = () => Logic(LogicPooling.Mean),
        ["LogicalExpressiveness max"] = () => Logic(LogicPooling.Max),
        ["GraphInformation"] = () =>
        {
            var (model, graph) = (new CsGnn(4, 3, 3, new GraphInformationSettings(Hidden: 5, Heads: 2), 0.25), Generators.ErdosRenyi(15, 0.3, 6));
            var (x, t) = (randn(15, 4), randn(15, 3));
            return (model, device => model.call(graph, x.to(device), t.to(device)));
        },
        ["NodeAndStructure sets"] = () => Sets(structural: false),
        ["NodeAndStructure gin"] = () => Sets(structural: true),
        ["NodeAndStructure colliding"] = () =>
        {
            var (graph, x) = (Generators.BarabasiAlbert(20, 2, seed: 2), Words(20, 6));
            var (model, schedule) = (new CollidingNetwork(6, Positions), new SplashSchedule(graph, 4));
            return (model, _ => model.call(schedule, x, 2));
        },
        ["Hoppity"] = Repairs,
        ["LambdaNet"] = Types,
        ["MultiplexReasoning raven"] = () => Raven(MultiplexReasoning.Create(s => new MxgNet(RavenMatrices.MetaBits, s), Diagrams)),
        ["MultiplexReasoning syllogisms"] = () =>
        {
            var (model, data) = (MultiplexReasoning.Create(s => new SyllogismNet(s), Diagrams), EulerSyllogisms.Data(EulerSyllogisms.Draw(4, 1), 16));
            return (model, device => MultiplexReasoning.Loss(model, On(data, device), 5));
        },
        ["MultiplexReasoning cnn"] = () => Raven(new PanelCnn(9, 1, RavenMatrices.MetaBits, Diagrams)),
        ["ComputationGraphs"] = () =>
        {
            CostGraph[] graphs = [GeneratedCostGraphs.Make(CostGraphFamily.Layered, 20, 0), GeneratedCostGraphs.Make(CostGraphFamily.Layered, 25, 1)];
            var model = new ProposalPolicy(new ComputationGraphsSettings(Width: 16, Rounds: 2));
            return (model, device => model.call(new CostGraphBatch(graphs, device)).Logits);
        },
        ["MoleculeGeneration"] = () =>
        {
            var settings = new MoleculeGenerationSettings([Element.C, Element.N, Element.O, Element.F], MaxAtoms: 7, Window: 6, Width: 16, Layers: 2, FlowLayers: 3,
                FlowHidden: 16);
            var model = new MoleculeGeneration(settings);
            Growth[] growths = [Growth.Of(Molecule.Parse("CC(=O)N"), settings, 1), Growth.Of(Molecule.Parse("CCO"), settings, 1)];
            return (model, _ => model.Loss(growths));
        },
        ["MultiAgentGames"] = () =>
        {
            var model = new AgentNetwork(5, 3, new MultiAgentSettings(Width: 16, EncoderWidth: 16, Heads: 4));
            var (o, c) = (randn(2, 6, 5), ones([2, 6, 6], dtype: ScalarType.Bool));
            return (model, device => model.call(o.to(device), c.to(device)).Q);
        },
        ["QuestionGeneration"] = Questions,
        ["OldDogNewTricks rescal"] = () => Links(LinkModel.Rescal),
        ["OldDogNewTricks transe"] = () => Links(LinkModel.TransE),
        ["OldDogNewTricks distmult"] = () => Links(LinkModel.DistMult),
        ["OldDogNewTricks complex"] = () => Links(LinkModel.ComplEx),
        ["OldDogNewTricks conve"] = () => Links(LinkModel.ConvE),
        ["OldDogNewTricks rotate"] = () => Links(LinkModel.RotatE),
        ["RelationRepresentation mure"] = () => Links(LinkModel.MuRE),
        ["RelationRepresentation tucker"] = () => Links(LinkModel.TuckER),
        ["Query2Box"] = Boxed,
        ["NumericalRules"] = () =>
        {
            Triple[] facts = [.. Enumerable.Range(0, 12).Select(i => new Triple(i % 6, i % 2, (i + 1) % 6))];
            double[] values = [1, 4, 2, 3, 6, 5];
            IReadOnlyList<RuleOperator> operators = NumericalRules.WithNumbers(facts, ["r", "s"], [new NumericAttribute("a", values)], 6);
            var model = new NumericalRules(operators, ["q"], 6, new NumericalRuleSettings(Length: 2, Hidden: 8));
            return (model, _ => model.Loss([new Triple(0, 0, 1), new Triple(2, 0, 3)]));
        },
        ["ReasoningPaths retriever"] = () =>
        {
            var model = new PathRetriever(Paragraphs(), Paths);
            return (model, _ => model.Loss([new PathExample("Which red town?", [0, 1, 2], 2, [])]));
        },
        ["ReasoningPaths reader"] = () =>
        {
            var model = new PathReader(Paragraphs(), Paths);
            return (model, _ => model.Scores(["Which red town?"], [model.Candidates([0, 1])]));
        },
        ["Sds"] = () =>
        {
            var model = new SdsNetwork(new SdsSettings
            {
                Classes = 2,
                Layout = CaffeLayout.Small with { Hidden = [32], Dropout = 0, Layers = [new(8, 3, 1, 1, Pool: true), new(16, 3, 1, 1, Pool: true)] },
            });
            long side = CaffeLayout.Small.Side;
            var (boxes, regions) = (rand(2, 3, side, side), rand(2, 3, side, side));
            return (model, device => model.Features(boxes.to(device), regions.to(device)));
        },
        ["DeepMask"] = () => Windows(Deep(), null),
        ["SharpMask"] = () => Windows(null, new SharpMask(Deep(), new SharpMaskSettings { Width = 32, SkipWidth = 16 })),
        ["MultiPathNet"] = () =>
        {
            var model = new MultiPathNet(
                new MultiPathNetSettings { Classes = 4, Pictures = new PictureSizes(64, 96, 8), Bins = 3, Width = 8, Hidden = 16, Dropout = 0 },
                new SmallBackbone([8, 12], 1, withStem: true));
            var picture = rand(1, 3, 64, 64);
            return (model, device => model.Predict(picture.to(device), [Box.to(device)]).Logits);
        },
        ["MaskRcnn proposals"] = () => Proposals(new MaskRcnn(Proposed(new MaskRcnnSettings()), Body())),
        ["MaskRcnn"] = () => Regions(new MaskRcnn(Proposed(new MaskRcnnSettings()), Body())),
        ["PaNet proposals"] = () => Proposals(new PaNet((PaNetSettings)Proposed(new PaNetSettings { Groups = 4 }), Body())),
        ["PaNet"] = () => Regions(new PaNet((PaNetSettings)Proposed(new PaNetSettings { Groups = 4 }), Body())),
        ["Yolact"] = () => Prototypes(new Yolact(Sized(new YolactSettings()), Body())),
        ["YolactPlusPlus"] = () => Prototypes(new YolactPlusPlus((YolactPlusPlusSettings)Sized(new YolactPlusPlusSettings()),
            new SmallBackbone([8, 12, 16, 16], 2, deformable: new([0, 2, 2, 2], 2)))),
    };

    private static Tensor Box => tensor(new float[,] { { 4, 6, 40, 44 }, { 10, 12, 30, 60 } });

    private static SmallBackbone Body() => new([8, 12, 16, 16], 1);

    private static SparseMatrix Words(int rows, int columns) => SparseMatrix.FromRows(rows, columns, [.. Enumerable.Range(0, rows + 1)],
        [.. Enumerable.Range(0, rows).Select(i => i % columns)], [.. Enumerable.Range(0, rows).Select(i => 1f + i % 3)]);

    private static (nn.Module, Ask) Nodes(MessagePassingLayer layer)
    {
        var data = KarateClub.Load();
        var (model, graph) = (new NodeClassifier(34, 2, MessagePassingSettings.For(layer)), NodeClassifier.Prepare(data.Graph, layer));
        return (model, device => nn.functional.cross_entropy(model.call(graph, data.Features), data.Labels.to(device)));
    }

    private static (nn.Module, Ask) Infomax()
    {
        var (model, graph) = (new DeepGraphInfomax(6, 8), Generators.ErdosRenyi(15, 0.3, 6).WithSelfLoops().Normalized());
        var (x, order) = (Words(15, 6), randperm(15, dtype: ScalarType.Int64));
        return (model, device => model.call(graph, x, order.to(device)));
    }

    private static (nn.Module, Ask) Sampled()
    {
        string folder = Directory.CreateTempSubdirectory("lectern-sampled-").FullName;
        try
        {
            new PlantedGraph(Nodes: 40, Pairs: 120, Features: 5, Classes: 3, GroupSize: 10, Inside: 0.8, Noise: 1).Write(folder, 1);
            using var graph = StoredGraph.Open(folder);
            var settings = new SampledSettings(Hidden: 6, FanOuts: [3, 4], Batch: 8, StepsAnEpoch: 1, Epochs: 1);
            var batch = NodeBatch.Draw(graph, new NeighbourSampler(graph, 3, 4), [0, 7, 21, 39], 1);
            var model = new SampledGcn(graph.Features, graph.Classes, settings);
            return (model, device =>
            {
                batch = batch.To(device);
                return nn.functional.cross_entropy(model.call(batch), batch.Labels);
            }
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (nn.Module, Ask) Sage()
    {
        var (model, graph) = (new SageEncoder(6, new SageEmbeddingSettings(Dimensions: 8)), Generators.ErdosRenyi(15, 0.3, 6));
        var (x, nodes) = (Words(15, 6), arange(5));
        return (model, device => SageEncoder.Loss(model.call(graph, x, new Random(1)), nodes.to(device), nodes.to(device) + 5, nodes.to(device)));
    }

    private static (nn.Module, Ask) OfGraphs(nn.Module<GraphSample, Tensor> model)
    {
        var data = GeneratedGraphs.Molecules(6, seed: 1).WithPyramids(2);
        return (model, device =>
        {
            var sample = data.Batch([0, 1, 2, 3, 4, 5], data.OneHotLabels().to(device));
            return nn.functional.cross_entropy(model.call(sample), sample.Labels);
        }
        );
    }

    private static (nn.Module, Ask) Capacity()
    {
        var samples = DepthVsWidth.Samples(DepthVsWidth.PolarityGraph(2), 2, seed: 1);
        var model = new CapacityNetwork(14, new DepthVsWidthSettings(3, 6));
        return (model, _ => model.call(new GraphBatch([.. samples.Select(sample => sample.Graph)])));
    }

    private static (nn.Module, Ask) Logic(LogicPooling pooling)
    {
        ColouredGraph[] graphs = [new(Generators.Cycle(6), [2, 1, 2, 0, 2, 2]), new(Generators.Cycle(4), [0, 1, 2, 0])];
        var model = new LogicClassifier(new LogicSettings(LogicModel.ACR, 2, 8, Aggregation: pooling, Readout: pooling));
        return (model, device => model.call(new GraphBatch([.. graphs.Select(one => one.Graph)]), LogicalExpressiveness.OneHot(graphs).to(device)));
    }

    private static (nn.Module, Ask) Sets(bool structural)
    {
        var (graph, x, model) = (Generators.BarabasiAlbert(20, 2, seed: 2), Words(20, 4), new SetPredictor(4, 2, Positions, structural));
        var (sample, sets) = (randn(20, 8), tensor((long[])[0, 1, 2, 3, 4, 5]).reshape(3, 2));
        return (model, device => model.call(graph, x, structural ? [] : [sample.to(device)], sets.to(device)));
    }

    private static (nn.Module, Ask) Repairs()
    {
        ProgramNode program = new("F", null, [new ProgramNode("X", "x"), new ProgramNode("S", null, [new ProgramNode("Y", "y")])]);
        var bug = new ProgramBug("two", program, program, [new(EditOperator.ReplaceValue, 1, Value: "y"), new(EditOperator.ReplaceKind, 3, "X")]);
        var model = new HoppityModel(new HoppityVocabulary(["F", "X", "S", "Y"], ["0", "q"]), new HoppitySettings { Width = 6, Layers = 2, Constants = 3 });
        return (model, _ => model.LogLikelihood([HoppityEpisode.Of(bug, 2)]));
    }

    private static (nn.Module, Ask) Types()
    {
        var graph = new TypeGraph(
            [
                new(TypeNodeKind.Class, "Tree"), new(TypeNodeKind.Variable, "Size", Type: "int"), new(TypeNodeKind.Variable, "treeCount", Class: 0),
                new(TypeNodeKind.Variable), new(TypeNodeKind.Variable, "count", Type: "int"), new(TypeNodeKind.Library, "int"),
                new(TypeNodeKind.Variable, "walk"), new(TypeNodeKind.Variable, "qux"),
            ],
            [
                new(TypeEdgeKind.Object, [0, 1], ["Size"]), new(TypeEdgeKind.Access, [2, 3], ["Size"]), new(TypeEdgeKind.Assign, [4, 3]),
                new(TypeEdgeKind.Fixed, [1, 5]), new(TypeEdgeKind.Call, [6, 2, 4, 7]), new(TypeEdgeKind.Boolean, [4]),
            ]);
        var model = new LambdaNetModel(new LambdaNetVocabulary(["int", "string"], ["count", "name"], ["Length", "Size"], ["int", "string", "Math"]),
            new LambdaNetSettings { Width = 6, Iterations = 2, Placeholders = 5 });
        return (model, _ => LambdaNet.Loss(model, model.Prepare(graph), 0));
    }

    private static DiagramData On(DiagramData data, torch.Device device)
    {
        var batch = data.Batch([.. Enumerable.Range(0, data.Count)]);
        return new DiagramData(batch.Pictures.to(device), batch.Answers.to(device), batch.Meta?.to(device));
    }

    private static (nn.Module, Ask) Raven(nn.Module<Tensor, (Tensor Scores, Tensor? Meta)> model)
    {
        var data = RavenMatrices.Data(RavenMatrices.Draw(4, 1), new RavenSettings());
        return (model, device => MultiplexReasoning.Loss(model, On(data, device), 5));
    }

    private static (nn.Module, Ask) Questions()
    {
        var data = new CountryPassages(Countries.Table()).Write(10, 5, 5);
        var model = QuestionTraining.Create(data, new QuestionSettings(Words: 10, Hidden: 8, Vocabulary: 40, Neighbours: 4, WordDropout: 0, StateDropout: 0));
        return (model, device =>
        {
            var batch = new QuestionBatch([.. data.Train.Take(3)], model.Vocabulary, device);
            return model.Likelihood(model.Encode(batch), batch, 1, new Random(1));
        }
        );
    }

    private static (nn.Module, Ask) Links(LinkModel kind)
    {
        var model = new LinkPredictor(20, 3, new LinkSettings { Model = kind, Width = 16, Reciprocal = kind is LinkModel.ConvE or LinkModel.TuckER });
        Triple[] triples = [new(0, 1, 2), new(3, 0, 4), new(5, 2, 6)];
        var answers = new AnswerRows([0, 2, 3, 5], [2, 7, 4, 6, 8]);
        return (model, _ =>
        {
            var given = model.Vectors([[0, 3, 5]], out var _)[0];
            var asked = model.Asked([[1, 0, 2]], out var _)[0];
            return model.Triples(triples).sum() + model.AnswersLoss(given, asked, askHeads: false, answers, 1);
        }
        );
    }

    private static (nn.Module, Ask) Boxed()
    {
        var world = new QueryGraph(LinkDataset.Cut(Countries.Graph(), name: "countries"));
        var settings = new Query2BoxSettings(Width: 6, Gamma: 4, Negatives: 8, Batch: 16);
        var set = QuerySampling.Make(world, QueryStructure.All[3], QueryEdges.Training, QueryEdges.Training, 20, 1);
        var model = new Query2Box(world.EntityCount, world.RelationCount, settings);
        var batch = Query2BoxTraining.Batches([set], settings, world.EntityCount, 0).First();
        return (model, _ => Query2BoxTraining.Loss(model, settings, batch));
    }

    private static WordTable Paragraphs() => new(new LinkedParagraphs(
        [
            LinkedParagraphs.Parse("Aa", "Red town near [Bb]. It has 12 gates."), LinkedParagraphs.Parse("Bb", "Blue town near [Cc]."),
            LinkedParagraphs.Parse("Cc", "Green town near [Aa]. It mints [coins]."),
        ]), [new PathQuestion("Which red town?", [0, 1], ["Cc"])], least: 0);

    private static DeepMask Deep() => new(
        new DeepMaskSettings
        {
            Patch = 32, Margin = 8, Stride = 8, Width = 12, CodeWidth = 24, MaskSize = 16, TargetSize = 32, ScoreWidth = 16, Dropout = 0, Canonical = 18,
            Shift = 3, LeastArea = 20, LeastSide = 3, Far = 6, FarOctaves = 1, EmptyOctaves = (-1, 1), Scales = [0.5, 1],
        },
        new SmallBackbone([8, 12], 1, withStem: true));

    private static (nn.Module, Ask) Windows(DeepMask? deep, SharpMask? sharp)
    {
        var windows = rand(2, 3, 48, 48);                               // the patch of 32 and its margins
        return ((nn.Module?)deep ?? sharp!, device => deep?.call(windows.to(device)).Mask ?? sharp!.call(windows.to(device)));
    }

    private static MaskRcnnSettings Proposed(MaskRcnnSettings settings) => settings with
    {
        Classes = 5,
        Pictures = new PictureSizes(64, 96),
        Width = 16,
        Hidden = 32,
        MaskLayers = [16, 16, 16],
        MaskWidth = 16,
        Proposals = new ProposalSettings { Sizes = [12, 24, 48, 96, 192], Samples = 64, Before = (100, 60), After = (60, 30) },
        Regions = 32,
        Detections = 10,
    };

    private static (nn.Module, Ask) Regions(MaskRcnn model)
    {
        var picture = rand(3, 64, 80);
        var one = new Instances(Box, tensor(new long[] { 1, 2 }), (rand(2, 64, 80) > 0.5).to(ScalarType.Float32));
        return (model, device => model.Losses([picture.to(device)], [new(one.Boxes.to(device), one.Labels.to(device), one.Masks.to(device))]).Total());
    }

    private static (nn.Module, Ask) Proposals(MaskRcnn model)
    {
        var picture = rand(1, 3, 64, 80);
        return (model, device => model.Proposals.Predict(model.Levels.call(picture.to(device)), 64, 80).Steps);
    }

    private static YolactSettings Sized(YolactSettings settings) => settings with
    {
        Classes = 4,
        Side = 64,
        Width = 16,
        Prototypes = 6,
        Sizes = [[6], [12], [24], [48], [60]],
        Detections = 10,
    };

    private static (nn.Module, Ask) Prototypes(Yolact model)
    {
        var pictures = rand(2, 3, 64, 64);
        return (model, device =>
        {
            var found = model.Predict(pictures.to(device));             // the losses read which prior is whose
            return found.Steps.sum() + found.Logits.sum() + found.Coefficients.sum() + found.Prototypes.sum();
        }
        );
    }
}
