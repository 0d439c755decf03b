// SharpMask: P. O. Pinheiro, T.-Y. Lin, R. Collobert and P. Dollár, "Learning to Refine Object Segments", ECCV 2016,
// arXiv:1603.08695.
// Idea      DeepMask's trunk knows what the object is, its early layers know where the edges are. Going up, the
//           trunk makes a coarse mask encoding; going down again, one module a stage merges it with the map of
//           that stage and doubles it, until it is a mask of the window's size. The masks are not averaged:
//           there is one, refined.
// Symbols   M^i mask encoding [B, k_m, s, s]; F^i map of the trunk; S^i its skip features; k -> Width
// Module    M^(i+1) = Up(ReLU(conv[M^i ‖ S^i])) = Up(ReLU(V^i(M^i) + H^i(F^i))):          -> Refinement
//           a convolution of two maps together is the sum of one of each, and the one of F^i does not need to
//           know where the window is: it runs once for a whole picture
// Code      M^1 is a linear layer of DeepMask's code                                      -> SharpMask.encode
// Loss      Σ_k 1/(h w) Σ_ij log(1 + e^(-m f)), of windows with an object                 -> SharpMask.Loss
// Training  first DeepMask; then the modules alone, the trunk and the score being frozen  -> SharpMask.Refiners
// Search    DeepMask's; the masks of the N best places alone are refined                  -> SharpMask.Propose
// Differs   maps are cut to the window behind H^i, not before it: in training, too, the modules see what is
//           around it. Nearest neighbours double, as in the released program (the paper: bilinear).
using Lectern.Vision;

namespace Lectern.Papers.InstanceSegmentation;

/// <summary>Settings of the refinement; defaults are those of the authors' released program.</summary>
public sealed record SharpMaskSettings
{
    /// <summary>k, channels of the first mask encoding and its skip features; every module halves them.</summary>
    public long Width { get; init; } = 32;

    /// <summary>Channels of the first convolution on the trunk's maps, or half of the map's if that is less.</summary>
    public long SkipWidth { get; init; } = 64;

    /// <summary>How encodings are doubled: nearest or bilinear.</summary>
    public InterpolationMode Upsampling { get; init; } = InterpolationMode.Nearest;
}

/// <summary>DeepMask with refined masks: the logits of a window's mask.</summary>
public sealed class SharpMask : nn.Module<Tensor, Tensor>, IMaskProposer
{
    private readonly SharpMaskSettings settings;
    private readonly DeepMask deepMask;
    private readonly Linear encode;
    private readonly ModuleList<Refinement> refine;
    private readonly Conv2d last;

    /// <summary>Refinement with random weights, for a network that has learned.</summary>
    /// <param name="deepMask">It belongs to this network then, and learns no more.</param>
    /// <param name="settings">The settings.</param>
    /// <exception cref="ArgumentException">The width cannot be halved that often.</exception>
    public SharpMask(DeepMask deepMask, SharpMaskSettings? settings = null) : base(nameof(SharpMask))
    {
        ArgumentNullException.ThrowIfNull(deepMask);
        (this.deepMask, this.settings) = (deepMask, settings ?? new SharpMaskSettings());
        long[] channels = [.. deepMask.MapChannels];
        long width = this.settings.Width;
        if (width < 1 << channels.Length || width % (1 << channels.Length) != 0)
            throw new ArgumentException(
                $"The trunk has {channels.Length} maps, and each halves the width; {width} is no multiple of "
                + $"{1 << channels.Length}.", nameof(settings));
        encode = nn.Linear(deepMask.Settings.CodeWidth, width * deepMask.Cells * deepMask.Cells);
        refine = new ModuleList<Refinement>([.. channels.Select((of, i) =>
            new Refinement(width >> i, of, Math.Min(this.settings.SkipWidth, of / 2), this.settings.Upsampling))]);
        last = nn.Conv2d(width >> channels.Length, 1, 3, padding: 1, padding_mode: PaddingModes.Reflect);
        RegisterComponents();
        foreach (var parameter in deepMask.parameters()) parameter.requires_grad = false;
        deepMask.eval();
    }

    /// <summary>The settings.</summary>
    public SharpMaskSettings Settings => settings;

    /// <summary>The network whose places and scores these are.</summary>
    public DeepMask DeepMask => deepMask;

    /// <summary>What learns in the second stage: all but DeepMask.</summary>
    public IEnumerable<Parameter> Refiners() =>
        encode.parameters().Concat(refine.parameters()).Concat(last.parameters());

    /// <summary>Side of the masks in pixels of the window: a map at stride 2 gives the window's own.</summary>
    public long Side => (long)deepMask.Cells << refine.Count;

    /// <summary>Settings of a sampler whose masks have this side.</summary>
    public DeepMaskSettings Sampling => deepMask.Settings with { TargetSize = (int)Side };

    /// <summary>Training or not, DeepMask's statistics and dropout stay as they are.</summary>
    /// <param name="train">Whether the modules are in training mode.</param>
    public override void train(bool train = true)
    {
        base.train(train);
        deepMask.eval();
    }

