using Lectern.Data;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Vision;

namespace Lectern.Tests.Papers.InstanceSegmentation;

public sealed class SegmentationFileTests : IDisposable
{
    private static readonly string[] Names = ["ring", "disc", "bar"];

    private readonly string folder = Directory.CreateTempSubdirectory("lectern file ").FullName;
    private readonly Tensor picture = Shapes.DrawOne(1, 0, new ShapeSettings(64, 72)).Picture;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private string In(string name) => Path.Combine(folder, name);

    private static Segmenter Load(string model, string path) =>
        SegmentationModels.All.Single(one => one.Name == model).Load(path);

    private static SmallBackbone Body(bool stem = false) => new(
        stem ? [8, 12] : [8, 12, 16, 16], 1, new Lectern.Vision.BatchNorm(Epsilon: 1e-3), stem,
        stem ? PaddingModes.Reflect : PaddingModes.Zeros, stem ? null : new DeformableBlocks([0, 0, 0, 1]));

    private static T Small<T>() where T : MaskRcnnSettings, new() => (T)new T() with
    {
        Classes = 4,
        Pictures = new PictureSizes(64, 96),
        Width = 16,
        Hidden = 32,
        MaskLayers = [16, 16],
        MaskWidth = 16,
        Detections = 6,
        Proposals = new ProposalSettings { Sizes = [12, 24, 48, 96, 192], Before = (100, 60), After = (60, 30) },
        Score = 0.05,
    };

    private static readonly YolactSettings One = new()
    {
        Classes = 3, Side = 64, Width = 16, Prototypes = 6, Sizes = [[6], [12], [24], [48], [60]], Detections = 6,
    };

    private static readonly YolactPlusPlusSettings Rescored = new()
    {
        Classes = 3, Side = 64, Width = 16, Prototypes = 6, Detections = 6, RescoringLayers = [4, 8, 8],
    };

    private static DeepMask Deep() => new(DeepMaskTests.Small, Body(stem: true));

    private static SharpMask Sharp() => new(Deep(), new SharpMaskSettings { Width = 32, SkipWidth = 16 });

    private static nn.Module Network(string model) => model switch
    {
        "MaskRcnn" => new MaskRcnn(Small<MaskRcnnSettings>(), Body()),
        "PaNet" => new PaNet(Small<PaNetSettings>() with { Groups = 4, BottomUp = false }, Body()),
        "Yolact" => new Yolact(One, Body()),
        "YolactPlusPlus" => new YolactPlusPlus(Rescored, Body()),
        "DeepMask" => Deep(),
        _ => Sharp(),
    };

    /// <summary>What a network finds by its own means.</summary>
    private Detections Found(nn.Module network)
    {
        network.eval();
        using var none = no_grad();
        using var lit = picture.to(float32) / 255;
        if (network is not IMaskProposer proposer)
            return network is MaskRcnn two ? two.Detect([lit])[0] : ((Yolact)network).Detect([lit])[0];
        var masks = proposer.Propose(lit, 100);
        return new Detections(masks.Boxes, ones(masks.Scores.shape[0], int64), masks.Scores, masks.Masks.to(float32));
    }

    private static void Equal(Detections expected, Detections found)
    {
        Assert.InRange(expected.Boxes.shape[0], 1, 1000);
        Assert.True(expected.Boxes.equal(found.Boxes).all().item<bool>());
        Assert.True(expected.Labels.equal(found.Labels).all().item<bool>());
        Assert.True(expected.MaskScores.equal(found.MaskScores).all().item<bool>());
        Assert.True(expected.Masks.equal(found.Masks).all().item<bool>());
    }

