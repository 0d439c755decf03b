using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        // Shape.

        public Tensor view(params long[] shape) => Op.Call("view", this, shape);
        public Tensor view_as(Tensor other) => Op.Call("view_as", this, other);
        public Tensor view(ScalarType dtype) => Op.Call("view.dtype", this, dtype);
        public Tensor reshape(params long[] shape) => Op.Call("reshape", this, shape);
        public Tensor reshape_as(Tensor other) => Op.Call("reshape", this, other.shape);
        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Op.Call("flatten.using_ints", this, start_dim, end_dim);
        public Tensor unflatten(long dim, params long[] sizes) =>
            Op.Call("reshape", this, (long[])[.. shape[..(int)(dim < 0 ? dim + Dimensions : dim)], .. sizes, .. shape[((int)(dim < 0 ? dim + Dimensions : dim) + 1)..]]);
        public Tensor squeeze() => Op.Call("squeeze", this);
        public Tensor squeeze(long dim) => Op.Call("squeeze.dim", this, dim);
        public Tensor squeeze_(long dim) => Op.InPlace("squeeze_.dim", this, dim);
        public Tensor unsqueeze(long dim) => Op.Call("unsqueeze", this, dim);
        public Tensor unsqueeze_(long dim) => Op.InPlace("unsqueeze_", this, dim);
        public Tensor transpose(long dim0, long dim1) => Op.Call("transpose.int", this, dim0, dim1);
        public Tensor t() => Op.Call("t", this);
        public Tensor permute(params long[] permutation) => Op.Call("permute", this, permutation);
        public Tensor movedim(long[] source, long[] destination) => Op.Call("movedim.intlist", this, source, destination);
        public Tensor movedim(long source, long destination) => Op.Call("movedim.int", this, source, destination);
        public Tensor swapaxes(long axis0, long axis1) => transpose(axis0, axis1);
        public Tensor adjoint() => Op.Call("adjoint", this);
        public Tensor expand(params long[] sizes) => Op.Call("expand", this, sizes);
        public Tensor expand_as(Tensor other) => Op.Call("expand_as", this, other);
        public Tensor broadcast_to(params long[] shape) => Op.Call("broadcast_to", this, shape);
        public Tensor repeat(params long[] sizes) => Op.Call("repeat", this, sizes);
        public Tensor repeat_interleave(long repeats, long? dim = null) =>
            Op.Call("repeat_interleave.self_int", this, repeats, dim);
        public Tensor repeat_interleave(Tensor repeats, long? dim = null) =>
            Op.Call("repeat_interleave.self_Tensor", this, repeats, dim);
        public Tensor tile(params long[] reps) => Op.Call("tile", this, reps);
        public Tensor flip(params long[] dims) => Op.Call("flip", this, dims);
        public Tensor fliplr() => Op.Call("fliplr", this);
        public Tensor flipud() => Op.Call("flipud", this);
        public Tensor roll(long[] shifts, long[]? dims = null) => Op.Call("roll", this, shifts, dims ?? []);
        public Tensor roll(long shifts, long dims) => Op.Call("roll", this, Dims(shifts), Dims(dims));
        public Tensor rot90(long k = 1, (long, long)? dims = null) =>
            Op.Call("rot90", this, k, new[] { dims?.Item1 ?? 0, dims?.Item2 ?? 1 });
        public Tensor[] split(long size, long dim = 0) => Op.CallList("split.Tensor", this, size, dim);
        public Tensor[] split(long[] sizes, long dim = 0) => Op.CallList("split_with_sizes", this, sizes, dim);
        public Tensor[] chunk(long chunks, long dim = 0) => Op.CallList("chunk", this, chunks, dim);
        public Tensor[] unbind(long dim = 0) => Op.CallList("unbind.int", this, dim);
        public Tensor[] tensor_split(long sections, long dim = 0) => Op.CallList("tensor_split.sections", this, sections, dim);
        public Tensor unfold(long dim, long size, long step) => Op.Call("unfold", this, dim, size, step);
        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) =>
            Op.Call("as_strided", this, size, strides, storageOffset);
        public Tensor diag(long diagonal = 0) => Op.Call("diag", this, diagonal);
        public Tensor diagonal(long offset = 0, long dim1 = 0, long dim2 = 1) => Op.Call("diagonal", this, offset, dim1, dim2);
        public Tensor diag_embed(long offset = 0, long dim1 = -2, long dim2 = -1) =>
            Op.Call("diag_embed", this, offset, dim1, dim2);
        public Tensor tril(long diagonal = 0) => Op.Call("tril", this, diagonal);
        public Tensor triu(long diagonal = 0) => Op.Call("triu", this, diagonal);
        public Tensor atleast_1d() => Op.Call("atleast_1d", this);
        public Tensor atleast_2d() => Op.Call("atleast_2d", this);
        public Tensor atleast_3d() => Op.Call("atleast_3d", this);
        public Tensor conj() => Op.Call("conj", this);
        public Tensor angle() => Op.Call("angle", this);
        public Tensor real => Op.Call("real", this);
        public Tensor imag => Op.Call("imag", this);
        public Tensor T => Op.Call("numpy_T", this);
        public Tensor mT => Op.Call("mT", this);
        public Tensor H => Op.Call("matrix_H", this);

        // Copies.

        public Tensor clone() => Op.Call("clone", this);
        public Tensor copy_(Tensor source, bool non_blocking = false) => Op.InPlace("copy_", this, source, non_blocking);
        public Tensor contiguous() => Op.Call("contiguous", this);
        public Tensor set_(Tensor source) => Op.InPlace("set_.source_Tensor", this, source);
        public Tensor pin_memory() => Op.Call("pin_memory", this);
        public Tensor resize_(params long[] shape) => Op.InPlace("resize_", this, shape);
    }

    // The same as functions.

    public static Tensor unsqueeze(Tensor input, long dim) => input.unsqueeze(dim);
    public static Tensor unsqueeze_(Tensor input, long dim) => input.unsqueeze_(dim);
    public static Tensor transpose(Tensor input, long dim0, long dim1) => input.transpose(dim0, dim1);
    public static Tensor movedim(Tensor input, long[] source, long[] destination) => input.movedim(source, destination);
    public static Tensor movedim(Tensor input, long source, long destination) => input.movedim(source, destination);
    public static Tensor swapaxes(Tensor input, long axis0, long axis1) => input.swapaxes(axis0, axis1);
    public static Tensor adjoint(Tensor input) => input.adjoint();
    public static Tensor repeat_interleave(Tensor input, long repeats, long? dim = null) => input.repeat_interleave(repeats, dim);
    public static Tensor repeat_interleave(Tensor input, Tensor repeats, long? dim = null) =>
        input.repeat_interleave(repeats, dim);
    public static Tensor fliplr(Tensor input) => input.fliplr();
    public static Tensor flipud(Tensor input) => input.flipud();
    public static Tensor roll(Tensor input, long[] shifts, long[]? dims = null) => input.roll(shifts, dims);
    public static Tensor roll(Tensor input, long shifts, long dims) => input.roll(shifts, dims);
    public static Tensor rot90(Tensor input, long k = 1, (long, long)? dims = null) => input.rot90(k, dims);
    public static Tensor[] split(Tensor input, long size, long dim = 0) => input.split(size, dim);
    public static Tensor[] split(Tensor input, long[] sizes, long dim = 0) => input.split(sizes, dim);
    public static Tensor[] chunk(Tensor input, long chunks, long dim = 0) => input.chunk(chunks, dim);
    public static Tensor[] unbind(Tensor input, long dim = 0) => input.unbind(dim);
    public static Tensor[] tensor_split(Tensor input, long sections, long dim = 0) => input.tensor_split(sections, dim);
    public static Tensor unfold(Tensor input, long dim, long size, long step) => input.unfold(dim, size, step);
    public static Tensor as_strided(Tensor input, long[] size, long[] strides, long storageOffset = 0) =>
        input.as_strided(size, strides, storageOffset);
    public static Tensor diag(Tensor input, long diagonal = 0) => input.diag(diagonal);
    public static Tensor diagonal(Tensor input, long offset = 0, long dim1 = 0, long dim2 = 1) =>
        input.diagonal(offset, dim1, dim2);
    public static Tensor diag_embed(Tensor input, long offset = 0, long dim1 = -2, long dim2 = -1) =>
        input.diag_embed(offset, dim1, dim2);
    public static Tensor tril(Tensor input, long diagonal = 0) => input.tril(diagonal);
    public static Tensor triu(Tensor input, long diagonal = 0) => input.triu(diagonal);
    public static Tensor atleast_1d(Tensor input) => input.atleast_1d();
    public static Tensor atleast_2d(Tensor input) => input.atleast_2d();
    public static Tensor atleast_3d(Tensor input) => input.atleast_3d();
    public static Tensor conj(Tensor input) => input.conj();
    public static Tensor angle(Tensor input) => input.angle();

    public static Tensor clone(Tensor input) => input.clone();
}
