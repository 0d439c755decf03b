// DeepMask: P. O. Pinheiro, R. Collobert and P. Dollár, "Learning to Segment Object Candidates", NIPS 2015,
// arXiv:1506.06204.
// Idea      One network looks at a window and says two things: the mask of the object in its middle, and whether
//           there is one that is whole and of the right size. Run over all places and scales of a picture it
//           proposes masks, best first, without edges or superpixels.
// Symbols   x_k window -> WindowSample.Pixels; m_k mask of ±1 -> Masks; y_k ±1 -> Objects; h°×w° -> TargetSize;
//           λ -> ScoreWeight; f(x) -> DeepMask.forward's Mask; f_s(x) -> its Score; c cells of a window's side
// Trunk     a backbone up to one stride, then a 1×1 convolution and ReLU                  -> DeepMask.Features
// Mask      two linear layers without anything between: a factorisation of low rank       -> DeepMask.Masks
// Score     linear layers with ReLU and dropout, on the code between those two            -> DeepMask.Score
// Loss      Σ_k (1 + y_k)/(2 h°w°) Σ_ij log(1 + e^(-m f)) + λ log(1 + e^(-y f_s)), eq. 1  -> DeepMask.Loss
// Training  batches for masks and for scores take turns at random                         -> WindowSampler.Next
// Dense     the linear layers slide over the map of the whole picture, at many scales     -> DeepMask.Search
// Differs   as the authors' released program, which the SharpMask paper has too: windows of 160 pixels within
//           192, a code that both heads read. DeepMaskSettings.Original is the form of 2015. A picture gets half
//           a window and the margin around it, not half a window alone, so that the search sees at each place
//           what the network sees of that window.
using Lectern.Training;
using Lectern.Vision;

namespace Lectern.Papers.InstanceSegmentation;

/// <summary>Settings of DeepMask; defaults are those of the authors' released program.</summary>
public sealed record DeepMaskSettings
{
    /// <summary>The network of the paper of 2015, on VGG-A: windows of 224 pixels without a margin, a score
    /// with layers of its own behind a pooling.</summary>
    public static DeepMaskSettings Original { get; } = new()
    {
        Patch = 224, Margin = 0, Width = 512, TargetSize = 224, SharedCode = false, Canonical = 128, Far = 32,
        FarOctaves = 1, Scales = [.. Enumerable.Range(-4, 7).Select(half => Math.Pow(2, half / 2.0))],
    };

    /// <summary>Side of a window, in pixels; a multiple of the stride.</summary>
    public int Patch { get; init; } = 160;

    /// <summary>Pixels around a window that the trunk sees, too; a multiple of the stride.</summary>
    public int Margin { get; init; } = 16;

    /// <summary>Which of the trunk's maps is read, by its stride.</summary>
    public int Stride { get; init; } = 16;

    /// <summary>Channels of that map after the 1×1 convolution.</summary>
    public long Width { get; init; } = 128;

    /// <summary>Numbers of the code between the two linear layers of the mask.</summary>
    public long CodeWidth { get; init; } = 512;

    /// <summary>Side of the mask that is computed.</summary>
    public int MaskSize { get; init; } = 56;

    /// <summary>Side of the mask that is learned from: the computed one, enlarged.</summary>
    public int TargetSize { get; init; } = 112;

    /// <summary>Whether the score reads the mask's code; otherwise a linear layer of its own, behind a 2×2
    /// pooling.</summary>
    public bool SharedCode { get; init; } = true;

    /// <summary>Hidden units of the score.</summary>
    public long ScoreWidth { get; init; } = 1024;

    /// <summary>Dropout in the score.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>The longer side of an object of the right size, in pixels of the window.</summary>
    public double Canonical { get; init; } = 92;

    /// <summary>How far a mask's object may be from the right size, in octaves; scales of scores are multiples
    /// of it.</summary>
    public double ScaleJitter { get; init; } = 0.25;

    /// <summary>How far a mask's object may be from the middle, each way, in pixels of the window.</summary>
    public double Shift { get; init; } = 16;

    /// <summary>Masks of smaller objects are not learned from, in pixels of the picture.</summary>
    public double LeastArea { get; init; } = 100;