    [Theory]
    [InlineData("MaskRcnn")]
    [InlineData("PaNet")]
    [InlineData("Yolact")]
    [InlineData("YolactPlusPlus")]
    [InlineData("DeepMask")]
    [InlineData("SharpMask")]
    public void A_network_comes_back_with_its_settings_its_weights_and_its_names(string model)
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        using var network = Network(model);
        bool classes = network is not IMaskProposer;
        SegmentationFile.Save(In("own.safetensors"), network, classes ? Names : null);
        using var again = Load(model, In("own.safetensors"));
        Assert.False(again.Network.training);
        Assert.Equal(classes ? Names : ["object"], again.Categories.Select(one => one.Name));
        using var none = no_grad();
        Equal(Found(network), again.Detect([picture.to(float32) / 255])[0]);
        // Other programs find the weights by their names.
        Assert.Equal(network.state_dict().Keys.Order(), Safetensors.Load(In("own.safetensors")).Keys.Order());
    }

    [Fact]
    public void A_classifier_of_proposals_comes_back_with_what_proposes()
    {
        using var scope = NewDisposeScope();
        manual_seed(2);
        var settings = new MultiPathNetSettings
        {
            Classes = 4, Pictures = new PictureSizes(64, 96, 8), Thresholds = [0.5, 0.6], Bins = 3, Width = 8,
            Hidden = 16, Gain = 10, Factors = [1, 0.5], Normalise = false, Regions = [new(1, 2), new(2, 1)],
            BoxRegion = null,
        };
        using var network = new MultiPathNet(settings, Body(stem: true));
        network.eval();
        foreach (var proposer in (nn.Module[])[Deep(), Sharp()])
        {
            proposer.eval();
            SegmentationFile.Save(In("own.safetensors"), network, Names, (IMaskProposer)proposer);
            using var again = Load("MultiPathNet", In("own.safetensors"));
            var lit = picture.to(float32) / 255;
            using var none = no_grad();
            var masks = (IMaskProposer)proposer;
            Equal(network.Detect([lit], [masks.Propose(lit, 400)], masks)[0], again.Detect([lit])[0]);
        }
        Assert.Contains("give its DeepMask or SharpMask", Assert.Throws<ArgumentException>(
            () => SegmentationFile.Save(In("own.safetensors"), network, Names)).Message);
    }

    [Fact]
    public void What_cannot_be_kept_or_read_is_said()
    {
        using var scope = NewDisposeScope();
        using var network = new Yolact(One, Body());
        string own = In("own.safetensors");
        string Wrong(Action save) => Assert.Throws<ArgumentException>(save).Message;
        Assert.Contains("Linear", Wrong(() => SegmentationFile.Save(own, nn.Linear(1, 1))));
        Assert.Contains("3 labels, and each has a name; given were 2", Wrong(
            () => SegmentationFile.Save(own, network, ["ring", "disc"])));
        Assert.Contains("only a MultiPathNet", Wrong(() => SegmentationFile.Save(own, network, Names, Deep())));
        Assert.Contains("ends in .safetensors", Wrong(() => SegmentationFile.Save(In("own.pth"), network)));
        Assert.False(File.Exists(own));

        string Unread(string model, string path) =>
            Assert.Throws<InvalidDataException>(() => Load(model, path)).Message;
        network.save_py(In("own.pth"));
        Assert.Contains("SegmentationFile.Save", Unread("SharpMask", In("own.pth")));
        network.save_safetensors(own);
        Assert.Contains("does not say of which network", Unread("Yolact", own));
        SegmentationFile.Save(own, network, Names);
        Assert.Contains("is of a Yolact, and a PaNet was asked for", Unread("PaNet", own));
        var (tensors, text) = (Safetensors.Load(own), Safetensors.ReadMetadata(own));
        tensors.Remove(tensors.Keys.First(), out var gone);
        tensors.Add("another", gone!);
        Safetensors.Save(own, tensors, text);
        Assert.Contains("is missing; 'another'", Unread("Yolact", own));
        foreach (string broken in (string[])["{", "null", text.Values.Single().Replace("\"Yolact\":", "\"Other\":")])
        {
            Safetensors.Save(own, tensors, new Dictionary<string, string> { [text.Keys.Single()] = broken });
            Assert.Contains("what it says of its network is damaged", Unread("Yolact", own));
        }
    }
}
