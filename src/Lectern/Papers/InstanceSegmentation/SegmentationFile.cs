using System.Text.Json;
using System.Text.Json.Serialization;
using Lectern.Data;
using Lectern.Vision;

namespace Lectern.Papers.InstanceSegmentation;

/// <summary>
/// Files that hold all it takes to find objects in pictures: weights, how the networks that they are of are made,
/// and what classes are called. <c>./lectern segment</c> runs them.
/// </summary>
/// <remarks>
/// They are safetensors files whose free text says, as JSON, which settings each network has. Weights of a single
/// network have their names in its state dictionary, so that other programs find them.
/// </remarks>
public static class SegmentationFile
{
    /// <summary>How these files end.</summary>
    public const string Extension = ".safetensors";

    private const string Key = "lectern.segmenter";
    private const string Proposer = "proposer.", Network = "network.", Grouping = "grouping.";
    private const int Proposals = 100, ClassifiedProposals = 400;           // the latter as MultiPathNet's authors

    private static readonly JsonSerializerOptions Options = new()
    {
        IncludeFields = true,                                               // pairs of numbers in settings
        IgnoreReadOnlyProperties = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Settings of one of the networks.</summary>
    private sealed record Part(JsonElement Settings, BackboneSettings? Backbone);

    /// <summary>What the file's text says.</summary>
    private sealed record Recipe(
        string Model, IReadOnlyList<CocoCategory> Categories, IReadOnlyDictionary<string, Part> Parts)
    {
        internal T Settings<T>(string part) => Parts[part].Settings.Deserialize<T>(Options)!;

        internal Backbone Backbone(string part) => Parts[part].Backbone!.Create();
    }

    /// <summary>Writes a network. A file that is there is replaced at the end.</summary>
    /// <param name="path">The file; <c>.safetensors</c> is its end.</param>
    /// <param name="network">
    /// A Mask R-CNN, PANet, YOLACT, YOLACT++, DeepMask, SharpMask or MultiPathNet.
    /// </param>
    /// <param name="names">What labels from 1 on are called; COCO's names where there are as many.</param>
    /// <param name="proposer">The DeepMask or SharpMask that finds a MultiPathNet's proposals.</param>
    /// <exception cref="ArgumentException">
    /// The network is another one, a MultiPathNet is without proposer, or names are not as many as labels.
    /// </exception>
    public static void Save(
        string path, nn.Module network, IReadOnlyList<string>? names = null, IMaskProposer? proposer = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        using var scope = NewDisposeScope();
        if (network is MultiPathNet != proposer is not null)
            throw new ArgumentException(
                network is MultiPathNet
                    ? "A MultiPathNet classifies what another network proposes: give its DeepMask or SharpMask."
                    : $"{network.GetName()} finds objects alone: only a MultiPathNet wants a proposer.",
                nameof(proposer));
        var tensors = network.state_dict();
        var parts = PartsOf(network);
        if (proposer is not null)
        {
            parts = parts.Concat(PartsOf((nn.Module)proposer));
            foreach (var (name, value) in ((nn.Module)proposer).state_dict()) tensors.Add(Proposer + name, value);
        }
        int labels = network switch
        {
            MaskRcnn of => of.Settings.Classes - 1,
            MultiPathNet of => of.Settings.Classes - 1,
            Yolact of => of.Settings.Classes,
            _ => 1,
        };
        Write(path, network.GetType().Name, labels, names ?? (labels == 1 ? ["object"] : null), parts, tensors);
    }

    /// <summary>Writes a detector of SDS with what groups regions for it. A file that is there is replaced.</summary>
    /// <param name="path">The file; <c>.safetensors</c> is its end.</param>
    /// <param name="detector">The detector, trained.</param>
    /// <param name="grouping">What proposes its regions, fitted.</param>
    /// <param name="names">What labels from 1 on are called.</param>
    /// <exception cref="ArgumentException">Names are not as many as labels.</exception>
    /// <exception cref="InvalidOperationException">The grouping has learned nothing.</exception>
    public static void Save(string path, Sds detector, Mcg grouping, IReadOnlyList<string>? names = null)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(grouping);
        using var scope = NewDisposeScope();
        var tensors = detector.State().Concat(grouping.State().Select(one => (Grouping + one.Name, one.Value)))
            .ToDictionary(one => one.Item1, one => one.Item2);
        Write(path, nameof(Sds), detector.Settings.Classes, names,
            [(nameof(Sds), detector.Settings, null), (nameof(Mcg), grouping.Settings, null)], tensors);
    }