    /// <summary>Nor are those whose box has a shorter side.</summary>
    public double LeastSide { get; init; } = 5;

    /// <summary>A window is empty if no object of about its scale has its middle nearer, in pixels of the
    /// window.</summary>
    public double Far { get; init; } = 48;

    /// <summary>What about its scale means, in octaves.</summary>
    public double FarOctaves { get; init; } = 2.5;

    /// <summary>Scales of empty windows: how often the picture is doubled, from and to.</summary>
    public (double From, double To) EmptyOctaves { get; init; } = (-3, 2);

    /// <summary>λ, what the score's loss counts beside the mask's.</summary>
    public double ScoreWeight { get; init; } = 1.0 / 32;

    /// <summary>Scales at which a picture is searched.</summary>
    public IReadOnlyList<double> Scales { get; init; } =
        [.. Enumerable.Range(-5, 7).Select(half => Math.Pow(2, half / 2.0))];

    /// <summary>A pixel is in the mask if its probability is above it.</summary>
    public double Threshold { get; init; } = 0.2;

    /// <summary>Side of what the trunk sees of a window.</summary>
    internal int Fed => Patch + 2 * Margin;

    /// <summary>What the trunk is to see of an object: in the middle, and of the right size.</summary>
    /// <param name="box">xyxy.</param>
    internal Window Around(ReadOnlySpan<double> box) =>
        new((box[1] + box[3]) / 2, (box[0] + box[2]) / 2,
            Math.Max(1, Math.Max(box[2] - box[0], box[3] - box[1])) * Fed / Canonical);
}

/// <summary>One scale of a picture's search: what the network says at each place, row by row.</summary>
/// <param name="Maps">The trunk's maps of the picture with its border, finest first.</param>
/// <param name="Codes">[places, CodeWidth].</param>
/// <param name="Scores">Logits [places].</param>
/// <param name="Columns">Places a row.</param>
/// <param name="Boxes">The windows in pixels of the picture, xyxy: [places, 4].</param>
internal sealed record SearchLevel(Tensor[] Maps, Tensor Codes, Tensor Scores, long Columns, Tensor Boxes);

/// <summary>The network: a trunk, a code, two heads.</summary>
public sealed class DeepMask : nn.Module<Tensor, (Tensor Mask, Tensor Score)>, IMaskProposer
{
    private static readonly PictureSizes Normal = new();                            // ImageNet's colours
    private const int Together = 32;                                                // windows or masks at a time

    private readonly DeepMaskSettings settings;
    private readonly int map;                                                       // which of the trunk's maps
    private readonly Backbone trunk;
    private readonly Conv2d reduce;
    private readonly Linear code, mask, score1, score2;
    private readonly Linear? own;                                                   // the score's, if not the code

    /// <summary>A network with random weights.</summary>
    /// <param name="settings">Its settings.</param>
    /// <param name="trunk">The backbone, which belongs to the network then. Where none is given: ResNet-50
    /// up to its fourth stage, mirrored at the borders, with its normalisation frozen; of the original form,
    /// VGG-A.</param>
    /// <exception cref="ArgumentException">The trunk has no map of the stride, or window and margin are no
    /// multiples of it.</exception>
    public DeepMask(DeepMaskSettings? settings = null, Backbone? trunk = null) : base(nameof(DeepMask))
    {
        this.settings = settings ??= new DeepMaskSettings();
        this.trunk = trunk ??= settings.SharedCode
            ? new ResNet(50, new Vision.BatchNorm(Frozen: true), stageCount: 3, withStem: true,
                padding: PaddingModes.Reflect)
            : new Vgg(11);
        map = trunk.Strides.ToList().IndexOf(settings.Stride);
        if (map < 0)
            throw new ArgumentException(
                $"The trunk has maps of strides {string.Join(", ", trunk.Strides)}; none is "
                + $"{settings.Stride}.", nameof(settings));
        if (settings.Patch % settings.Stride != 0 || settings.Margin % settings.Stride != 0)
            throw new ArgumentException(
                $"Windows of {settings.Patch} pixels with a margin of {settings.Margin} are no whole number "
                + $"of cells of {settings.Stride}.", nameof(settings));
        Cells = settings.Patch / settings.Stride;
        Rim = settings.Margin / settings.Stride;
        reduce = nn.Conv2d(trunk.Channels[map], settings.Width, 1);
        code = nn.Linear(settings.Width * Cells * Cells, settings.CodeWidth);
        mask = nn.Linear(settings.CodeWidth, settings.MaskSize * settings.MaskSize);
        if (!settings.SharedCode)
            own = nn.Linear(settings.Width * (Cells / 2) * (Cells / 2), settings.CodeWidth);
        score1 = nn.Linear(settings.CodeWidth, settings.ScoreWidth);
        score2 = nn.Linear(settings.ScoreWidth, 1);
        RegisterComponents();
    }

