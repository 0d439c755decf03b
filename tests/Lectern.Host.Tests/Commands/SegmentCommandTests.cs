using System.Buffers.Binary;
using System.CommandLine;
using Lectern.Data;
using Lectern.Host.Commands;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Vision;
using TorchSharp;
using static TorchSharp.torch;

namespace Lectern.Host.Tests.Commands;

public sealed class SegmentCommandTests : IDisposable
{
    private static readonly ProposalSettings Regions =
        new() { Sizes = [12, 24, 48, 96, 192], Samples = 64, Before = (100, 60), After = (60, 30) };

    private readonly string folder = Directory.CreateTempSubdirectory("lectern segment ").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static SmallBackbone Body() => new([8, 12, 16, 16], 1);

    private static MaskRcnn TwoStages() => new(
        new MaskRcnnSettings
        {
            Classes = 5, Pictures = new PictureSizes(64, 96), Width = 16, Hidden = 32, MaskLayers = [16, 16],
            MaskWidth = 16, Proposals = Regions, Detections = 6, Score = 0.1,
        },
        Body());

    private static PaNet Paths() => new(
        new PaNetSettings
        {
            Classes = 5, Pictures = new PictureSizes(64, 96), Width = 16, Hidden = 32, MaskLayers = [16, 16],
            MaskWidth = 16, Proposals = Regions, Detections = 6, Score = 0.1, Groups = 4,
        },
        Body());

    private static Yolact OneStage() => new(
        new YolactSettings
        {
            Classes = 4, Side = 64, Width = 16, Prototypes = 6, Sizes = [[6], [12], [24], [48], [60]], Detections = 6,
        },
        Body());

    private static YolactPlusPlus Rescored() => new(
        new YolactPlusPlusSettings
        {
            Classes = 4, Side = 64, Width = 16, Prototypes = 6, Detections = 6, RescoringLayers = [4, 8, 8],
        },
        Body());

    private string In(string name) => Path.Combine(folder, name);

    private static SharpMask Anything() => new(
        new DeepMask(
            new DeepMaskSettings
            {
                Patch = 32, Margin = 8, Stride = 8, Width = 12, CodeWidth = 24, MaskSize = 16, TargetSize = 32,
                ScoreWidth = 16, Scales = [0.5, 1],
            },
            new SmallBackbone([8, 12], 1, withStem: true)),
        new SharpMaskSettings { Width = 32, SkipWidth = 16 });

    /// <summary>A picture, and files of small models; of random weights, so that any score will do.</summary>
    private string Prepare(int height = 70, int width = 90)
    {
        manual_seed(1);
        foreach (var network in new nn.Module[] { TwoStages(), Paths(), OneStage(), Rescored(), Anything() })
        {
            using (network) SegmentationFile.Save(In(network.GetType().Name + ".safetensors"), network);
        }
        using var scene = Shapes.DrawOne(1, 0, new ShapeSettings(height, width));
        Images.WritePng(In("000000000139.png"), scene.Picture);
        return In("000000000139.png");
    }

    private static byte[] Bytes(Tensor picture) => picture.contiguous().data<byte>().ToArray();

