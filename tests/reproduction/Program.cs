using Lectern.Data;
using Lectern.Reproduction;
using Lectern.Training;

// Runs the full-scale experiments of a lesson and writes a record each: LESSON [--only EXPERIMENT] [--fresh] [--shard I/N] [--device cpu|cuda].
var lessons = new Dictionary<string, Func<IEnumerable<Experiment>>>(StringComparer.OrdinalIgnoreCase)
{
    ["MessagePassing"] = MessagePassingExperiments.All,
    ["NodeEmbeddings"] = NodeEmbeddingsExperiments.All,
    ["GraphZoom"] = GraphZoomExperiments.All,
    ["Tensors"] = TensorsExperiments.All,
    ["OverSmoothing"] = OverSmoothingExperiments.All,
    ["NodeAndStructure"] = NodeAndStructureExperiments.All,
    ["IsomorphismBias"] = IsomorphismBiasExperiments.All,
    ["GraphFeatureNetwork"] = GraphFeatureNetworkExperiments.All,
    ["LogicalExpressiveness"] = LogicalExpressivenessExperiments.All,
    ["DepthVsWidth"] = DepthVsWidthExperiments.All,
    ["FairComparison"] = FairComparisonExperiments.All,
    ["GraphClassification"] = GraphClassificationExperiments.All,
    ["GraphInformation"] = GraphInformationExperiments.All,
    ["OldDogNewTricks"] = OldDogNewTricksExperiments.All,
    ["RelationRepresentation"] = RelationRepresentationExperiments.All,
    ["Calibration"] = CalibrationExperiments.All,
    ["ReasoningPaths"] = ReasoningPathsExperiments.All,
    ["MoleculeGeneration"] = MoleculeGenerationExperiments.All,
    ["ComputationGraphs"] = ComputationGraphsExperiments.All,
    ["MultiAgentGames"] = MultiAgentGamesExperiments.All,
    ["QuestionGeneration"] = QuestionGenerationExperiments.All,
    ["MultiplexReasoning"] = MultiplexReasoningExperiments.All,
    ["Query2Box"] = Query2BoxExperiments.All,
    ["NumericalRules"] = NumericalRulesExperiments.All,
    ["Hoppity"] = HoppityExperiments.All,
    ["LambdaNet"] = LambdaNetExperiments.All,
    ["Sds"] = SdsExperiments.All,
    ["DeepMask"] = DeepMaskExperiments.All,
    ["SharpMask"] = SharpMaskExperiments.All,
    ["MultiPathNet"] = MultiPathNetExperiments.All,
    ["MaskRcnn"] = MaskRcnnExperiments.All,
    ["PaNet"] = PaNetExperiments.All,
    ["Yolact"] = YolactExperiments.All,
    ["YolactPlusPlus"] = YolactPlusPlusExperiments.All,
};

string usage = $"Usage: ./lectern reproduce NAME [--only EXPERIMENT] [--fresh] [--shard I/N] [--device cpu|cuda]\nLessons with experiments: {string.Join(", ", lessons.Keys)}.";
if (args.Length == 0 || !lessons.TryGetValue(args[0], out var experiments))
{
    Console.Error.WriteLine(args.Length == 0 ? usage : $"There are no experiments for '{args[0]}'.\n{usage}");
    return 2;
}

int onlyAt = Array.IndexOf(args, "--only");
if (onlyAt >= 0 && onlyAt + 1 == args.Length)
{
    Console.Error.WriteLine($"--only wants the name of an experiment.\n{usage}");
    return 2;
}
string? only = onlyAt >= 0 ? args[onlyAt + 1] : null;
var chosen = experiments().Where(e => only is null || e.Name.Equals(only, StringComparison.OrdinalIgnoreCase)).ToList();
if (chosen.Count == 0)
{
    Console.Error.WriteLine($"{args[0]} has no experiment '{only}'; it has: {string.Join(", ", experiments().Select(e => e.Name))}.");
    return 2;
}

int shardAt = Array.IndexOf(args, "--shard");
int[] shard = [0, 1];
if (shardAt >= 0 && (shardAt + 1 == args.Length || args[shardAt + 1].Split('/') is not [var part, var parts]
    || !int.TryParse(part, out shard[0]) || !int.TryParse(parts, out shard[1]) || shard[0] < 0 || shard[0] >= shard[1]))
{
    Console.Error.WriteLine($"--shard wants a part and their number, such as 0/2 and 1/2.\n{usage}");
    return 2;
}

int deviceAt = Array.IndexOf(args, "--device");
try
{
    if (deviceAt >= 0) Environment.SetEnvironmentVariable(Devices.Variable, deviceAt + 1 < args.Length ? args[deviceAt + 1] : "nothing");
    _ = Devices.Chosen;
}
catch (InvalidOperationException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}

Interrupt.OnControlC();
try
{
    foreach (var experiment in chosen) experiment.Run(fresh: args.Contains("--fresh"), shard[0], shard[1]);
    return 0;
}
catch (DataMissingException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Stopped; what was done is kept, and the same command goes on from there.");
    return 130;
}