    /// <summary>Its settings.</summary>
    public DeepMaskSettings Settings => settings;

    /// <summary>Cells c of a window's side.</summary>
    internal int Cells { get; }

    /// <summary>Cells of its margin.</summary>
    internal int Rim { get; }

    /// <summary>Channels of the trunk's maps down to the one that is read, the coarsest first.</summary>
    internal IEnumerable<long> MapChannels => trunk.Channels.Take(map + 1).Reverse();

    /// <summary>All maps of the trunk, finest first, up to the one that is read.</summary>
    /// <param name="pictures">RGB from 0 to 1: [N, 3, H, W].</param>
    internal Tensor[] Maps(Tensor pictures)
    {
        using var scope = NewDisposeScope();
        Tensor Colours(IReadOnlyList<double> values) =>
            tensor(values.ToArray(), pictures.dtype, pictures.device).view(1, 3, 1, 1);
        var maps = trunk.call((pictures - Colours(Normal.Mean)) / Colours(Normal.Deviation));
        return [.. maps.Take(map + 1).Select(one => one.MoveToOuterDisposeScope())];
    }

    /// <summary>What the code is made of, the margin cut off: [N, Width, h - 2 Rim, w - 2 Rim].</summary>
    private Tensor Features(Tensor[] maps)
    {
        var all = maps[map];
        return reduce.call(all.narrow(2, Rim, all.shape[2] - 2 * Rim).narrow(3, Rim, all.shape[3] - 2 * Rim))
            .relu();
    }

    /// <summary>Codes [B, CodeWidth] and score logits [B] of windows.</summary>
    /// <param name="maps">The trunk's maps of the windows with their margins.</param>
    internal (Tensor Codes, Tensor Scores) Read(Tensor[] maps)
    {
        using var scope = NewDisposeScope();
        var features = Features(maps);                                              // [B, Width, c, c]
        var codes = code.call(features.flatten(1));
        var read = own is null ? codes : own.call(nn.functional.max_pool2d(features, 2).flatten(1)).relu();
        return (codes.MoveToOuterDisposeScope(), Score(read).MoveToOuterDisposeScope());
    }

    /// <summary>The same at all places of a picture, row by row: a linear layer over c×c cells is a convolution
    /// of that size. Pooling at every cell, read at every other one, leaves no place out.</summary>
    private (Tensor Codes, Tensor Scores, long Columns) Slide(Tensor features)      // [1, Width, h, w]
    {
        Tensor Over(Linear layer, Tensor maps, long cells, long step) => nn.functional.conv2d(
            maps, layer.weight!.view(layer.weight.shape[0], settings.Width, cells, cells), layer.bias,
            dilation: [step, step]);
        Tensor Rows(Tensor maps) => maps.flatten(2).squeeze(0).t();                 // [1, C, h, w] -> [h·w, C]
        var codes = Over(code, features, Cells, 1);
        var read = own is null ? codes
            : Over(own, nn.functional.max_pool2d(features, 2, 1), Cells / 2, 2).relu();
        return (Rows(codes), Score(Rows(read)), codes.shape[3]);
    }

    /// <summary>Mask logits of codes: [B, CodeWidth] to [B, size, size].</summary>
    internal Tensor Masks(Tensor codes, long size)
    {
        using var scope = NewDisposeScope();
        var masks = mask.call(codes).view(-1, 1, settings.MaskSize, settings.MaskSize);
        return nn.functional.interpolate(masks, [size, size], mode: InterpolationMode.Bilinear,
            align_corners: false).squeeze(1).MoveToOuterDisposeScope();
    }

