namespace Torch.Tests.Operators;

/// <summary>Decompositions, whose signs and order are free, by what they must put together again.</summary>
public sealed class DecompositionTests
{
    [Fact]
    public void A_symmetric_matrix_is_its_eigenvectors_times_its_eigenvalues()
    {
        using var scope = NewDisposeScope();
        var a = Matrix(4, 4);
        a = a + a.mT;
        foreach (var (values, vectors) in new[] { linalg.eigh(a), linalg.eigh(a.tril()),
            linalg.eigh(a.triu(), 'U') })
        {
            Near(a, vectors.matmul(values.diag()).matmul(vectors.mT));
            Near(eye(4, dtype: float64), vectors.mT.matmul(vectors));
            Assert.True((values.diff() >= 0).all().item<bool>());
            Near(values, linalg.eigvalsh(a));
        }
    }

    [Fact]
    public void A_rotation_has_the_eigenvalues_plus_and_minus_i()
    {
        using var scope = NewDisposeScope();
        var turn = tensor(new[,] { { 0.0, -1 }, { 1, 0 } });
        var (values, vectors) = linalg.eig(turn);
        Near(turn.cdouble().matmul(vectors).real, vectors.matmul(values.diag()).real);
        Near(tensor(new[] { -1.0, 1 }), linalg.eigvals(turn).imag.sort().Values);
        Near(tensor(new[] { -1.0, 1 }), values.imag.sort().Values);
    }

    [Theory, InlineData(5, 3), InlineData(3, 5)]
    public void A_matrix_is_its_singular_vectors_times_its_singular_values(long rows, long columns)
    {
        using var scope = NewDisposeScope();
        var a = Matrix(rows, columns);
        var (u, s, vh) = linalg.svd(a, fullMatrices: false);
        Near(a, (u * s).matmul(vh));
        var (fullU, fullS, fullVh) = linalg.svd(a);
        Assert.Equal([rows, rows], fullU.shape);
        Assert.Equal([columns, columns], fullVh.shape);
        Near(s, fullS);
        var thin = svd(a);
        Near(a, (thin.U * thin.S).matmul(thin.Vh));
        Near(s.square().sum(), a.square().sum());
    }

    [Fact]
    public void Q_is_orthogonal_and_R_triangular()
    {
        using var scope = NewDisposeScope();
        var a = Matrix(5, 3);
        var (q, r) = linalg.qr(a);
        Near(a, q.matmul(r));
        Near(eye(3, dtype: float64), q.mT.matmul(q));
        Near(r, r.triu());
        var (whole, _) = linalg.qr(a, linalg.QRMode.Complete);
        Near(eye(5, dtype: float64), whole.mT.matmul(whole));
        Near(r, linalg.qr(a, linalg.QRMode.R).R);
    }

    [Fact]
    public void Least_squares_leave_a_residual_that_is_orthogonal_to_the_columns()
    {
        using var scope = NewDisposeScope();
        Tensor a = Matrix(6, 2), b = Matrix(6, 1).cos();
        var (solution, _, _, _) = linalg.lstsq(a, b);
        Near(zeros(2, 1, float64), a.mT.matmul(a.matmul(solution) - b));
    }

    [Fact]
    public void A_sparse_product_is_the_dense_one_in_both_layouts()
    {
        using var scope = NewDisposeScope();
        var dense = Matrix(6, 5) * (Matrix(6, 5) > 0.2);
        var x = Matrix(5, 3);
        Near(dense.matmul(x), dense.to_sparse().matmul(x));
        Near(dense.matmul(x), sparse_mm(dense.to_sparse(), x));
        Near(dense.matmul(x), dense.to_sparse_csr().matmul(x));
        Near(dense, dense.to_sparse().to_dense());
        Near(dense, dense.to_sparse_csr().to_dense());
        Assert.True(dense.to_sparse().is_sparse && !dense.is_sparse);
        Assert.True(dense.to_sparse_csr().is_sparse_csr && !dense.is_sparse_csr);
        Assert.True(dense.to_sparse().coalesce().is_coalesced());
    }

    [Fact]
    public void The_gradient_of_a_sparse_product_is_the_dense_ones()
    {
        using var scope = NewDisposeScope();
        var indices = tensor(new long[,] { { 0, 1, 1 }, { 2, 0, 2 } });
        var x = Matrix(3, 4).requires_grad_();
        var weights = Matrix(2, 4);
        (sparse_mm(sparse_coo_tensor(indices, tensor(new[] { 1.5, -2, 3 }), [2, 3]),
            x) * weights).sum().backward();
        Near(tensor(new[,] { { 0, -2.0 }, { 0, 0 }, { 1.5, 3 } }).matmul(weights), x.grad!);
    }

    private static Tensor Matrix(long rows, long columns) =>
        (arange(rows * columns, float64) * 0.7 + 0.3).sin().reshape(rows, columns);

    private static void Near(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True(expected.allclose(actual, 1e-9, 1e-9), $"{expected.str()}\nbut\n{actual.str()}");
    }
}