    /// <summary>Reads what <see cref="Save(string, nn.Module, IReadOnlyList{string}?, IMaskProposer?)"/> or
    /// <see cref="Save(string, Sds, Mcg, IReadOnlyList{string}?)"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">Which network it is to be of; null: any.</param>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, says nothing of networks, is of another one, or does not fit what it says; then the
    /// message names every missing, unexpected and mis-shaped tensor.
    /// </exception>
    public static Segmenter Load(string path, string? model = null)
    {
        string file = Path.GetFileName(path);
        if (!Safetensors.ReadMetadata(path).TryGetValue(Key, out string? text))
            throw new InvalidDataException(
                $"'{file}' has weights but does not say of which network: write it with SegmentationFile.Save.");
        try
        {
            var recipe = JsonSerializer.Deserialize<Recipe>(text, Options)!;
            if (model is not null && recipe.Model != model)
                throw new InvalidDataException($"'{file}' is of a {recipe.Model}, and a {model} was asked for.");
            using var scope = NewDisposeScope();
            return Build(recipe, Safetensors.Load(path), file);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or NullReferenceException)
        {
            throw new InvalidDataException(
                $"'{file}' cannot be read: what it says of its network is damaged ({error.Message}).", error);
        }
    }

    private static IEnumerable<(string Name, object Settings, BackboneSettings? Backbone)> PartsOf(nn.Module network)
    {
        object settings = network switch
        {
            MaskRcnn of => of.Settings,
            Yolact of => of.Settings,
            DeepMask of => of.Settings,
            SharpMask of => of.Settings,
            MultiPathNet of => of.Settings,
            _ => throw new ArgumentException(
                $"{network.GetName()} is none of the networks that find objects in pictures.", nameof(network)),
        };
        return network is SharpMask { DeepMask: var below }
            ? [(nameof(SharpMask), settings, null), .. PartsOf(below)]
            : [(network.GetType().Name, settings, network.modules().OfType<Backbone>().First().Settings)];
    }

    private static void Write(string path, string model, int labels, IReadOnlyList<string>? names,
        IEnumerable<(string Name, object Settings, BackboneSettings? Backbone)> parts,
        IReadOnlyDictionary<string, Tensor> tensors)
    {
        if (!path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"The file ends in {Extension}; given was '{path}'.", nameof(path));
        if (names is not null && names.Count != labels)
            throw new ArgumentException(
                $"There are {labels} labels, and each has a name; given were {names.Count}.", nameof(names));
        var recipe = new Recipe(
            model,
            names is null ? SegmentationModels.Kinds(labels)
                : [.. names.Select((name, i) => new CocoCategory(i + 1, name))],
            parts.ToDictionary(part => part.Name, part => new Part(
                JsonSerializer.SerializeToElement(part.Settings, part.Settings.GetType(), Options), part.Backbone)));
        string text = JsonSerializer.Serialize(recipe, Options);
        Safetensors.Save(path, tensors, new Dictionary<string, string> { [Key] = text });
    }

