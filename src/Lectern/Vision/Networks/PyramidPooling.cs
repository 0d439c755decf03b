namespace Lectern.Vision;

/// <summary>How regions are read from maps.</summary>
public enum RegionReading
{
    /// <summary>RoIAlign as torchvision's published weights want it: pixel i's value at i.</summary>
    Align,

    /// <summary>RoIAlign with pixel i's value at i + ½, where it is.</summary>
    AlignHalf,

    /// <summary>RoIPool: rounded, maximum.</summary>
    Pool,
}

/// <summary>
/// Regions from the level of a pyramid that suits their size: k = ⌊4 + log₂(√(w h) / 224)⌋, level k being the
/// one of stride 2ᵏ (Lin et al. 2017, eq. 1).
/// </summary>
public static class PyramidPooling
{
    /// <summary>The level of each box, as a place in a list of maps.</summary>
    /// <param name="boxes">xyxy in pixels: [K, 4].</param>
    /// <param name="strides">Strides of the maps, doubling.</param>
    /// <returns>int64 [K].</returns>
    public static Tensor Levels(Tensor boxes, IReadOnlyList<int> strides)
    {
        using var scope = NewDisposeScope();
        int lowest = (int)Math.Log2(strides[0]);
        var level = (4 + (Boxes.Area(boxes).sqrt() / 224).log2() + 1e-6).floor();
        return (level.clamp(lowest, lowest + strides.Count - 1).to(int64) - lowest).MoveToOuterDisposeScope();
    }

    /// <summary>Pools the boxes of each picture.</summary>
    /// <param name="maps">Levels [N, C, H_l, W_l].</param>
    /// <param name="strides">
    /// Their strides; there may be more levels than strides, which are not read.
    /// </param>
    /// <param name="boxes">xyxy of each picture, in pixels of the batch: [K_i, 4].</param>
    /// <param name="bins">Bins P of each axis.</param>
    /// <param name="samples">Samples a bin and axis.</param>
    /// <param name="reading">RoIAlign or RoIPool.</param>
    /// <returns>[Σ K_i, C, P, P].</returns>
    public static Tensor Pool(
        IReadOnlyList<Tensor> maps, IReadOnlyList<int> strides, IReadOnlyList<Tensor> boxes, int bins,
        int samples = 2,
        RegionReading reading = RegionReading.Align)
    {
        using var scope = NewDisposeScope();
        var regions = Regions.Of(boxes);                                                            // [K, 5]
        var levels = Levels(regions.narrow(1, 1, 4), strides);
        var (parts, places) = (new List<Tensor>(), new List<Tensor>());
        for (int level = 0; level < strides.Count; level++)
        {
            var place = (levels == level).nonzero().squeeze(1);
            if (place.shape[0] == 0 && (parts.Count > 0 || level < strides.Count - 1)) continue;
            places.Add(place);
            parts.Add(Read(
                maps[level], regions.index_select(0, place), bins, strides[level], samples, reading));
        }
        if (parts.Count == 1) return parts[0].MoveToOuterDisposeScope();
        return cat([.. parts], 0).index_select(0, cat([.. places], 0).argsort()).MoveToOuterDisposeScope();
    }

    /// <summary>Pools the boxes of each picture from every level, whatever their size.</summary>
    /// <returns>Of each level [Σ K_i, C, P, P].</returns>
    /// <inheritdoc cref="Pool" path="/param"/>
    public static Tensor[] PoolEvery(
        IReadOnlyList<Tensor> maps, IReadOnlyList<int> strides, IReadOnlyList<Tensor> boxes, int bins,
        int samples = 2, RegionReading reading = RegionReading.Align)
    {
        using var regions = Regions.Of(boxes);                                                      // [K, 5]
        return [.. strides.Select((stride, level) =>
            Read(maps[level], regions, bins, stride, samples, reading))];
    }

    private static Tensor Read(
        Tensor map, Tensor regions, int bins, int stride, int samples, RegionReading reading) =>
        reading == RegionReading.Pool
            ? RoiPool.Pool(map, regions, (bins, bins), 1.0 / stride)
            : RoiAlign.Pool(
                map, regions, (bins, bins), 1.0 / stride, samples, reading == RegionReading.AlignHalf);
}
