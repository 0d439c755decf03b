using TorchSharp.Native;

namespace TorchSharp;

/// <summary>libtorch: tensors, neural networks, optimisers. The names are PyTorch's, by way of TorchSharp.</summary>
public static partial class torch
{
    // ---------------------------------------------------------------------------- joining

    /// <summary>Joins tensors along a dimension that they have.</summary>
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => Op.Call("cat", Value.List(tensors), dim);
    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(tensors, dim);

    /// <summary>Joins tensors of one shape along a new dimension.</summary>
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Op.Call("stack", Value.List(tensors), dim);
    public static Tensor hstack(IList<Tensor> tensors) => Op.Call("hstack", Value.List(tensors));
    public static Tensor vstack(IList<Tensor> tensors) => Op.Call("vstack", Value.List(tensors));
    public static Tensor block_diag(params Tensor[] tensors) => Op.Call("block_diag", tensors);
    public static Tensor[] meshgrid(IEnumerable<Tensor> tensors, indexing indexing = indexing.ij) =>
        Op.CallList("meshgrid.indexing", Value.List(tensors), indexing.ToString());
    public static Tensor cartesian_prod(params Tensor[] tensors) => Op.Call("cartesian_prod", tensors);
    public static Tensor combinations(Tensor input, int r = 2, bool with_replacement = false) => Op.Call("combinations", input, r, with_replacement);
    public static Tensor[] broadcast_tensors(params Tensor[] tensors) => Op.CallList("broadcast_tensors", tensors);

    /// <summary>Which index of a mesh grid counts first: matrix (ij) or picture (xy) order.</summary>
    public enum indexing { xy, ij }

    // ---------------------------------------------------------------------------- choosing

    /// <summary><paramref name="x"/> where the condition holds, <paramref name="y"/> elsewhere.</summary>
    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Op.Call("where.self", condition, x, y);
    public static Tensor where(Tensor condition, Scalar x, Tensor y) => Op.Call("where.ScalarSelf", condition, x, y);
    public static Tensor where(Tensor condition, Tensor x, Scalar y) => Op.Call("where.ScalarOther", condition, x, y);
    public static Tensor[] where(Tensor condition) => Op.CallList("where", condition);

    /// <summary>The distinct elements (or slices of a dimension), with each element's place among them and their counts on request.</summary>
    public static (Tensor output, Tensor? inverse_indices, Tensor? counts) unique(Tensor input, bool sorted = true, bool return_inverse = false,
        bool return_counts = false, long? dim = null)
    {
        var (output, inverse, counts) = dim is { } d
            ? Op.Call3("unique_dim", input, d, sorted, return_inverse, return_counts)
            : Op.Call3("_unique2", input, sorted, return_inverse, return_counts);
        return (output, Wanted(inverse, return_inverse), Wanted(counts, return_counts));
    }

    /// <summary>Like <see cref="unique"/>, for runs of equal elements.</summary>
    public static (Tensor output, Tensor? inverse_indices, Tensor? counts) unique_consecutive(Tensor input, bool return_inverse = false,
        bool return_counts = false, long? dim = null)
    {
        var (output, inverse, counts) = Op.Call3("unique_consecutive", input, return_inverse, return_counts, dim);
        return (output, Wanted(inverse, return_inverse), Wanted(counts, return_counts));
    }

    private static Tensor? Wanted(Tensor tensor, bool wanted)
    {
        if (wanted) return tensor;
        tensor.Dispose();
        return null;
    }

    public partial class Tensor
    {
        public (Tensor output, Tensor? inverse_indices, Tensor? counts) unique(bool sorted = true, bool return_inverse = false,
            bool return_counts = false, long? dim = null) => torch.unique(this, sorted, return_inverse, return_counts, dim);
        public (Tensor output, Tensor? inverse_indices, Tensor? counts) unique_consecutive(bool return_inverse = false,
            bool return_counts = false, long? dim = null) => torch.unique_consecutive(this, return_inverse, return_counts, dim);

        /// <summary>This tensor where the condition holds, <paramref name="y"/> elsewhere.</summary>
        public Tensor where(Tensor condition, Tensor y) => torch.where(condition, this, y);
    }

    // ---------------------------------------------------------------------------- indexing as functions

