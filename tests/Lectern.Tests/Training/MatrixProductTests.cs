using Lectern.Training;

namespace Lectern.Tests.Training;

public sealed class MatrixProductTests
{
    [Theory]
    [InlineData(3, 4, 5)]
    [InlineData(1, 7, 1)]
    [InlineData(64, 33, 200)]
    [InlineData(2, 1, 3)]
    public void It_is_torchs_product_of_matrices_and_their_transposes(long m, long k, long n)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        foreach (bool left in (bool[])[false, true])
            foreach (bool right in (bool[])[false, true])
            {
                var (a, b) = (left ? randn(k, m).t() : randn(m, k), right ? randn(n, k).t() : randn(k, n));
                var (to, sum) = (full([m, n], float.NaN), ones(m, n));      // what is there has no part in a product
                MatrixProduct.Write(to, a, b);
                MatrixProduct.Write(sum, a, b, add: true);
                var expected = a.to(float64).mm(b.to(float64));

                Assert.True(allclose(expected, to.to(float64), rtol: 1e-4, atol: 1e-4));
                Assert.True(allclose(expected + 1, sum.to(float64), rtol: 1e-4, atol: 1e-4));
            }
    }
}
