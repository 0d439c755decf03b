using System.Diagnostics;
using System.Text.Json.Nodes;
using Lectern.Lessons;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Reproduction;

/// <summary>
/// YOLACT beside Mask R-CNN on drawn scenes, from scratch on the same backbone; twenty photographs learned by heart.
/// </summary>
internal static class YolactExperiments
{
    internal static IEnumerable<Experiment> All() => [Scenes(), CocoMini()];

    // Everything that the two networks share, so that nothing but the way to the masks differs.
    private const int Side = 96, Width = 64, Detections = 20;
    private static readonly long[] Channels = [32, 48, 64, 96];

    private static Yolact Single(int seed)
    {
        manual_seed(seed);
        return new Yolact(new YolactSettings
        {
            Classes = Shapes.Names.Count, Side = Side, Width = Width, Prototypes = 16,
            Sizes = [[14], [24], [36], [48], [64]], Detections = Detections, Seed = seed,
        }, new SmallBackbone(Channels));
    }

    private static MaskRcnn Staged(int seed)
    {
        manual_seed(seed);
        return new MaskRcnn(new MaskRcnnSettings
        {
            Classes = Shapes.Names.Count + 1, Width = Width, Pictures = new PictureSizes(Side, Side),
            Proposals = new ProposalSettings
            {
                Sizes = [12, 24, 36, 52, 72], Samples = 128, Before = (500, 300), After = (200, 100),
            },
            Regions = 64, Hidden = 256, MaskLayers = [64, 64], MaskWidth = 64, Detections = Detections, Seed = seed,
        }, new SmallBackbone(Channels));
    }

    private static Experiment Scenes()
    {
        // A pass costs YOLACT less than half of Mask R-CNN's: what is about the same is the time that both learn for.
        const int epochs = 40, epochsOfMaskRcnn = 20;
        var trial = new ShapesTrial { Scenes = new ShapeSettings(Side, Side), Training = 1000, Validation = 200 };
        var setting = new JsonObject
        {
            ["pictures"] = $"{trial.Training} to learn from, {trial.Validation} others, {Side}×{Side}, "
                + "2 to 6 objects of 6 kinds",
            ["training"] = $"YOLACT {epochs} epochs, Mask R-CNN {epochsOfMaskRcnn}, {trial.Batch} pictures a step, "
                + $"Adam at most {Text(trial.LearningRate)}",
            ["backbone"] = $"from scratch, {string.Join(", ", Channels)} channels at strides 4 to 32",
            ["both"] = $"pyramid of {Width} channels, {Detections} detections of a score above 0.05",
            ["yolact"] = "16 prototypes of 24×24, square priors of about 14, 24, 36, 48, 64",
            ["mask_rcnn"] = "anchors 12, 24, 36, 52, 72, 100 regions, "
                + "masks of 28×28 by two convolutions of 64 channels",
            ["time"] = "median over the pictures, both networks in turn on each",
        };
        return new Experiment("Yolact", "shapes", "drawn scenes of overlapping shapes", 80, setting, [1, 2, 3],
            (seed, checkpoint) =>
            {
                using var scope = NewDisposeScope();
                var own = trial with { Seed = seed };
                using var yolact = Single(seed);
                using var maskRcnn = Staged(seed);
                string[] files = [checkpoint + ".yolact", checkpoint + ".mask-rcnn"];
                (own with { Epochs = epochs }).Train(
                    yolact, (pictures, objects) => yolact.Losses(pictures, objects).Total(), "YOLACT", files[0]);
                (own with { Epochs = epochsOfMaskRcnn }).Train(
                    maskRcnn, (pictures, objects) => maskRcnn.Losses(pictures, objects).Total(), "Mask R-CNN",
                    files[1]);
                var (ours, theirs) = (own.Measure(yolact.Detect), own.Measure(maskRcnn.Detect));
                var (fast, slow) = InTurn(own, yolact.Detect, maskRcnn.Detect);
                foreach (string file in files) File.Delete(file);
                return new Dictionary<string, double>
                {
                    ["AP"] = ours.Masks.Ap, ["AP50"] = ours.Masks.Ap50, ["AP75"] = ours.Masks.Ap75,
                    ["box AP"] = ours.Boxes.Ap, ["ms"] = fast, ["AP, Mask R-CNN"] = theirs.Masks.Ap, ["AP50, Mask R-CNN"] = theirs.Masks.Ap50,
                    ["AP75, Mask R-CNN"] = theirs.Masks.Ap75, ["box AP, Mask R-CNN"] = theirs.Boxes.Ap,
                    ["ms, Mask R-CNN"] = slow,
                };
            },
            runs =>
            {
                IEnumerable<double> Of(string name) => runs.Select(run => run[name]);
                Result Line(string metric, string unit, IEnumerable<double> values, int digits = 3) =>
                    Result.Of(metric, unit, values).Rounded(digits);
                return
                [
                    Line("mask AP", "", Of("AP")), Line("mask AP50", "", Of("AP50")), Line("mask AP75", "", Of("AP75")),
                    Line("box AP", "", Of("box AP")), Line("milliseconds a picture", "ms", Of("ms"), 1),
                    Line("Mask R-CNN, mask AP", "", Of("AP, Mask R-CNN")),
                    Line("Mask R-CNN, mask AP50", "", Of("AP50, Mask R-CNN")),
                    Line("Mask R-CNN, mask AP75", "", Of("AP75, Mask R-CNN")),
                    Line("Mask R-CNN, box AP", "", Of("box AP, Mask R-CNN")),
                    Line("Mask R-CNN, milliseconds a picture", "ms", Of("ms, Mask R-CNN"), 1),
                    Line("mask AP less than Mask R-CNN's by", "",
                        runs.Select(run => run["AP, Mask R-CNN"] - run["AP"])),
                    Line("times as fast as Mask R-CNN", "×", runs.Select(run => run["ms, Mask R-CNN"] / run["ms"]), 2),
                ];
            });
    }

