namespace Lectern.Graphs;

/// <summary>The largest singular values of a sparse matrix and their vectors, from products with a random sketch.</summary>
/// <remarks>Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1.</remarks>
public static class RandomizedSvd
{
    /// <summary>A ≈ U diag(σ) Vᵀ; U and σ. Cost O(steps · (E k + N k²)), memory O(N k), for k = rank + oversampling.</summary>
    /// <param name="matrix">A: [N, M], sparse.</param>
    /// <param name="rank">How many singular values; as many as there are where the matrix has fewer.</param>
    /// <param name="seed">Of the sketch and of the basis that is drawn for each singular value.</param>
    /// <param name="steps">Products with A Aᵀ that sharpen the sketch; 10 in scikit-learn's call of the MC-SVD paper.</param>
    /// <param name="oversampling">Columns of the sketch beyond the rank.</param>
    /// <param name="tolerance">Singular values that differ by less than this share of the largest count as equal.</param>
    /// <returns>U: [N, rank], orthonormal, and σ: [rank], descending; double precision, owned by the caller's scope.</returns>
    /// <remarks>
    /// A vector's sign, and the basis where singular values are equal, belong to no one: each block of equal values gets a
    /// uniformly random orthonormal basis (a sign, if it has one column). So the law of U moves with the nodes' numbers.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">The rank is below 1, or steps or columns are negative.</exception>
    public static (Tensor U, Tensor S) Left(
        SparseMatrix matrix, int rank, int seed, int steps = 10, int oversampling = 10, double tolerance = 1e-7)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        ArgumentOutOfRangeException.ThrowIfLessThan(rank, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        ArgumentOutOfRangeException.ThrowIfNegative(oversampling);
        rank = Math.Min(rank, Math.Min(matrix.Rows, matrix.Columns));
        int width = Math.Min(rank + oversampling, Math.Min(matrix.Rows, matrix.Columns));
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var random = new Generator((ulong)seed);
        var back = matrix.Transpose();
        var sketch = randn(matrix.Columns, width, dtype: ScalarType.Float64, generator: random);
        var q = linalg.qr(matrix.MatMul(sketch)).Q;                         // [N, k], orthonormal
        for (int step = 0; step < steps; step++)
        {
            using var inner = NewDisposeScope();
            q = linalg.qr(matrix.MatMul(back.MatMul(q))).Q.MoveToOuterDisposeScope();
        }
        // Aᵀ Q = P R, so Qᵀ A = Rᵀ Pᵀ: R has its singular values, and Q times R's right vectors are A's left ones.
        var (_, r) = linalg.qr(back.MatMul(q));                             // [k, k]
        var (_, s, vh) = linalg.svd(r);
        var u = q.mm(vh.t());                                               // [N, k]
        u = InRandomBases(u, s.data<double>().ToArray(), tolerance, random);
        return (u.narrow(1, 0, rank).contiguous().MoveToOuterDisposeScope(), s.narrow(0, 0, rank).contiguous().MoveToOuterDisposeScope());
    }

    private static Tensor InRandomBases(Tensor u, double[] values, double tolerance, Generator random)
    {
        var blocks = new List<Tensor>();
        for (int begin = 0; begin < values.Length;)
        {
            int end = begin + 1;
            while (end < values.Length && values[end - 1] - values[end] <= tolerance * values[0]) end++;
            blocks.Add(u.narrow(1, begin, end - begin).mm(Rotation(end - begin, random)));
            begin = end;
        }
        return cat(blocks, 1);
    }

    /// <summary>An orthogonal matrix drawn uniformly (Haar's measure): Q of a normal matrix, its signs set by R's.</summary>
    private static Tensor Rotation(int size, Generator random)
    {
        var (q, r) = linalg.qr(randn(size, size, dtype: ScalarType.Float64, generator: random));
        return q * r.diagonal().sign();
    }
}
