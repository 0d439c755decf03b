namespace Lectern.Vision;

/// <summary>A mask as run lengths, compatible with COCO's: pixels are visited column by column, each
/// column from the top; runs of background and foreground take turns, and the first, perhaps of length 0,
/// is background.</summary>
/// <remarks>Immutable. Runs are canonical: none but the first is 0, and together they are H·W.</remarks>
public sealed class RleMask
{
    private readonly int[] runs;

    private RleMask(int height, int width, int[] runs)
    {
        (Height, Width, this.runs) = (height, width, runs);
        for (int i = 1; i < runs.Length; i += 2) Area += runs[i];
        Bounds = BoundsOf();
    }

    /// <summary>Pixels down.</summary>
    public int Height { get; }

    /// <summary>Pixels across.</summary>
    public int Width { get; }

    /// <summary>Pixels inside.</summary>
    public int Area { get; }

    /// <summary>The lengths, background first.</summary>
    public ReadOnlySpan<int> Runs => runs;

    /// <summary>The smallest box around the pixels inside, xyxy: the last pixel's right and lower sides
    /// are X2 and Y2, as COCO's [x, y, width, height] has it. All 0 where no pixel is inside.</summary>
    public (int X1, int Y1, int X2, int Y2) Bounds { get; }

    /// <summary>The mask of a table of pixels.</summary>
    /// <param name="mask">[H, W], inside where not 0 (or true).</param>
    /// <exception cref="ArgumentException">It is no table.</exception>
    public static RleMask Of(Tensor mask)
    {
        ArgumentNullException.ThrowIfNull(mask);
        if (mask.dim() != 2)
            throw new ArgumentException(
                $"A mask is [H, W]; given was [{string.Join(", ", mask.shape)}].", nameof(mask));
        using var scope = NewDisposeScope();
        var columns = (mask.detach() != 0).cpu().t().contiguous();                      // [W, H]
        ReadOnlySpan<byte> pixels = columns.bytes;
        var found = new List<int>();
        for (bool inside = false; !pixels.IsEmpty; inside = !inside)
        {
            int length = inside ? pixels.IndexOf((byte)0) : pixels.IndexOfAnyExcept((byte)0);
            if (length < 0) length = pixels.Length;
            found.Add(length);
            pixels = pixels[length..];
        }
        GC.KeepAlive(columns);
        return new RleMask((int)mask.shape[0], (int)mask.shape[1], [.. found]);
    }

    /// <summary>The mask of each table of pixels.</summary>
    /// <param name="masks">[N, H, W], inside where not 0 (or true).</param>
    /// <exception cref="ArgumentException">They are no tables.</exception>
    public static RleMask[] OfEach(Tensor masks)
    {
        ArgumentNullException.ThrowIfNull(masks);
        if (masks.dim() != 3)
            throw new ArgumentException(
                $"Masks are [N, H, W]; given were [{string.Join(", ", masks.shape)}].", nameof(masks));
        using var scope = NewDisposeScope();
        return [.. Enumerable.Range(0, (int)masks.shape[0]).Select(i => Of(masks[i]))];
    }

    /// <summary>The mask that run lengths describe.</summary>
    /// <param name="height">Pixels down.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="runs">The lengths, background first.</param>
    /// <exception cref="InvalidDataException">A length is negative, or they are not height · width
    /// together.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A side is negative.</exception>
    public static RleMask FromRuns(int height, int width, params ReadOnlySpan<int> runs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(height);
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        if ((long)height * width > int.MaxValue)
            throw new InvalidDataException($"A mask of {height}×{width} is too large: 2³¹ pixels or more.");
        long total = 0;
        var toggles = new List<int>(runs.Length);
        foreach (int run in runs)
        {
            if (run < 0) throw new InvalidDataException($"A mask has a run of {run} pixels, below 0.");
            if ((total += run) > (long)height * width) break;
            toggles.Add((int)total);
        }
        if (total != (long)height * width)
            throw new InvalidDataException(
                $"The runs of a mask of {height}×{width} are {height * width} pixels together; these were "
                + $"{total}{(toggles.Count < runs.Length ? " or more" : "")}.");
        return FromToggles(height, width, toggles);
    }

