namespace Lectern.Graphs;

/// <summary>Eigenvalues at the edge of a spectrum from products with the matrix alone (Lanczos 1950).</summary>
public static class Lanczos
{
    /// <summary>The largest |eigenvalue| of a symmetric matrix.</summary>
    /// <param name="multiply">The product of the matrix and a vector [N, 1], double precision.</param>
    /// <param name="start">A vector to start from [N, 1], double, not zero: with a share of every direction that counts.</param>
    /// <param name="tolerance">It stops when the eigenvector's residual is below this; the eigenvalue's error is at
    /// most that, and in the usual case about its square.</param>
    /// <param name="steps">At most as many products.</param>
    /// <remarks>Every new vector is made orthogonal to all before, twice, which rounding asks for. Cost
    /// O(steps · (product + steps · N)), memory O(steps · N).</remarks>
    /// <exception cref="ArgumentException">The start is no column of double numbers.</exception>
    public static double LargestMagnitude(Func<Tensor, Tensor> multiply, Tensor start, double tolerance = 1e-8, int steps = 300)
    {
        ArgumentNullException.ThrowIfNull(multiply);
        ArgumentNullException.ThrowIfNull(start);
        long n = start.shape[0];
        if (start.dim() != 2 || start.shape[1] != 1 || start.dtype != ScalarType.Float64)
            throw new ArgumentException($"The start is a column of double numbers [N, 1]; given was {start.dtype} "
                + $"[{string.Join(", ", start.shape)}].", nameof(start));
        steps = (int)Math.Min(steps, n);
        using var scope = NewDisposeScope();
        var vectors = zeros(n, steps, dtype: ScalarType.Float64);       // orthonormal, one a step
        double[] diagonal = new double[steps], beside = new double[steps];
        double best = 0;
        var vector = start / start.norm();
        for (int k = 0; k < steps; k++)
        {
            using var step = NewDisposeScope();
            vectors.narrow(1, k, 1).copy_(vector);
            var next = multiply(vector);
            diagonal[k] = (next * vector).sum().item<double>();
            var known = vectors.narrow(1, 0, k + 1);                    // [N, k + 1]
            for (int again = 0; again < 2; again++) next = next - known.mm(known.t().mm(next));
            beside[k] = next.norm().item<double>();
            bool exhausted = beside[k] < 1e-12;                         // the vectors so far hold all that can be reached
            if (k % 10 == 9 || k == steps - 1 || exhausted)
            {
                (best, double residual) = Largest(diagonal, beside, k + 1);
                if (exhausted || residual < tolerance) return best;
            }
            vector = (next / beside[k]).MoveToOuterDisposeScope();
        }
        return best;
    }

    /// <summary>Largest |eigenvalue| of the tridiagonal matrix, and how well its vector solves the whole problem.</summary>
    private static (double Value, double Residual) Largest(double[] diagonal, double[] beside, int k)
    {
        using var scope = NewDisposeScope();
        var entries = new double[k * k];
        for (int i = 0; i < k; i++)
        {
            entries[i * k + i] = diagonal[i];
            if (i + 1 < k) entries[i * k + i + 1] = entries[(i + 1) * k + i] = beside[i];
        }
        var (values, vectors) = linalg.eigh(tensor(entries).reshape(k, k));
        long at = values.abs().argmax().item<long>();
        return (Math.Abs(values[at].item<double>()), beside[k - 1] * Math.Abs(vectors[k - 1, at].item<double>()));
    }
}
