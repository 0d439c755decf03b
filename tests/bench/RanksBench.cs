using System.Diagnostics;
using System.Text.Json;
using Lectern.Data;
using Lectern.Graphs;
using Lectern.Graphs.Large;
using Lectern.KnowledgeGraphs;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Bench;

/// <summary>
/// Training by two processes of one thread each beside one process of one thread, at the same batch: seconds a step, and how
/// far their losses lie apart over the first twenty steps. Beside them what the machine has to give: two processes that know
/// nothing of each other, each with the whole job. Cores that share caches, memory or arithmetic do less than twice the work.
/// </summary>
internal static class RanksBench
{
    private const int Curve = 20, Warm = 40, Timed = 40, Parts = 2;
    private const string GraphFolder = "graph";

    private static readonly Dictionary<string, Func<string, Measured>> Jobs = new(StringComparer.Ordinal)
    {
        ["GCN of width 256 by sampling, 10⁶ nodes, 10⁷ pairs, 1,024 nodes a step"] = SampledOnLargeGraph,
        ["ComplEx of width 256 on FB15k-237, KvsAll, 1,024 questions a step"] = ComplEx,
        ["Mask R-CNN on drawn scenes, 16 a step"] = MaskRcnnOnShapes,
    };

    /// <summary>What one process found.</summary>
    private sealed record Measured(double[] Losses, double SecondsAStep, long GradientBytes, int SmallSums);