    public static Tensor index_select(Tensor input, long dim, Tensor index) => input.index_select(dim, index);
    public static Tensor gather(Tensor input, long dim, Tensor index) => input.gather(dim, index);
    public static Tensor select(Tensor input, long dim, long index) => input.select(dim, index);
    public static Tensor narrow(Tensor input, long dim, long start, long length) => input.narrow(dim, start, length);
    public static Tensor take(Tensor input, Tensor index) => input.take(index);
    public static Tensor take_along_dim(Tensor input, Tensor indices, long dim) => input.take_along_dim(indices, dim);
    public static Tensor masked_select(Tensor input, Tensor mask) => input.masked_select(mask);
    public static Tensor masked_fill(Tensor input, Tensor mask, Scalar value) => input.masked_fill(mask, value);
    public static Tensor nonzero(Tensor input) => input.nonzero();
    public static Tensor argwhere(Tensor input) => input.argwhere();
    public static Tensor scatter(Tensor input, long dim, Tensor index, Tensor src) => input.scatter(dim, index, src);
    public static Tensor scatter_add(Tensor input, long dim, Tensor index, Tensor src) => input.scatter_add(dim, index, src);
    public static Tensor index_add(Tensor input, long dim, Tensor index, Tensor source, Scalar alpha) => input.index_add(dim, index, source, alpha);
    public static Tensor index_copy(Tensor input, long dim, Tensor index, Tensor source) => input.index_copy(dim, index, source);
    public static Tensor index_fill(Tensor input, long dim, Tensor index, Scalar value) => input.index_fill(dim, index, value);

    // ---------------------------------------------------------------------------- shape as functions

    public static Tensor reshape(Tensor input, params long[] shape) => input.reshape(shape);
    public static Tensor flatten(Tensor input, long start_dim = 0, long end_dim = -1) => input.flatten(start_dim, end_dim);
    public static Tensor squeeze(Tensor input) => input.squeeze();
    public static Tensor squeeze(Tensor input, long dim) => input.squeeze(dim);
    public static Tensor t(Tensor input) => input.t();
    public static Tensor permute(Tensor input, params long[] permutation) => input.permute(permutation);
    public static Tensor flip(Tensor input, params long[] dims) => input.flip(dims);
    public static Tensor broadcast_to(Tensor input, params long[] shape) => input.broadcast_to(shape);
    public static Tensor tile(Tensor input, params long[] reps) => input.tile(reps);
    public static Tensor real(Tensor input) => input.real;
    public static Tensor imag(Tensor input) => input.imag;
    public static Tensor trace(Tensor input) => input.trace();
    public static Tensor tril_indices(long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Op.Call("tril_indices", row, col, offset, dtype, Value.None, device);
    public static Tensor triu_indices(long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        Op.Call("triu_indices", row, col, offset, dtype, Value.None, device);

    // ---------------------------------------------------------------------------- products and distances

    /// <summary>Einstein summation: <c>einsum("bij,bjk-&gt;bik", a, b)</c>.</summary>
    public static Tensor einsum(string equation, params Tensor[] tensors) => Op.Call("einsum", equation, tensors);
    public static Tensor tensordot(Tensor a, Tensor b, long[] dims1, long[] dims2) => Op.Call("tensordot", a, b, dims1, dims2);
    public static Tensor cdist(Tensor x1, Tensor x2, double p = 2) => Op.Call("cdist", x1, x2, p, Value.None);
    public static Tensor sparse_mm(Tensor sparse, Tensor dense) => Op.Call("_sparse_mm", sparse, dense);
    public static Tensor vander(Tensor x, long N = -1, bool increasing = false) =>
        Op.Call("vander", x, N < 0 ? Value.None : N, increasing);
    public static Tensor clip(Tensor input, double min, double max) => input.clamp(min, max);

    /// <summary>Linear algebra.</summary>
    public static class linalg
    {
        /// <summary>Eigenvalues, ascending, and eigenvectors (columns) of a symmetric matrix.</summary>
        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') => Op.Call2("linalg_eigh", input, UPLO.ToString());
        public static Tensor eigvalsh(Tensor input, char UPLO = 'L') => Op.Call("linalg_eigvalsh", input, UPLO.ToString());
        public static (Tensor, Tensor) eig(Tensor input) => Op.Call2("linalg_eig", input);
        public static Tensor eigvals(Tensor input) => Op.Call("linalg_eigvals", input);

        /// <summary>U, S, Vh with input = U diag(S) Vh.</summary>
        public static (Tensor, Tensor, Tensor) svd(Tensor input, bool fullMatrices = true) => Op.Call3("linalg_svd", input, fullMatrices);
        public static Tensor svdvals(Tensor input) => Op.Call("linalg_svdvals", input);

        /// <summary>What of a QR decomposition is computed.</summary>
        public enum QRMode { Reduced = 0, Complete = 1, R = 2 }

        public static (Tensor Q, Tensor R) qr(Tensor input, QRMode mode = QRMode.Reduced) =>
            Op.Call2("linalg_qr", input, mode switch { QRMode.Reduced => "reduced", QRMode.Complete => "complete", _ => "r" });

        /// <summary>X with input · X = other.</summary>
        public static Tensor solve(Tensor input, Tensor other, bool left = true) => Op.Call("linalg_solve", input, other, left);
        public static (Tensor Solution, Tensor Residuals, Tensor Rank, Tensor SingularValues) lstsq(Tensor input, Tensor other)
        {
            var parts = Op.CallList("linalg_lstsq", input, other);
            return (parts[0], parts[1], parts[2], parts[3]);
        }

        public static Tensor solve_triangular(Tensor A, Tensor B, bool upper, bool left = true, bool unitriangular = false) =>
            Op.Call("linalg_solve_triangular", A, B, upper, left, unitriangular);
        public static Tensor cholesky(Tensor input) => Op.Call("linalg_cholesky", input);
        public static Tensor inv(Tensor input) => Op.Call("linalg_inv", input);
        public static Tensor pinv(Tensor input, double rcond = 1e-15, bool hermitian = false) => Op.Call("linalg_pinv", input, rcond, hermitian);
        public static Tensor det(Tensor input) => Op.Call("linalg_det", input);
        public static (Tensor, Tensor) slogdet(Tensor input) => Op.Call2("linalg_slogdet", input);
        public static Tensor matrix_rank(Tensor input, double? tol = null, bool hermitian = false) =>
            tol is { } t ? Op.Call("linalg_matrix_rank", input, t, hermitian) : Op.Call("linalg_matrix_rank.atol_rtol_float", input, Value.None, Value.None, hermitian);
        public static Tensor matrix_power(Tensor input, int n) => Op.Call("linalg_matrix_power", input, n);
        public static Tensor matrix_exp(Tensor input) => Op.Call("linalg_matrix_exp", input);
        public static Tensor multi_dot(IList<Tensor> tensors) => Op.Call("linalg_multi_dot", Value.List(tensors));
        public static Tensor cross(Tensor input, Tensor other, long dim = -1) => Op.Call("linalg_cross", input, other, dim);

        public static Tensor norm(Tensor input, double ord) => Op.Call("linalg_norm", input, ord);
        public static Tensor norm(Tensor input, string ord, long[]? dims = null, bool keepdim = false) =>
            Op.Call("linalg_norm.ord_str", input, ord, dims, keepdim);
        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) => Op.Call("linalg_norm", input, Value.None, dims, keepdim);
        public static Tensor vector_norm(Tensor input, double ord = 2, long[]? dims = null, bool keepdim = false) =>
            Op.Call("linalg_vector_norm", input, ord, dims, keepdim);
        public static Tensor matrix_norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) =>
            Op.Call("linalg_matrix_norm", input, ord, dims ?? [-2, -1], keepdim);
    }

