namespace Lectern.Training;

/// <summary>
/// Sobol's sequence: points of the unit cube that fill it more evenly than random ones. The first 2^k points
/// have exactly one number in each 2^k-th of every axis.
/// </summary>
/// <remarks>
/// Sobol 1967; in the order of Gray's code as Antonov and Saleev 1979; primitive polynomials and first
/// direction numbers of S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional
/// projections", SIAM J. Sci. Comput. 30, 2008. Any point costs O(32 · dimensions), whichever came before.
/// </remarks>
public sealed class SobolSequence
{
    private const int Bits = 32;

    // Of dimensions 2, 3, …: the inner coefficients of the polynomial as bits, and m_1, m_2, … up to its
    // degree.
    private static readonly (uint A, uint[] M)[] Published =
    [
        (0, [1]), (1, [1, 3]), (1, [1, 3, 1]), (2, [1, 1, 1]), (1, [1, 1, 3, 3]), (4, [1, 3, 5, 13]),
        (2, [1, 1, 5, 5, 17]), (4, [1, 1, 5, 5, 5]), (7, [1, 1, 7, 11, 19]), (11, [1, 1, 5, 1, 1]),
        (13, [1, 1, 1, 3, 11]), (14, [1, 3, 5, 5, 31]), (1, [1, 3, 3, 9, 7, 49]), (13, [1, 1, 1, 15, 21, 21]),
        (16, [1, 3, 1, 13, 27, 49]), (19, [1, 1, 1, 15, 7, 5]), (22, [1, 3, 1, 15, 13, 25]),
        (25, [1, 1, 5, 5, 19, 61]), (1, [1, 3, 7, 11, 23, 15, 103]), (4, [1, 3, 7, 13, 13, 15, 69]),
        (7, [1, 1, 3, 13, 7, 35, 63]), (8, [1, 3, 5, 9, 1, 25, 53]), (14, [1, 3, 1, 13, 9, 35, 107]),
        (19, [1, 3, 1, 5, 27, 61, 31]), (21, [1, 1, 5, 11, 19, 41, 61]), (28, [1, 3, 5, 3, 3, 13, 69]),
        (31, [1, 1, 7, 13, 1, 19, 1]), (32, [1, 3, 7, 5, 13, 19, 59]), (37, [1, 1, 3, 9, 25, 29, 41]),
        (41, [1, 3, 5, 13, 23, 1, 55]), (42, [1, 3, 7, 3, 13, 59, 17]),
    ];

    private readonly uint[][] directions;           // [dimensions][Bits]: v_1 has the highest bit
    private readonly uint[] shift;

    /// <param name="dimensions">Numbers a point, 1 to 32.</param>
    /// <param name="seed">Turns over bits, the same ones of all points: another sequence, as evenly spread.
    /// Null: the plain sequence, whose first point is 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no direction numbers for so many
    /// dimensions.</exception>
    public SobolSequence(int dimensions, int? seed = null)
    {
        if (dimensions < 1 || dimensions > Most)
            throw new ArgumentOutOfRangeException(nameof(dimensions), dimensions,
                $"There are direction numbers for 1 to {Most} dimensions.");
        directions = [.. Enumerable.Range(0, dimensions).Select(Directions)];
        var random = new Random(seed ?? 0);
        shift = [.. directions.Select(_ => seed is null ? 0u : (uint)random.NextInt64(1L << Bits))];
    }

    /// <summary>Dimensions at most.</summary>
    public static int Most => Published.Length + 1;

    /// <summary>Numbers a point.</summary>
    public int Dimensions => directions.Length;

    /// <summary>A point.</summary>
    /// <param name="index">Its place in the sequence, from 0.</param>
    /// <returns>Numbers from 0 up to, but not, 1.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The place is negative, or beyond the sequence.</exception>
    public double[] Point(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, 1L << Bits);
        uint gray = (uint)(index ^ (index >> 1));
        var point = new double[Dimensions];
        for (int d = 0; d < point.Length; d++)
        {
            uint x = shift[d];
            for (int bit = 0; bit < Bits; bit++)
                if ((gray >> bit & 1) != 0) x ^= directions[d][bit];
            point[d] = x / (double)(1L << Bits);
        }
        return point;
    }

    private static uint[] Directions(int dimension)
    {
        var v = new uint[Bits];
        if (dimension == 0)
        {
            for (int i = 0; i < Bits; i++) v[i] = 1u << (Bits - 1 - i);         // van der Corput's sequence
            return v;
        }
        var (a, m) = Published[dimension - 1];
        int degree = m.Length;
        for (int i = 0; i < degree; i++) v[i] = m[i] << (Bits - 1 - i);
        for (int i = degree; i < Bits; i++)
        {
            v[i] = v[i - degree] ^ (v[i - degree] >> degree);
            for (int k = 1; k < degree; k++)
                if ((a >> (degree - 1 - k) & 1) != 0) v[i] ^= v[i - k];
        }
        return v;
    }
}