    /// <summary>A mask from the text that COCO's files hold ("counts" of compressed run lengths).</summary>
    /// <param name="height">Pixels down.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="InvalidDataException">The text is not one, or not of that size.</exception>
    public static RleMask Parse(int height, int width, string text) =>
        FromRuns(height, width, RleText.Read(text));

    /// <summary>The text that COCO's files hold.</summary>
    public override string ToString() => RleText.Write(runs);

    /// <summary>The mask as a table of pixels.</summary>
    /// <returns>bool [H, W].</returns>
    public Tensor ToTensor()
    {
        using var scope = NewDisposeScope();
        return ToTensor([this], Height, Width)[0].MoveToOuterDisposeScope();
    }

    /// <summary>Masks of one size as a table of pixels.</summary>
    /// <param name="masks">The masks.</param>
    /// <param name="height">Pixels down, which each of them has.</param>
    /// <param name="width">Pixels across, which each of them has.</param>
    /// <returns>bool [N, H, W].</returns>
    public static Tensor ToTensor(IReadOnlyList<RleMask> masks, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(masks);
        using var scope = NewDisposeScope();
        var columns = zeros([masks.Count, width, height], ScalarType.Bool);
        var pixels = columns.bytes;
        for (int i = 0; i < masks.Count; i++)
        {
            RequireSize(masks[i], height, width);
            var own = pixels.Slice(i * height * width, height * width);
            int at = 0;
            for (int run = 0; run < masks[i].runs.Length; run++)
            {
                if (run % 2 == 1) own.Slice(at, masks[i].runs[run]).Fill(1);
                at += masks[i].runs[run];
            }
        }
        GC.KeepAlive(columns);
        return columns.transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>The mask in a picture of another size: a pixel is what the nearest one was.</summary>
    /// <param name="height">Pixels down.</param>
    /// <param name="width">Pixels across.</param>
    /// <remarks>Runs are stretched, no table of pixels is made: for pictures too large to have one a mask.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">A side is below 1.</exception>
    public RleMask Resize(int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var columns = Enumerable.Range(0, Width).Select(_ => new List<(int From, int To)>()).ToArray();
        for (int run = 0, at = 0; run < runs.Length; at += runs[run++])
            for (int from = at; run % 2 == 1 && from < at + runs[run];)
            {
                int x = from / Height, to = Math.Min(at + runs[run], (x + 1) * Height);
                columns[x].Add((from - x * Height, to - x * Height));
                from = to;
            }
        // The first of the new rows whose middle lies beyond an old row's beginning.
        int Row(int old) => (int)Math.Ceiling(old * (double)height / Height - 0.5);
        var (stretched, end) = (new List<int>(), 0);
        for (int x = 0; x < width; x++)
            foreach (var (from, to) in columns[(int)((x + 0.5) * Width / width)])
            {
                int first = x * height + Row(from), past = x * height + Row(to);
                if (past == first) continue;
                stretched.AddRange([first - end, past - first]);
                end = past;
            }
        return FromRuns(height, width, [.. stretched, height * width - end]);
    }

    /// <summary>The pixels of any of some masks.</summary>
    /// <param name="masks">At least one, all of one size.</param>
    public static RleMask Union(params IReadOnlyList<RleMask> masks) => Merge(masks, least: 1);

    /// <summary>The pixels of all of some masks.</summary>
    /// <param name="masks">At least one, all of one size.</param>
    public static RleMask Intersection(params IReadOnlyList<RleMask> masks) =>
        Merge(masks, least: masks?.Count ?? 0);

    /// <summary>Intersection over union, 0 for two empty masks.</summary>
    /// <param name="other">A mask of the same size.</param>
    /// <param name="crowd">Whether the other is a crowd region: the union is then this mask alone.</param>
    /// <remarks>A walk along the runs of both; nothing where their bounds lie apart.</remarks>
    public double Iou(RleMask other, bool crowd = false)
    {
        ArgumentNullException.ThrowIfNull(other);
        RequireSize(other, Height, Width);
        int common = Common(other);
        return common == 0 ? 0 : common / (double)(crowd ? Area : Area + other.Area - common);
    }

    // The pixels inside both.
    private int Common(RleMask other)
    {
        if (Bounds.X1 >= other.Bounds.X2 || other.Bounds.X1 >= Bounds.X2
            || Bounds.Y1 >= other.Bounds.Y2 || other.Bounds.Y1 >= Bounds.Y2) return 0;
        int[] a = runs, b = other.runs;
        int i = 0, j = 0, common = 0, leftOfA = a[0], leftOfB = b[0];
        while (true)
        {
            int step = Math.Min(leftOfA, leftOfB);
            if ((i & j & 1) != 0) common += step;
            if ((leftOfA -= step) == 0)
            {
                if (++i == a.Length) return common;
                leftOfA = a[i];
            }
            if ((leftOfB -= step) == 0)
            {
                if (++j == b.Length) return common;
                leftOfB = b[j];
            }
        }
    }

    private static RleMask Merge(IReadOnlyList<RleMask> masks, int least)
    {
        ArgumentNullException.ThrowIfNull(masks);
        if (masks.Count == 0) throw new ArgumentException("No masks were given to merge.", nameof(masks));
        // Where each mask begins (+1) and ends (-1); a pixel counts where enough of them have begun.
        var changes = new List<(int At, int Change)>();
        foreach (var mask in masks)
        {
            RequireSize(mask, masks[0].Height, masks[0].Width);
            for (int i = 0, at = 0; i < mask.runs.Length - 1; i++)
                changes.Add((at += mask.runs[i], i % 2 == 0 ? 1 : -1));
        }
        changes.Sort((a, b) => a.At.CompareTo(b.At));
        var toggles = new List<int>();
        for (int i = 0, inside = 0; i < changes.Count;)
        {
            int at = changes[i].At;
            bool before = inside >= least;
            for (; i < changes.Count && changes[i].At == at; i++) inside += changes[i].Change;
            if (inside >= least != before) toggles.Add(at);
        }
        return FromToggles(masks[0].Height, masks[0].Width, toggles);
    }

    /// <summary>The mask whose pixels change sides at some places, ascending; two at one place are
    /// none.</summary>
    internal static RleMask FromToggles(int height, int width, List<int> toggles)
    {
        var runs = new List<int>();
        int at = 0;
        for (int i = 0; i < toggles.Count && toggles[i] < height * width;)
        {
            int here = toggles[i], count = 0;
            for (; i < toggles.Count && toggles[i] == here; i++) count++;
            if (count % 2 == 0) continue;
            runs.Add(here - at);
            at = here;
        }
        if (at < height * width) runs.Add(height * width - at);
        return new RleMask(height, width, [.. runs]);
    }

    private (int, int, int, int) BoundsOf()
    {
        if (Area == 0) return (0, 0, 0, 0);
        int top = Height, bottom = 0, at = 0, first = runs[0] / Height, last = 0;
        for (int i = 0; i < runs.Length; at += runs[i++])
        {
            if (i % 2 == 0) continue;
            int end = at + runs[i] - 1;
            last = end / Height;
            // A run that goes on in the next column touches the lower and the upper side.
            (top, bottom) = at / Height < last
                ? (0, Height)
                : (Math.Min(top, at % Height), Math.Max(bottom, end % Height + 1));
        }
        return (first, top, last + 1, bottom);
    }

    private static void RequireSize(RleMask mask, int height, int width)
    {
        if (mask.Height != height || mask.Width != width)
            throw new ArgumentException(
                $"Masks of one size are needed: {height}×{width} and {mask.Height}×{mask.Width} were given.");
    }
}