    private Tensor Score(Tensor read)                                               // [B, CodeWidth] -> [B]
    {
        Tensor Drop(Tensor x) => FastDropout.Apply(x, settings.Dropout, training);
        return score2.call(Drop(score1.call(Drop(read)).relu())).squeeze(1);
    }

    /// <summary>Mask logits [B, h°, w°] and score logits [B] of windows.</summary>
    /// <param name="windows">RGB from 0 to 1, with the margin: [B, 3, P + 2 margin, P + 2 margin].</param>
    /// <exception cref="ArgumentException">They have another shape.</exception>
    public override (Tensor Mask, Tensor Score) forward(Tensor windows)
    {
        RequireWindows(windows);
        using var scope = NewDisposeScope();
        var (codes, scores) = Read(Maps(windows));
        return (Masks(codes, settings.TargetSize).MoveToOuterDisposeScope(), scores.MoveToOuterDisposeScope());
    }

    internal void RequireWindows(Tensor windows)
    {
        if (windows.dim() == 4 && windows.shape.AsSpan(1).SequenceEqual([3, settings.Fed, settings.Fed])) return;
        throw new ArgumentException(
            $"Windows are [B, 3, {settings.Fed}, {settings.Fed}], {settings.Patch} pixels and a margin of "
            + $"{settings.Margin}; given were [{string.Join(", ", windows.shape)}].", nameof(windows));
    }

