using Lectern.Data;
using Lectern.Vision;

namespace Lectern.Papers.InstanceSegmentation;

/// <summary>A model that <c>./lectern segment</c> runs.</summary>
/// <param name="Name">What the reader calls it.</param>
/// <param name="About">Which weights it takes besides those that <see cref="SegmentationFile"/> wrote, a line.</param>
/// <param name="Load">
/// The network with the weights of a file. Throws <see cref="InvalidDataException"/> where the file is damaged, or
/// does not fit; then the message names every missing, unexpected and mis-shaped tensor.
/// </param>
public sealed record SegmentationModel(string Name, string About, Func<string, Segmenter> Load);

/// <summary>The models that <c>./lectern segment</c> knows.</summary>
public static class SegmentationModels
{
    /// <summary>All of them. Another one is one entry more here, and nothing else.</summary>
    public static IReadOnlyList<SegmentationModel> All { get; } =
    [
        Own("Sds", "its own files only; scores are margins, from about -1 to 3"),
        Own("DeepMask", "its own files only: masks of whatever may be an object"),
        Own("SharpMask", "its own files only: the same, refined"),
        Own("MultiPathNet", "its own files only, with the proposals' network in them"),
        New("MaskRcnn", "weights of torchvision's maskrcnn_resnet50_fpn, or of the same on another ResNet", path =>
        {
            var file = new WeightsFile(path);
            return Of(new MaskRcnn(
                new MaskRcnnSettings { Classes = file.Rows("roi_heads.box_predictor.cls_score.weight", 91) },
                file.FrozenResNet()), path);
        }),
        New("PaNet", "weights of a PANet of the paper's sizes on a ResNet", path =>
        {
            var file = new WeightsFile(path);
            return Of(new PaNet(
                new PaNetSettings { Classes = file.Rows("roi_heads.box_predictor.cls_score.weight", 91) },
                file.FrozenResNet()), path);
        }),
        New("Yolact", "weights of the authors' yolact_resnet50 or yolact_base", path =>
        {
            var file = new WeightsFile(path);
            return Of(new Yolact(
                new YolactSettings { Classes = file.Rows("semantic_seg_conv.weight", 80) },
                new ResNet(file.Depth("backbone.layers.2."), grouped: true)), path);
        }),
        New("YolactPlusPlus", "weights of the authors' yolact_plus_resnet50 or yolact_plus_base", path =>
        {
            var file = new WeightsFile(path);
            return Of(new YolactPlusPlus(
                new YolactPlusPlusSettings { Classes = file.Rows("semantic_seg_conv.weight", 80) },
                YolactPlusPlus.DeformableResNet(file.Depth("backbone.layers.2.") == 101 ? 101 : 50)), path);
        }),
    ];

    // What the kit's own files say of their network goes before what their shapes tell.
    private static SegmentationModel New(string name, string about, Func<string, Segmenter> others) =>
        new(name, about, path => path.EndsWith(SegmentationFile.Extension, StringComparison.OrdinalIgnoreCase)
            ? SegmentationFile.Load(path, name)
            : others(path));

    private static SegmentationModel Own(string name, string about) => New(name, about, path =>
        throw new InvalidDataException(
            $"Of a {name} there are only files that SegmentationFile.Save writes, and they end in "
            + $"{SegmentationFile.Extension}; given was '{Path.GetFileName(path)}'."));

    /// <summary>A Mask R-CNN, or a network that builds on it, with the weights of a file.</summary>
    private static Segmenter Of(MaskRcnn network, string path)
    {
        network.Load(path).eval();
        return new Segmenter(network, network.Detect, Kinds(network.Settings.Classes - 1));
    }

    /// <summary>A YOLACT, or a network that builds on it, with the weights of a file.</summary>
    private static Segmenter Of(Yolact network, string path)
    {
        network.Load(path).eval();
        return new Segmenter(network, network.Detect, Kinds(network.Settings.Classes));
    }

    /// <summary>What labels 1 to count are: COCO's where there are as many, by order or by id.</summary>
    internal static IReadOnlyList<CocoCategory> Kinds(int count)
    {
        if (count == CocoCategory.Published.Count) return CocoCategory.Published;
        var names = count == 90 ? CocoCategory.Published.ToDictionary(one => one.Id) : [];
        return [.. Enumerable.Range(1, count).Select(id =>
            names.GetValueOrDefault(id) ?? new CocoCategory(id, $"class {id}"))];
    }

    /// <summary>What the shapes in a file of weights tell of the network that they are of.</summary>
    private sealed class WeightsFile
    {
        private readonly Dictionary<string, long[]> shapes;

        internal WeightsFile(string path)
        {
            using var scope = NewDisposeScope();
            shapes = PyTorchCheckpoint.LoadTensors(path).ToDictionary(entry => entry.Key, entry =>
                entry.Value.shape);
        }

        /// <summary>The first size of a tensor; where it is not there, loading will say so.</summary>
        internal int Rows(string name, int otherwise) =>
            shapes.TryGetValue(name, out long[]? shape) && shape.Length > 0 ? (int)shape[0] : otherwise;

        /// <summary>The depth of a ResNet by the blocks of its third stage.</summary>
        internal int Depth(string stage)
        {
            int blocks = 0;
            while (shapes.ContainsKey($"{stage}{blocks}.conv1.weight")) blocks++;
            bool bottleneck = shapes.ContainsKey($"{stage}0.conv3.weight");
            return blocks switch { 2 => 18, 6 when !bottleneck => 34, 23 => 101, _ => 50 };
        }

        /// <summary>
        /// The ResNet of a detector that was fine-tuned. torchvision's published weights were trained with
        /// frozen statistics, of which nothing is counted, and want nothing added to variances.
        /// </summary>
        internal ResNet FrozenResNet() => new(Depth("backbone.body.layer3."), new Vision.BatchNorm(
            Frozen: true, Epsilon: shapes.Keys.Any(name => name.EndsWith(".num_batches_tracked")) ? 1e-5 : 0));
    }
}