    // PNG's check sum (ISO 3309), bit by bit.
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var sum = uint.MaxValue;
        foreach (var one in bytes)
        {
            sum ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum & 1) == 1 ? sum >> 1 ^ 0xEDB88320 : sum >> 1;
            }
        }
        return ~sum;
    }

    private static (int Code, string Output, string Error) Run(params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = new RootCommand { SegmentCommand.Create() }.Parse(["segment", .. arguments]).Invoke(
            new InvocationConfiguration { Output = output, Error = error });
        return (code, output.ToString(), error.ToString());
    }

    [Theory]
    [InlineData("MaskRcnn")]
    [InlineData("PaNet")]
    [InlineData("Yolact")]
    [InlineData("YolactPlusPlus")]
    [InlineData("SharpMask")]
    public void A_model_finds_prints_writes_and_draws(string model)
    {
        var picture = Prepare();
        var (code, output, error) = Run(
            picture, "--model", model.ToLowerInvariant(), "--weights", In(model + ".safetensors"),
            "--json", In("found.json"), "--png", In("drawn.png"), "--score", "0");

        Assert.Equal("", error);
        Assert.Equal(0, code);
        var truth = new CocoDataset(
            "one", [new CocoImage(139, "000000000139.png", 70, 90)],
            [.. Enumerable.Range(1, 4).Select(id => new CocoCategory(id, $"class {id}"))], []);
        var found = CocoDetection.Read(In("found.json"), truth);
        Assert.InRange(found.Count, 1, model == "SharpMask" ? 100 : 6);
        Assert.Contains($"{found.Count} objects of a score of 0 or more, of {found.Count} found.", output);
        Assert.All(found, one => Assert.Equal((70, 90), (one.Mask!.Height, one.Mask.Width)));
        Assert.Equal(found.Select(one => one.Score).OrderDescending(), found.Select(one => one.Score));
        // A row of the table an object, in the same order.
        var rows = output.Split('\n').Skip(1).Take(found.Count);
        Assert.All(rows.Zip(found), pair =>
            Assert.Matches(
                $@"^ *\d+  {(model == "SharpMask" ? "object" : $"class {pair.Second.CategoryId}")} .* "
                + $@"{pair.Second.Mask!.Area}\r?$", pair.First));

        using var drawn = Images.Read(In("drawn.png"));
        using var plain = Images.Read(picture);
        Assert.Equal(plain.shape, drawn.shape);
        Assert.NotEqual(Bytes(plain), Bytes(drawn));
        Assert.Equal(Bytes(Overlay.Draw(plain, found)), Bytes(drawn));
    }

    [Fact]
    public void What_the_model_is_not_sure_of_is_in_the_file_alone()
    {
        var picture = Prepare();
        var (code, output, _) = Run(
            picture, "--model", "MaskRcnn", "--weights", In("MaskRcnn.safetensors"), "--json", In("found.json"),
            "--png", In("drawn.png"), "--score", "1.01");

        Assert.Equal(0, code);
        Assert.Matches("^0 objects of a score of 1.01 or more, of [1-6] found", output);
        Assert.Contains("\"image_id\":139", File.ReadAllText(In("found.json")));
        using var drawn = Images.Read(In("drawn.png"));
        using var plain = Images.Read(picture);
        Assert.Equal(Bytes(plain), Bytes(drawn));
    }

    [Fact]
    public void An_unknown_model_is_answered_with_those_there_are()
    {
        var (code, _, error) = Run(Prepare(), "--model", "MaskRcn", "--weights", In("MaskRcnn.safetensors"));

        Assert.Equal(1, code);
        Assert.Equal(
            "There is no model 'MaskRcn'. There are: Sds, DeepMask, SharpMask, MultiPathNet, MaskRcnn, PaNet, Yolact, "
            + "YolactPlusPlus.", error.Trim());
    }

    [Fact]
    public void The_kits_command_knows_the_papers_models()
    {
        var (code, output, _) = Run("--help");

        Assert.Equal(0, code);
        foreach (var name in new[] { "Sds", "MultiPathNet", "PaNet", "Yolact", "maskrcnn_resnet50_fpn", ".safetensors" })
        {
            Assert.Contains(name, output);
        }
    }

    [Fact]
    public void Files_that_are_missing_or_are_something_else_are_named_in_a_line()
    {
        var picture = Prepare();
        string Refusal(string image, string weights)
        {
            var (code, _, error) = Run(image, "--model", "Yolact", "--weights", weights);
            Assert.Equal(1, code);
            Assert.DoesNotContain("   at ", error);
            return error;
        }
        File.WriteAllText(In("page.png"), "<html>");
        File.WriteAllBytes(In("cut.png"), File.ReadAllBytes(picture)[..200]);
        using (var network = OneStage()) network.save_py(In("whole.pth"));
        File.WriteAllBytes(In("cut.pth"), File.ReadAllBytes(In("whole.pth"))[..5000]);
        File.WriteAllBytes(In("cut.safetensors"), File.ReadAllBytes(In("Yolact.safetensors"))[..^1]);
        Assert.Contains("none.png", Refusal(In("none.png"), In("Yolact.safetensors")));
        Assert.Contains("page.png' is neither a PNG nor a JPEG", Refusal(In("page.png"), In("Yolact.safetensors")));
        Assert.Contains("cut.png' is cut off", Refusal(In("cut.png"), In("Yolact.safetensors")));
        Assert.Contains("none.pth", Refusal(picture, In("none.pth")));
        Assert.Contains("page.png", Refusal(picture, In("page.png")));
        Assert.Contains("cut.pth", Refusal(picture, In("cut.pth")));
        Assert.Contains("it is cut short", Refusal(picture, In("cut.safetensors")));
        Assert.Contains(folder, Refusal(picture, folder));
    }

    [Fact]
    public void Weights_that_do_not_fit_are_named_whole()
    {
        var picture = Prepare();
        using (var network = OneStage())
        {
            var weights = network.state_dict().ToDictionary();
            weights.Remove("proto_net.0.weight");
            weights["surplus"] = zeros(2);
            weights["fpn.lat_layers.0.bias"] = zeros(3);
            Safetensors.Save(
                In("wrong.safetensors"), weights, Safetensors.ReadMetadata(In("Yolact.safetensors")));
        }
        var (code, _, error) = Run(picture, "--model", "Yolact", "--weights", In("wrong.safetensors"));

        Assert.Equal(1, code);
        Assert.Contains("'proto_net.0.weight' [16, 16, 3, 3] is missing", error);
        Assert.Contains("'surplus' [2] is unexpected", error);
        Assert.Contains("'fpn.lat_layers.0.bias' has shape [3] and should have [16]", error);
    }

    [Fact]
    public void A_huge_picture_is_refused_with_the_limit_and_a_long_one_is_searched_in_parts_of_its_size()
    {
        Prepare();
        // The size stands in the header; no row is read.
        var file = File.ReadAllBytes(In("000000000139.png"));
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(16), 10_000);
        BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(20), 10_000);
        BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan(29), Crc32(file.AsSpan(12, 17)));
        File.WriteAllBytes(In("huge.png"), file);
        string[] rest = ["--model", "Yolact", "--weights", In("Yolact.safetensors")];
        var (code, _, error) = Run([In("huge.png"), .. rest]);
        Assert.Equal(1, code);
        Assert.Contains("10,000×10,000", error);
        Assert.Contains("'limit'", error);
        Assert.Contains("cut off", Run([In("huge.png"), .. rest, "--limit", "100000000"]).Error);

        using (var wide = zeros(3, 20, 10_000, dtype: ScalarType.Byte))
        {
            Images.WritePng(In("wide.png"), wide);
        }
        (code, _, error) = Run([In("wide.png"), .. rest, "--json", In("wide.json")]);
        Assert.Equal("", error);
        Assert.Equal(0, code);
        Assert.Contains("\"size\":[20,10000]", File.ReadAllText(In("wide.json")).Replace(" ", ""));
    }

    [Fact]
    public void A_picture_of_one_pixel_is_searched_too()
    {
        Prepare();
        using (var one = zeros(3, 1, 1, dtype: ScalarType.Byte))
        {
            Images.WritePng(In("one.png"), one);
        }
        foreach (var model in new[] { "MaskRcnn", "PaNet", "Yolact", "YolactPlusPlus", "SharpMask" })
        {
            var (code, _, error) = Run(
                In("one.png"), "--model", model, "--weights", In(model + ".safetensors"), "--png", In("drawn.png"));
            Assert.Equal("", error);
            Assert.Equal(0, code);
            using var drawn = Images.Read(In("drawn.png"));
            Assert.Equal([3, 1, 1], drawn.shape);
        }
    }
}