    // The machine may be busy with other things now and then: then it is for both.
    private static (double First, double Second) InTurn(
        ShapesTrial trial, params Func<IReadOnlyList<Tensor>, Detections[]>[] detectors)
    {
        List<double>[] times = [[], []];
        foreach (var scene in Shapes.Draw(trial.Validation, trial.Seed + 1_000_000, trial.Scenes))
        {
            using var scope = NewDisposeScope();
            var picture = scene.Picture.to(float32) / 255;
            for (int i = 0; i < detectors.Length; i++)
            {
                using var own = NewDisposeScope();
                var watch = Stopwatch.StartNew();
                detectors[i]([picture]);
                times[i].Add(watch.Elapsed.TotalMilliseconds);
            }
        }
        double Median(int i) => times[i].Order().ElementAt(times[i].Count / 2);
        return (Median(0), Median(1));
    }

    // From JPEG files to a results file and its evaluation: what a network that works must be able to learn by heart.
    private static Experiment CocoMini()
    {
        const int pictures = 20, side = 256, epochs = 300, batch = 4;
        const double rate = 1e-3, least = 0.05;
        var settings = new YolactSettings
        {
            Classes = 80, Side = side, Width = 64, Sizes = [[24], [48], [96], [150], [220]], Square = false,
        };
        long[] channels = [32, 64, 128, 128];
        var setting = new JsonObject
        {
            ["pictures"] = $"the first {pictures} without crowds whose objects all have sides of at least "
                + $"{Text(100 * least)} % of the picture's",
            ["side"] = side,
            ["backbone"] = $"from scratch, {string.Join(", ", channels)} channels at strides 4 to 32",
            ["network"] = $"pyramid of {settings.Width} channels, {settings.Prototypes} prototypes, "
                + "priors 24, 48, 96, 150, 220 with ratios 1, 1/2, 2",
            ["training"] = $"{epochs} epochs, {batch} pictures a step, Adam at most {Text(rate)}, pictures not changed",
            ["measured_on"] = "the same pictures, by the results file",
        };
        return new Experiment("Yolact", "coco-mini", "20 photographs of COCO 2017, learned by heart", 40, setting, [1],
            (seed, checkpoint) =>
            {
                using var scope = NewDisposeScope();
                using var photographs = CocoPictures.Mini();
                var truth = Chosen(photographs.Annotations, pictures, least);
                manual_seed(seed);
                var network = new Yolact(settings with { Seed = seed }, new SmallBackbone(channels));
                using var segmenter = new Segmenter(network, network.Detect, truth.Categories);
                var (examples, objects) = (new List<Tensor>(), new List<Instances>());
                foreach (var image in truth.Images)
                {
                    var (boxes, labels, masks) = photographs.Targets(image.Id);
                    examples.Add(photographs.Read(image).to(float32) / 255);
                    objects.Add(new Instances(boxes, labels, masks));
                }
                Learn(network, examples, objects, epochs, batch, rate, seed, checkpoint);
                string results = checkpoint + ".json";
                CocoDetection.Write(
                    results, truth.Images.SelectMany(image => segmenter.Find(photographs.Read(image), image.Id)));
                var read = CocoDetection.Read(results, truth);
                var (ofMasks, ofBoxes) =
                    (CocoEvaluation.Evaluate(truth, read, CocoMatching.Masks), CocoEvaluation.Evaluate(truth, read));
                File.Delete(results);
                return new Dictionary<string, double>
                {
                    ["mask AP50"] = ofMasks.Ap50, ["mask AP"] = ofMasks.Ap, ["box AP50"] = ofBoxes.Ap50,
                    ["objects"] = truth.Annotations.Count,
                };
            },
            runs => [.. runs[0].Keys.Select(
                metric => Result.Of(metric, "", runs.Select(run => run[metric])).Rounded(3))]);
    }