    /// <summary>Σ_k (1 + y_k)/(2 h°w°) Σ_ij log(1 + e^(-m f)) + λ log(1 + e^(-y f_s)), eq. 1; of what a batch
    /// has no answers to, nothing.</summary>
    /// <param name="masks">f, [B, h°, w°].</param>
    /// <param name="scores">f_s, [B].</param>
    /// <param name="sample">The answers.</param>
    /// <param name="scoreWeight">λ.</param>
    public static Tensor Loss(Tensor masks, Tensor scores, WindowSample sample, double scoreWeight)
    {
        ArgumentNullException.ThrowIfNull(sample);
        using var scope = NewDisposeScope();
        var loss = zeros([], masks.dtype, masks.device);
        if (sample.Masks is { } m)
        {
            var each = nn.functional.softplus(-m * masks).mean([1L, 2L]);                       // [B]
            // Of windows without an object there is no mask to learn.
            loss += (sample.Objects is { } has ? each * (1 + has) / 2 : each).sum();
        }
        if (sample.Objects is { } y) loss += scoreWeight * nn.functional.softplus(-y * scores).sum();
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>The loss of a batch of windows, eq. 1: a sum over its windows.</summary>
    /// <returns>A scalar, owned by the caller's scope.</returns>
    public Tensor Loss(WindowSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        using var scope = NewDisposeScope();
        var (masks, scores) = call(sample.Pixels);
        return Loss(masks, scores, sample, settings.ScoreWeight).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public MaskProposals Propose(Tensor picture, int count = 500)
    {
        using var none = no_grad();
        return Propose(picture, count, (level, places) =>
            Masks(level.Codes.index_select(0, places), settings.TargetSize));
    }

    /// <inheritdoc/>
    public Tensor Segment(Tensor picture, Tensor boxes) => Segment(picture, boxes, windows => call(windows).Mask);

    /// <summary>The best places of a search, with masks of whatever makes them.</summary>
    /// <param name="picture">[3, H, W].</param>
    /// <param name="count">How many.</param>
    /// <param name="masks">Logits [k, T, T] of some places, int64 [k], of one scale.</param>
    internal MaskProposals Propose(Tensor picture, int count, Func<SearchLevel, Tensor, Tensor> masks)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        var levels = Search(picture);
        var scores = cat([.. levels.Select(level => level.Scores)], 0);
        var (best, order) = scores.topk((int)Math.Min(count, scores.shape[0]));
        var all = zeros([best.shape[0], picture.shape[1], picture.shape[2]], @bool, picture.device);
        long first = 0;
        foreach (var level in levels)
        {
            long end = first + level.Scores.shape[0];
            var ranks = (order >= first).logical_and(order < end).nonzero().squeeze(1);
            for (long at = 0; at < ranks.shape[0]; at += Together)
            {
                using var some = NewDisposeScope();
                var rank = ranks.narrow(0, at, Math.Min(Together, ranks.shape[0] - at));
                var places = order.index_select(0, rank) - first;
                all[rank] = Paste(masks(level, places), level.Boxes.index_select(0, places), picture);
            }
            first = end;
        }
        return MaskProposals.Of(all, best.sigmoid()).MoveToOuterDisposeScope();
    }

    /// <summary>Masks of boxes, each alone in a window where it is in the middle and of the right size.</summary>
    internal Tensor Segment(Tensor picture, Tensor boxes, Func<Tensor, Tensor> masks)
    {
        Images.Require(picture);
        Boxes.Require(boxes);
        using var none = no_grad();
        using var scope = NewDisposeScope();
        double[] corners = Suppression.Values<double>(boxes, ScalarType.Float64);
        var all = zeros([boxes.shape[0], picture.shape[1], picture.shape[2]], @bool, picture.device);
        var windows = Enumerable.Range(0, corners.Length / 4)
            .Select(k => settings.Around(corners.AsSpan(4 * k, 4))).ToArray();
        for (int at = 0; at < windows.Length; at += Together)
        {
            using var some = NewDisposeScope();
            var batch = windows.AsSpan(at, Math.Min(Together, windows.Length - at)).ToArray();
            var seen = stack([.. batch.Select(window => Windows.Cut(picture, window, settings.Fed))]);
            float[] places = [.. batch.SelectMany(window =>
            {
                double half = window.Side * settings.Patch / settings.Fed / 2;
                return new[] { window.X - half, window.Y - half, window.X + half, window.Y + half };
            }).Select(value => (float)value)];
            var pasted = Paste(masks(seen),
                tensor(places, [batch.Length, 4], picture.dtype, picture.device), picture);
            all.narrow(0, at, batch.Length).copy_(pasted);
        }
        return all.MoveToOuterDisposeScope();
    }

    // Where logits are above the threshold's; nowhere outside the windows.
    private Tensor Paste(Tensor logits, Tensor windows, Tensor picture) => Windows.Paste(
        logits - Math.Log(settings.Threshold / (1 - settings.Threshold)), windows, picture.shape[1],
        picture.shape[2]) > 0;

    /// <summary>Looks at a picture at all scales, at all places a stride apart.</summary>
    /// <param name="picture">RGB from 0 to 1: [3, H, W].</param>
    internal IReadOnlyList<SearchLevel> Search(Tensor picture)
    {
        Images.Require(picture);
        using var scope = NewDisposeScope();
        var levels = settings.Scales.Select(scale => Look(picture, scale)).ToArray();
        foreach (var level in levels)
            foreach (var part in (Tensor[])[.. level.Maps, level.Codes, level.Scores, level.Boxes])
                part.MoveToOuterDisposeScope();
        return levels;
    }

    private SearchLevel Look(Tensor picture, double scale)
    {
        long stride = settings.Stride, border = settings.Patch / 2 + settings.Margin;
        var (full, wide) = (picture.shape[1], picture.shape[2]);
        long height = Math.Max(1, (long)Math.Round(full * scale));
        long width = Math.Max(1, (long)Math.Round(wide * scale));
        var scaled = Images.Resize(picture, height, width).unsqueeze(0);
        // Below and to the right as much more as makes whole cells: every window then lies within.
        long More(long side) => (stride - (side + 2 * border) % stride) % stride;
        var padded = nn.functional.pad(scaled, (border, border + More(width), border, border + More(height)),
            value: Windows.Fill);
        var maps = Maps(padded);
        var (codes, scores, columns) = Slide(Features(maps));
        // The middle of place (r, c) is at stride·(r, c) of the scaled picture.
        var place = arange(scores.shape[0], int64, picture.device);
        Tensor Edge(Tensor number, double shift, double ratio) =>
            ((number * stride).to(picture.dtype) + shift) / ratio;
        var (row, column) = (place.div(columns, RoundingMode.floor), place.remainder(columns));
        double half = settings.Patch / 2.0, down = height / (double)full, across = width / (double)wide;
        var boxes = stack([Edge(column, -half, across), Edge(row, -half, down), Edge(column, half, across),
            Edge(row, half, down)], 1);
        return new SearchLevel(maps, codes, scores, columns, boxes);
    }
}

/// <summary>Windows with what is to be said of them.</summary>
/// <param name="Pixels">RGB from 0 to 1, with the margin: [B, 3, P + 2 margin, P + 2 margin].</param>
/// <param name="Masks">m, ±1: [B, h°, w°]; null where masks are not learned from.</param>
/// <param name="Objects">y, ±1, whether an object is in the middle: [B]; null where that is not learned.</param>
public sealed record WindowSample(Tensor Pixels, Tensor? Masks, Tensor? Objects);

/// <summary>Draws windows to learn from.</summary>
public sealed class WindowSampler
{
    private const int Attempts = 100;