    /// <summary>Mask logits [B, Side, Side] of windows.</summary>
    /// <param name="windows">RGB from 0 to 1, with the margin: [B, 3, P + 2 margin, P + 2 margin].</param>
    /// <exception cref="ArgumentException">They have another shape.</exception>
    public override Tensor forward(Tensor windows)
    {
        deepMask.RequireWindows(windows);
        using var scope = NewDisposeScope();
        Tensor[] maps;
        Tensor codes;
        using (no_grad())
        {
            maps = deepMask.Maps(windows);
            codes = deepMask.Read(maps).Codes;
        }
        var skips = Skips(maps).Select((skip, i) =>
        {
            var (rim, cells) = ((long)deepMask.Rim << i, (long)deepMask.Cells << i);
            return skip.narrow(2, rim, cells).narrow(3, rim, cells);
        });
        return Refine(codes, [.. skips]).MoveToOuterDisposeScope();
    }

    /// <summary>H^i(F^i), the coarsest first, as large as the maps.</summary>
    internal Tensor[] Skips(Tensor[] maps) =>
        [.. refine.Select((module, i) => module.Horizontal(maps[^(i + 1)]))];

    /// <summary>Codes [B, CodeWidth] and each module's part of the maps [B, k/2^i, s, s] to logits
    /// [B, Side, Side].</summary>
    internal Tensor Refine(Tensor codes, IReadOnlyList<Tensor> skips)
    {
        var m = encode.call(codes).view(-1, settings.Width, deepMask.Cells, deepMask.Cells);
        for (int i = 0; i < refine.Count; i++) m = refine[i].call(m, skips[i]);
        return last.call(m).squeeze(1);
    }

    /// <summary>The loss of a batch of windows of objects: a sum over windows of a mean over pixels.</summary>
    /// <param name="sample">Drawn with <see cref="Sampling"/>.</param>
    /// <returns>A scalar, owned by the caller's scope.</returns>
    /// <exception cref="ArgumentException">It has no masks, or masks of another side.</exception>
    public Tensor Loss(WindowSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        if (sample.Masks?.shape[1] != Side)
            throw new ArgumentException(
                $"The masks to learn from have {Side} pixels a side; a sampler with the settings "
                + "'Sampling' draws such.", nameof(sample));
        using var scope = NewDisposeScope();
        return DeepMask.Loss(call(sample.Pixels), zeros(0), sample with { Objects = null }, 0)
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public MaskProposals Propose(Tensor picture, int count = 500)
    {
        using var none = no_grad();
        using var scope = NewDisposeScope();
        SearchLevel? current = null;
        Tensor[] skips = [];
        var found = deepMask.Propose(picture, count, (level, places) =>
        {
            // Once a scale, and only where something is found.
            if (!ReferenceEquals(level, current))
            {
                foreach (var skip in skips) skip.Dispose();
                (current, skips) = (level, [.. Skips(level.Maps).Select(skip => skip.DetachFromDisposeScope())]);
            }
            return Masks(level, skips, places);
        });
        foreach (var skip in skips) skip.Dispose();
        return found.MoveToOuterDisposeScope();
    }

    /// <summary>Mask logits [k, Side, Side] of some places of a search, int64 [k].</summary>
    /// <param name="level">What DeepMask says at that scale.</param>
    /// <param name="skips">What the modules say of its maps.</param>
    /// <param name="places">Which.</param>
    internal Tensor Masks(SearchLevel level, Tensor[] skips, Tensor places)
    {
        using var scope = NewDisposeScope();
        long[] numbers = [.. places.cpu().data<long>()];
        var parts = skips.Select((skip, i) => stack([.. numbers.Select(place =>
        {
            long row = deepMask.Rim + place / level.Columns, column = deepMask.Rim + place % level.Columns;
            long side = (long)deepMask.Cells << i;
            return skip[0].narrow(1, row << i, side).narrow(2, column << i, side);
        })]));
        return Refine(level.Codes.index_select(0, places), [.. parts]).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Tensor Segment(Tensor picture, Tensor boxes) => deepMask.Segment(picture, boxes, call);
}

/// <summary>One module: a mask encoding [B, k, s, s] and skip features of the trunk's map [B, k/2, s, s] to the
/// next encoding [B, k/2, 2s, 2s].</summary>
internal sealed class Refinement : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Sequential vertical, horizontal;
    private readonly InterpolationMode upsampling;

    internal Refinement(long width, long channels, long skipWidth, InterpolationMode upsampling)
        : base(nameof(Refinement))
    {
        this.upsampling = upsampling;
        vertical = nn.Sequential(Convolve(width, width), nn.ReLU(), Convolve(width, width / 2));
        horizontal = nn.Sequential(Convolve(channels, skipWidth), nn.ReLU(), Convolve(skipWidth, width), nn.ReLU(),
            Convolve(width, width / 2));
        RegisterComponents();

        static Conv2d Convolve(long inputs, long outputs) =>
            nn.Conv2d(inputs, outputs, 3, padding: 1, padding_mode: PaddingModes.Reflect);
    }

    /// <summary>H(F): [B, C, h, w] to [B, k/2, h, w].</summary>
    internal Tensor Horizontal(Tensor map) => horizontal.call(map);

    /// <summary>Up(ReLU(V(M) + H(F))).</summary>
    /// <param name="encoding">M.</param>
    /// <param name="skip">H(F), of the window.</param>
    public override Tensor forward(Tensor encoding, Tensor skip)
    {
        using var scope = NewDisposeScope();
        var merged = (vertical.call(encoding) + skip).relu_();                      // [B, k/2, s, s]
        return nn.functional.interpolate(merged, [2 * merged.shape[2], 2 * merged.shape[3]], mode: upsampling)
            .MoveToOuterDisposeScope();
    }
}