    internal static void Run(Report report)
    {
        if (!OperatorRecorder.IsAvailable)
        {
            report.Notes.Add("TorchSharp's package has no process groups.");
            return;
        }
        var folder = Directory.CreateTempSubdirectory("lectern-ranks-");
        try
        {
            Run(report, folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Run(Report report, string folder)
    {
        new PlantedGraph().Write(Path.Combine(folder, GraphFolder), 1);
        using (var graph = StoredGraph.Open(Path.Combine(folder, GraphFolder))) GraphPartition.Greedy(graph, Parts).Save(Path.Combine(folder, GraphFolder));
        var measured = new List<Scaling.Job>();
        foreach (string job in Jobs.Keys)
        {
            var one = Start(job, Launch.Here(1), folder)[0];
            var two = Start(job, Launch.Here(2), folder);
            var apart = Start(job, [.. Launch.Here(1), .. Launch.Here(1)], folder);
            measured.Add(new Scaling.Job(job, one.SecondsAStep, one.GradientBytes, one.SmallSums));
            double difference = two.Max(rank => one.Losses.Zip(rank.Losses).Take(Curve).Max(pair => Math.Abs(pair.First - pair.Second)));
            report.Add(job, two[0].SecondsAStep, [("one process", one.SecondsAStep)], FormattableString.Invariant(
                $"{one.SecondsAStep / two[0].SecondsAStep:0.00} × as fast, two that do not talk {2 * one.SecondsAStep / apart.Average(alone => alone.SecondsAStep):0.00} ×; losses from {one.Losses[0]:0.###} to {one.Losses[Curve - 1]:0.###}, at most {difference:0.0e+0} apart; {one.GradientBytes / 1e6:0.0} MB of gradients"));
        }
        report.Notes.Add("each process has a core of its own and no other, so that the runtime's threads count, too; nothing is made ahead");
        foreach (var machines in Scaling.Assumed) report.Notes.AddRange(["", "On paper: " + string.Join("\n", machines.Table(measured))]);
    }

    /// <summary>Runs a job as a rank of it, and writes what was measured.</summary>
    internal static void Work(string job, string file, int core)
    {
        set_num_threads(1);
        if (OperatingSystem.IsLinux())
        {
            using var process = Process.GetCurrentProcess();
            process.ProcessorAffinity = 1 << core;
        }
        File.WriteAllText(file, JsonSerializer.Serialize(Jobs[job](file)));
        Ranks.OfJob?.Wait();
    }

    private static Measured[] Start(string job, IReadOnlyList<Launch> launches, string folder)
    {
        var processes = launches.Select((launch, core) =>
        {
            var start = new ProcessStartInfo("dotnet", [typeof(RanksBench).Assembly.Location, "--rank", job, Path.Combine(folder, $"{core}"), $"{core}"])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            };
            launch.Into(start.Environment);                 // a job of one rank is a process alone, with the same settings
            return Process.Start(start)!;
        }).ToArray();
        var words = processes.Select(process => (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync())).ToArray();
        for (int rank = 0; rank < processes.Length; rank++)
        {
            processes[rank].WaitForExit();
            if (processes[rank].ExitCode != 0) throw new InvalidOperationException($"Rank {rank} of '{job}' failed: {words[rank].Item2.Result}");
        }
        return [.. processes.Select((_, rank) => JsonSerializer.Deserialize<Measured>(File.ReadAllText(Path.Combine(folder, $"{rank}")))!)];
    }

    /// <summary>The steps of a training as its loss sees them.</summary>
    private sealed class Steps
    {
        private readonly Stopwatch watch = Stopwatch.StartNew();
        private readonly List<double> begins = [], losses = [];

        /// <summary>How many have begun.</summary>
        internal int Count => begins.Count;

        /// <summary>Computes the loss of a step.</summary>
        internal Tensor Take(Func<Tensor> loss)
        {
            begins.Add(watch.Elapsed.TotalSeconds);
            var value = loss();
            losses.Add(value.detach().to(ScalarType.Float64).item<double>());
            return value;
        }

        /// <summary>The losses of whole batches, and the time from the begin of the first step after the warm ones to that of the last.</summary>
        internal Measured Of(nn.Module network) => new(
            [.. losses.Take(Curve).Select(loss => Ranks.OfJob?.Average(loss) ?? loss)], (begins[^1] - begins[Warm]) / (begins.Count - 1 - Warm),
            network.parameters().Where(parameter => parameter.requires_grad).Sum(parameter => parameter.numel() * 4),
            1 + 2 * network.modules().Count(module => module is TorchSharp.Modules.BatchNorm2d));        // the loss; statistics, each way
    }

    private static Measured SampledOnLargeGraph(string file)
    {
        string folder = Path.Combine(Path.GetDirectoryName(file)!, GraphFolder);
        using var graph = StoredGraph.Open(folder);
        int[] train = [.. Enumerable.Range(0, graph.Nodes / 10).Select(i => 10 * i)];
        var partition = GraphPartition.Load(folder, graph.Nodes, Parts);
        (History History, long Bytes) Train(int epochs, int steps)
        {
            var settings = new SampledSettings(Hidden: 256, FanOuts: [10, 10], Batch: 1024, StepsAnEpoch: steps, Epochs: epochs, Ahead: 0);
            var (model, history) = SampledGcn.Train(graph, partition, train, [], settings, 1, Ranks.OfJob);
            using (model) return (history, 4 * model.parameters().Sum(parameter => parameter.numel()));
        }
        var (curve, bytes) = Train(Curve, 1);                           // a loss a step, and everything is warm
        return new Measured([.. curve.Loss], Train(1, Timed).History.Seconds / Timed, bytes, 1);
    }

    private static Measured ComplEx(string file)
    {
        var data = Catalog.Has("fb15k-237") ? TripleFiles.Load("fb15k-237") : LinksBench.Random(14_541, 237, 272_115, 20_466);
        var settings = new LinkSettings { Model = LinkModel.ComplEx, Width = 256, Training = LinkTrainingType.KvsAll, Batch = 1024, LearningRate = 0.1 };
        manual_seed(0);
        using var model = new LinkPredictor(data.Entities.Count, data.Relations.Count, settings);
        using var optimizer = optim.Adagrad(model.parameters(), settings.LearningRate);
        var (ranks, taken) = (Ranks.OfJob, new Steps());
        new Trainer(model, optimizer) { Epochs = 1, Ranks = ranks }.Run(
            epoch => LinkTraining.Steps(data, settings, epoch, ranks?.Rank ?? 0, ranks?.Count ?? 1).Take(Warm + Timed),
            step => taken.Take(() => LinkTraining.Loss(model, settings, step)));
        return taken.Of(model);
    }

    private static Measured MaskRcnnOnShapes(string file)
    {
        manual_seed(1);
        const int batch = 16;
        var scenes = Shapes.Draw(batch * (Warm + Timed), 1, new ShapesTrial().Scenes);
        // The setting of the lesson's record, but of a picture all 60 proposals and up to 4 objects are learned from: which 64 of more are
        // drawn depends on their order, and that on rounding errors where an untrained network scores them alike.
        using var network = new MaskRcnn(
            new MaskRcnnSettings
            {
                Classes = Shapes.Names.Count + 1, Width = 64, Hidden = 256, MaskLayers = [64, 64, 64, 64], MaskWidth = 64, Regions = 64, Positives = 1,
                Pictures = new PictureSizes(96),
                Proposals = new ProposalSettings { Sizes = [12, 24, 36, 52, 72], Samples = 128, Before = (400, 300), After = (60, 100) },
            },
            new SmallBackbone([32, 48, 64, 96]));
        // As in the paper, with a warm-up, and not Adam: its first steps are as long for a gradient of rounding errors as for any other.
        using var optimizer = optim.SGD(network.parameters(), 1, momentum: 0.9);
        var (ranks, taken) = (Ranks.OfJob, new Steps());
        new Trainer(network, optimizer)
        {
            Epochs = 1, Ranks = ranks, BeforeStep = () =>
            {
                nn.utils.clip_grad_norm_(network.parameters(), 10);
                foreach (var group in optimizer.ParamGroups) group.LearningRate = 0.02 * taken.Count / 1000;
            },
        }.Run(
            _ => scenes.Select((scene, i) => (Picture: scene.Picture.to(ScalarType.Float32) / 255,
                Objects: new Instances(scene.Boxes, scene.Labels, scene.Masks) { Number = i })).Chunk(batch),
            all =>
            {
                var own = ranks?.Share(all) ?? all;
                return taken.Take(() => network.Losses([.. own.Select(one => one.Picture)], [.. own.Select(one => one.Objects)]).Total());
            });
        return taken.Of(network);
    }
}