    private readonly IReadOnlyList<Tensor> pictures;
    private readonly IReadOnlyList<Instances> objects;
    private readonly DeepMaskSettings settings;
    private readonly Random random;
    private readonly double[][] corners;                                    // of each picture's boxes, xyxy
    private readonly (int Picture, int Object)[][] kinds;                   // objects large enough, by class
    private readonly int[] withObjects;                                     // pictures that show something

    /// <summary>A sampler; the same seed draws the same windows.</summary>
    /// <param name="pictures">RGB from 0 to 1: [3, H_i, W_i].</param>
    /// <param name="objects">The objects of each, crowds left out.</param>
    /// <param name="settings">Of the network.</param>
    /// <param name="seed">The seed.</param>
    /// <exception cref="ArgumentException">A picture has another shape, or no object is large enough.</exception>
    public WindowSampler(IReadOnlyList<Tensor> pictures, IReadOnlyList<Instances> objects,
        DeepMaskSettings settings, int seed)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(objects);
        if (pictures.Count != objects.Count)
            throw new ArgumentException(
                $"{pictures.Count} pictures want the objects of each; given were {objects.Count}.",
                nameof(objects));
        foreach (var picture in pictures) Images.Require(picture);
        (this.pictures, this.objects, this.settings) = (pictures, objects, settings);
        random = new Random(seed);
        corners = [.. objects.Select(of => Suppression.Values<double>(of.Boxes, ScalarType.Float64))];
        withObjects = [.. Enumerable.Range(0, corners.Length).Where(i => corners[i].Length > 0)];
        kinds = [.. withObjects.SelectMany(Large).GroupBy(one => one.Label, one => (one.Picture, one.Object))
            .OrderBy(group => group.Key).Select(group => group.ToArray())];
        if (kinds.Length == 0)
            throw new ArgumentException(
                $"No object has {settings.LeastArea} pixels and sides of {settings.LeastSide}; there is no "
                + "mask to learn from.", nameof(objects));
    }

    private IEnumerable<(int Picture, int Object, long Label)> Large(int picture)
    {
        long[] labels = Suppression.Values<long>(objects[picture].Labels, ScalarType.Int64);
        using var areas = objects[picture].Masks.to(int64).sum([1L, 2L]);
        long[] pixels = Suppression.Values<long>(areas, ScalarType.Int64);
        return Enumerable.Range(0, labels.Length).Where(k =>
        {
            var box = Box(picture, k);
            return pixels[k] >= settings.LeastArea
                && Math.Min(box[2] - box[0], box[3] - box[1]) >= settings.LeastSide;
        }).Select(k => (picture, k, labels[k]));
    }

    /// <summary>A batch for masks or for scores, one as often as the other.</summary>
    public WindowSample Next(int count) => random.Next(2) == 0 ? DrawMasks(count) : DrawScores(count);