    private static Segmenter Build(Recipe recipe, Dictionary<string, Tensor> tensors, string file)
    {
        T Filled<T>(T network, Func<string, bool> own, string prefix = "") where T : nn.Module
        {
            var values = tensors.Where(one => one.Key.StartsWith(prefix, StringComparison.Ordinal) && own(one.Key))
                .ToDictionary(one => one.Key[prefix.Length..], one => one.Value);
            network.LoadTensors(values, file, strict: true, null, null).eval();
            return network;
        }
        T Whole<T>(T network) where T : nn.Module => Filled(network, _ => true);
        DeepMask Below() => new(recipe.Settings<DeepMaskSettings>(nameof(DeepMask)), recipe.Backbone(nameof(DeepMask)));
        SharpMask Refined() => new(Below(), recipe.Settings<SharpMaskSettings>(nameof(SharpMask)));
        Segmenter Of(nn.Module network, Func<IReadOnlyList<Tensor>, Detections[]> detect) =>
            new(network, detect, recipe.Categories);
        Segmenter Two(MaskRcnn network) => Of(Whole(network), network.Detect);
        Segmenter One(Yolact network) => Of(Whole(network), network.Detect);
        switch (recipe.Model)
        {
            case nameof(MaskRcnn):
                return Two(new MaskRcnn(
                    recipe.Settings<MaskRcnnSettings>(recipe.Model), recipe.Backbone(recipe.Model)));
            case nameof(PaNet):
                return Two(new PaNet(recipe.Settings<PaNetSettings>(recipe.Model), recipe.Backbone(recipe.Model)));
            case nameof(Yolact):
                return One(new Yolact(recipe.Settings<YolactSettings>(recipe.Model), recipe.Backbone(recipe.Model)));
            case nameof(YolactPlusPlus):
                return One(new YolactPlusPlus(
                    recipe.Settings<YolactPlusPlusSettings>(recipe.Model), recipe.Backbone(recipe.Model)));
            case nameof(DeepMask):
                var deep = Whole(Below());
                return Of(deep, pictures => Proposed(deep, pictures));
            case nameof(SharpMask):
                var sharp = Whole(Refined());
                return Of(sharp, pictures => Proposed(sharp, pictures));
            case nameof(MultiPathNet):
                var classifier = Filled(new MultiPathNet(
                        recipe.Settings<MultiPathNetSettings>(recipe.Model), recipe.Backbone(recipe.Model)),
                    name => !name.StartsWith(Proposer, StringComparison.Ordinal));
                nn.Module proposer = recipe.Parts.ContainsKey(nameof(SharpMask)) ? Refined() : Below();
                Filled(proposer, _ => true, Proposer);
                var masks = (IMaskProposer)proposer;
                return Of(new TorchSharp.Modules.ModuleList<nn.Module>(classifier, proposer), pictures =>
                    classifier.Detect(
                        pictures, [.. pictures.Select(picture => masks.Propose(picture, ClassifiedProposals))], masks));
            case nameof(Sds):
                var detector = new Sds(recipe.Settings<SdsSettings>(recipe.Model));
                Filled(detector.Network, _ => true, Network);
                detector.Restore(tensors.GetValueOrDefault);
                var grouping = new Mcg(recipe.Settings<McgSettings>(nameof(Mcg)));
                grouping.Restore(name => tensors[Grouping + name]);
                return Of(detector.Network, pictures =>
                    [.. pictures.Select(picture => detector.Detect(picture, grouping.Propose(picture)))]);
            default:
                throw new InvalidDataException($"'{file}' is of a {recipe.Model}, which is no network of the kit.");
        }
    }

    /// <summary>What is proposed, all of one kind.</summary>
    private static Detections[] Proposed(IMaskProposer proposer, IReadOnlyList<Tensor> pictures) =>
    [
        .. pictures.Select(picture =>
        {
            using var scope = NewDisposeScope();
            var best = proposer.Propose(picture, Proposals);
            return new Detections(best.Boxes, ones_like(best.Scores, int64), best.Scores, best.Masks.to(float32))
                .MoveToOuterDisposeScope();
        }),
    ];
}