    private static CocoDataset Chosen(CocoDataset all, int count, double least)
    {
        bool Large(CocoImage image)
        {
            var objects = all.Of(image.Id).ToList();
            return objects.Count > 0 && objects.All(one => !one.IsCrowd
                && one.Box.Width >= least * image.Width && one.Box.Height >= least * image.Height);
        }
        var images = all.Images.Where(Large).OrderBy(image => image.Id).Take(count).ToList();
        var ids = images.Select(image => image.Id).ToHashSet();
        return new CocoDataset(
            all.Name, images, all.Categories, [.. all.Annotations.Where(one => ids.Contains(one.ImageId))]);
    }

    private static void Learn(Yolact network, List<Tensor> pictures, List<Instances> objects,
        int epochs, int batch, double rate, int seed, string checkpoint)
    {
        using var optimizer = optim.Adam(network.parameters(), rate);
        new Trainer(network, optimizer)
        {
            Task = "photographs", Epochs = epochs, Checkpoint = checkpoint,
            // Up over the first twentieth and down as a cosine.
            Schedule = history =>
            {
                double done = history.Epochs / (double)epochs;
                foreach (var group in optimizer.ParamGroups)
                    group.LearningRate = rate * Math.Min(1, 20 * done + 0.05) * (1 + Math.Cos(Math.PI * done)) / 2;
            },
            BeforeStep = () => nn.utils.clip_grad_norm_(network.parameters(), 10),
        }.Run(epoch =>
        {
            int[] order = [.. Enumerable.Range(0, pictures.Count)];
            new Random(unchecked(seed * 7919 + epoch)).Shuffle(order);
            return order.Chunk(batch);
        }, chunk => network.Losses([.. chunk.Select(i => pictures[i])], [.. chunk.Select(i => objects[i])]).Total());
    }

    private static string Text(double value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