    public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input) => linalg.svd(input, fullMatrices: false);

    /// <summary>Special functions.</summary>
    public static class special
    {
        public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null) => input.log_softmax(dim, dtype);
        public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
        public static Tensor expit(Tensor input) => input.sigmoid();
        public static Tensor entr(Tensor input) => Op.Call("special_entr", input);
        public static Tensor erf(Tensor input) => input.erf();
        public static Tensor erfinv(Tensor input) => input.erfinv();
        public static Tensor gammaln(Tensor input) => input.lgamma();
        public static Tensor digamma(Tensor input) => input.digamma();
        public static Tensor i0(Tensor input) => input.i0();
        public static Tensor i0e(Tensor input) => Op.Call("special_i0e", input);
        public static Tensor i1(Tensor input) => Op.Call("special_i1", input);
        public static Tensor logit(Tensor input, double? eps = null) => input.logit(eps);
        public static Tensor xlog1py(Tensor input, Tensor other) => Op.Call("special_xlog1py", input, other);
        public static Tensor zeta(Tensor x, Tensor q) => Op.Call("special_zeta", x, q);
    }

    /// <summary>Discrete Fourier transforms.</summary>
    public static class fft
    {
        public static Tensor fft_(Tensor input, long n = -1, long dim = -1) => Op.Call("fft_fft", input, n < 0 ? Value.None : n, dim);
        public static Tensor ifft(Tensor input, long n = -1, long dim = -1) => Op.Call("fft_ifft", input, n < 0 ? Value.None : n, dim);
        public static Tensor rfft(Tensor input, long n = -1, long dim = -1) => Op.Call("fft_rfft", input, n < 0 ? Value.None : n, dim);
        public static Tensor irfft(Tensor input, long n = -1, long dim = -1) => Op.Call("fft_irfft", input, n < 0 ? Value.None : n, dim);
        public static Tensor fft2(Tensor input) => Op.Call("fft_fft2", input);
        public static Tensor ifft2(Tensor input) => Op.Call("fft_ifft2", input);
    }
}
