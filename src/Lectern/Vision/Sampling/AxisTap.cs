using System.Numerics;
using System.Runtime.CompilerServices;

namespace Lectern.Vision;

/// <summary>
/// The two cells of one axis that a bilinear sample reads, with their weights. A sample of a map is the
/// product of two such taps: Σ_a Σ_b w_a w_b map[a, b].
/// </summary>
/// <param name="Low">The lower cell.</param>
/// <param name="High">The higher cell; the lower one again where there is none.</param>
/// <param name="LowWeight">Weight of the lower cell; 0 outside the map.</param>
/// <param name="HighWeight">Weight of the higher cell.</param>
/// <param name="LowSlope">
/// Derivative of the lower weight by the coordinate: -1, or 0 where it is held constant.
/// </param>
/// <param name="HighSlope">Derivative of the higher weight: 1 or 0.</param>
internal readonly record struct AxisTap<T>(
    int Low, int High, T LowWeight, T HighWeight, T LowSlope, T HighSlope)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The tap of a coordinate; one that is no number is outside.</summary>
    /// <param name="at">The coordinate; cell i's value is at i.</param>
    /// <param name="length">Cells of the axis.</param>
    /// <param name="border">The rule beyond them.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static AxisTap<T> Of(T at, int length, MapBorder border)
    {
        T end = T.CreateTruncating(length);
        if (border == MapBorder.Clamp)
        {
            if (!(at >= -T.One && at <= end)) return default;
            if (at <= T.Zero) return new AxisTap<T>(0, 0, T.One, T.Zero, T.Zero, T.Zero);
            int cell = int.CreateTruncating(at);
            if (cell >= length - 1) return new AxisTap<T>(
                length - 1, length - 1, T.One, T.Zero, T.Zero, T.Zero);
            T beyond = at - T.CreateTruncating(cell);
            return new AxisTap<T>(cell, cell + 1, T.One - beyond, beyond, -T.One, T.One);
        }
        if (!(at > -T.One && at < end)) return default;
        int low = int.CreateTruncating(T.Floor(at));
        T part = at - T.CreateTruncating(low);
        bool first = low < 0, last = low + 1 >= length;
        return new AxisTap<T>(
            first ? 0 : low, last ? low : low + 1,
            first ? T.Zero : T.One - part, last ? T.Zero : part,
            first ? T.Zero : -T.One, last ? T.Zero : T.One);
    }
}
