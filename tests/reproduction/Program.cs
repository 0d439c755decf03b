using Lectern.Reproduction;
using Lectern.Training;

// Runs the full-scale experiments of a lesson and writes a record each, or says what is done of them.
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

Interrupt.OnControlC();
return CommandLine.Run(lessons, args);