    /// <summary>Windows of objects, jittered about the middle and the right size, with their masks.</summary>
    /// <remarks>A class is drawn first, then an object of it.</remarks>
    public WindowSample DrawMasks(int count)
    {
        using var scope = NewDisposeScope();
        var (pixels, masks) = (new List<Tensor>(), new List<Tensor>());
        for (int i = 0; i < count; i++)
        {
            var kind = kinds[random.Next(kinds.Length)];
            var (picture, which) = kind[random.Next(kind.Length)];
            var window = Jitter(settings.Around(Box(picture, which)));
            pixels.Add(Windows.Cut(pictures[picture], window, settings.Fed));
            var inner = window with { Side = window.Side * settings.Patch / settings.Fed };
            // The object's alone: what else is there belongs to the background.
            var own = objects[picture].Masks.narrow(0, which, 1).to(pictures[picture].dtype);
            masks.Add(Windows.Cut(own, inner, settings.TargetSize, 0).squeeze(0));
        }
        var m = (stack(masks) > 0.5).to(pixels[0].dtype) * 2 - 1;
        return new WindowSample(stack(pixels).MoveToOuterDisposeScope(), m.MoveToOuterDisposeScope(), null);
    }

    /// <summary>Windows with an object in the middle and of about the right size, and as often empty ones.</summary>
    /// <exception cref="InvalidOperationException">No empty window is found.</exception>
    public WindowSample DrawScores(int count)
    {
        using var scope = NewDisposeScope();
        var (pixels, answers) = (new List<Tensor>(), new float[count]);
        for (int i = 0; i < count; i++)
        {
            answers[i] = random.Next(2) == 0 ? 1 : -1;
            var (picture, window) = answers[i] > 0 ? Full() : Empty();
            pixels.Add(Windows.Cut(pictures[picture], window with { Flipped = random.Next(2) == 0 }, settings.Fed));
        }
        var y = tensor(answers, pixels[0].dtype, pixels[0].device);
        return new WindowSample(stack(pixels).MoveToOuterDisposeScope(), null, y.MoveToOuterDisposeScope());
    }

    private Span<double> Box(int picture, int which) => corners[picture].AsSpan(4 * which, 4);

    private double Within(double reach) => reach * (2 * random.NextDouble() - 1);

    /// <summary>Another size, another middle, and by chance a mirror.</summary>
    private Window Jitter(Window window)
    {
        double side = window.Side * Math.Pow(2, Within(settings.ScaleJitter)), pixel = side / settings.Fed;
        return new Window(window.Y + Within(settings.Shift) * pixel, window.X + Within(settings.Shift) * pixel,
            side, random.Next(2) == 0);
    }

    private (int Picture, Window Window) Full()
    {
        int picture = withObjects[random.Next(withObjects.Length)];
        var window = settings.Around(Box(picture, random.Next(corners[picture].Length / 4)));
        double step = settings.ScaleJitter, octaves = Math.Log2(window.Side / settings.Fed);
        return (picture, window with { Side = settings.Fed * Math.Pow(2, Math.Round(octaves / step) * step) });
    }

    /// <summary>A window in whose middle no object of about its scale is.</summary>
    private (int Picture, Window Window) Empty()
    {
        var (from, to) = settings.EmptyOctaves;
        int steps = (int)Math.Round((to - from) / settings.ScaleJitter);
        for (int attempt = 0; attempt < Attempts * Attempts; attempt++)
        {
            int picture = random.Next(pictures.Count);
            double side = settings.Fed / Math.Pow(2, from + settings.ScaleJitter * random.Next(steps + 1));
            var window = new Window(random.NextDouble() * pictures[picture].shape[1],
                random.NextDouble() * pictures[picture].shape[2], side);
            if (IsEmpty(picture, window)) return (picture, window);
        }
        throw new InvalidOperationException(
            $"No place in these pictures is {settings.Far} pixels of the window from the objects of about its "
            + "scale; lower the setting 'Far' or 'FarOctaves'.");
    }

    /// <summary>Whether all objects of about a window's scale have their middle far from its own.</summary>
    internal bool IsEmpty(int picture, Window window)
    {
        for (int k = 0; k < corners[picture].Length / 4; k++)
        {
            var fit = settings.Around(Box(picture, k));
            double distance = Math.Sqrt(Math.Pow(fit.Y - window.Y, 2) + Math.Pow(fit.X - window.X, 2));
            if (Math.Abs(Math.Log2(fit.Side / window.Side)) <= settings.FarOctaves
                && distance < settings.Far * window.Side / settings.Fed) return false;
        }
        return true;
    }
}
