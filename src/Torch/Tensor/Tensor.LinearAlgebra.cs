using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        // Products and matrices.

        public Tensor matmul(Tensor target) => Op.Call("matmul", this, target);
        public Tensor mm(Tensor target) => Op.Call("mm", this, target);
        public Tensor bmm(Tensor batch2) => Op.Call("bmm", this, batch2);
        public Tensor mv(Tensor target) => Op.Call("mv", this, target);
        public Tensor dot(Tensor target) => Op.Call("dot", this, target);
        public Tensor vdot(Tensor target) => Op.Call("vdot", this, target);
        public Tensor inner(Tensor vec2) => Op.Call("inner", this, vec2);
        public Tensor outer(Tensor vec2) => Op.Call("outer", this, vec2);
        public Tensor kron(Tensor other) => Op.Call("kron", this, other);
        public Tensor cross(Tensor other, long dim) => Op.Call("linalg_cross", this, other, dim);
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Op.Call("addmm", this, mat1, mat2, beta, alpha);
        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
            Op.InPlace("addmm_", this, mat1, mat2, beta, alpha);
        public Tensor addmv(Tensor mat, Tensor vec, float beta = 1, float alpha = 1) =>
            Op.Call("addmv", this, mat, vec, beta, alpha);
        public Tensor addr(Tensor vec1, Tensor vec2, float beta = 1, float alpha = 1) =>
            Op.Call("addr", this, vec1, vec2, beta, alpha);
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
            Op.Call("baddbmm", this, batch1, batch2, beta, alpha);
        public Tensor norm(float p = 2.0f) => Op.Call("norm.Scalar", this, p);
        public Tensor norm(int dim, bool keepdim = false, float p = 2.0f) =>
            Op.Call("norm.ScalarOpt_dim", this, p, Dims(dim), keepdim);
        public Tensor dist(Tensor other, float p = 2.0f) => Op.Call("dist", this, other, p);
        public Tensor trace() => Op.Call("trace", this);
        public Tensor inverse() => Op.Call("linalg_inv", this);
        public Tensor pinverse(double rcond = 1e-15) => Op.Call("pinverse", this, rcond);
        public Tensor det() => Op.Call("linalg_det", this);
        public Tensor logdet() => Op.Call("logdet", this);
        public Tensor matrix_power(int n) => Op.Call("linalg_matrix_power", this, n);
        public Tensor matrix_exp() => Op.Call("linalg_matrix_exp", this);
        public Tensor cholesky(bool upper = false) => Op.Call("cholesky", this, upper);
        public Tensor renorm(float p, long dim, float maxnorm) => Op.Call("renorm", this, p, dim, maxnorm);
        public Tensor cov(long correction = 1, Tensor? fweights = null, Tensor? aweights = null) =>
            Op.Call("cov", this, correction, fweights, aweights);
        public Tensor corrcoef() => Op.Call("corrcoef", this);

        // Sparse layouts.

        public Tensor to_sparse() => Op.Call("to_sparse", this);
        public Tensor to_sparse(int sparse_dim) => Op.Call("to_sparse.sparse_dim", this, sparse_dim);
        public Tensor to_sparse_csr() => Op.Call("to_sparse_csr", this);
        public Tensor to_dense() => Op.Call("to_dense", this);
        public Tensor coalesce() => Op.Call("coalesce", this);
        public bool is_coalesced() => Op.CallBool("is_coalesced", this);
        public Tensor SparseIndices => Op.Call("_indices", this);
        public Tensor SparseValues => LayoutCode == 2 ? Op.Call("values", this) : Op.Call("_values", this);
        public Tensor crow_indices() => Op.Call("crow_indices", this);
        public Tensor col_indices() => Op.Call("col_indices", this);
        public Tensor values() => Op.Call("values", this);
        public Tensor indices() => Op.Call("indices", this);
    }

    // The same as functions.

    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);
    public static Tensor mm(Tensor input, Tensor target) => input.mm(target);
    public static Tensor bmm(Tensor input, Tensor batch2) => input.bmm(batch2);
    public static Tensor mv(Tensor input, Tensor target) => input.mv(target);
    public static Tensor dot(Tensor input, Tensor target) => input.dot(target);
    public static Tensor vdot(Tensor input, Tensor target) => input.vdot(target);
    public static Tensor inner(Tensor input, Tensor vec2) => input.inner(vec2);
    public static Tensor outer(Tensor input, Tensor vec2) => input.outer(vec2);
    public static Tensor kron(Tensor input, Tensor other) => input.kron(other);
    public static Tensor cross(Tensor input, Tensor other, long dim) => input.cross(other, dim);
    public static Tensor addmm(Tensor input, Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
        input.addmm(mat1, mat2, beta, alpha);
    public static Tensor addmm_(Tensor input, Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) =>
        input.addmm_(mat1, mat2, beta, alpha);
    public static Tensor addmv(Tensor input, Tensor mat, Tensor vec, float beta = 1, float alpha = 1) =>
        input.addmv(mat, vec, beta, alpha);
    public static Tensor addr(Tensor input, Tensor vec1, Tensor vec2, float beta = 1, float alpha = 1) =>
        input.addr(vec1, vec2, beta, alpha);
    public static Tensor baddbmm(Tensor input, Tensor batch1, Tensor batch2, float beta = 1, float alpha = 1) =>
        input.baddbmm(batch1, batch2, beta, alpha);
    public static Tensor norm(Tensor input, float p = 2.0f) => input.norm(p);
    public static Tensor norm(Tensor input, int dim, bool keepdim = false, float p = 2.0f) => input.norm(dim, keepdim, p);
    public static Tensor dist(Tensor input, Tensor other, float p = 2.0f) => input.dist(other, p);
    public static Tensor inverse(Tensor input) => input.inverse();
    public static Tensor pinverse(Tensor input, double rcond = 1e-15) => input.pinverse(rcond);
    public static Tensor det(Tensor input) => input.det();
    public static Tensor logdet(Tensor input) => input.logdet();
    public static Tensor matrix_power(Tensor input, int n) => input.matrix_power(n);
    public static Tensor matrix_exp(Tensor input) => input.matrix_exp();
    public static Tensor cholesky(Tensor input, bool upper = false) => input.cholesky(upper);
    public static Tensor renorm(Tensor input, float p, long dim, float maxnorm) => input.renorm(p, dim, maxnorm);
    public static Tensor cov(Tensor input, long correction = 1, Tensor? fweights = null, Tensor? aweights = null) =>
        input.cov(correction, fweights, aweights);
    public static Tensor corrcoef(Tensor input) => input.corrcoef();

}
