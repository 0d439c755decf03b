using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>One entry of an index: a place, a slice, a mask or index tensor, `...`, or a new dimension.</summary>
    public struct TensorIndex
    {
        internal enum IndexKind { None, Single, Slice, Bool, Tensor, Ellipsis }

        internal IndexKind Kind { get; private init; }
        internal long Start { get; private init; }
        internal long? Stop { get; private init; }
        internal long Step { get; private init; }
        internal Tensor? Indices { get; private init; }

        /// <summary>Elements from <paramref name="start"/> on, before <paramref name="stop"/>, each <paramref name="step"/>-th.</summary>
        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { Kind = IndexKind.Slice, Start = start ?? 0, Stop = stop, Step = step ?? 1 };

        public static TensorIndex Slice((int? start, int? end) range) => Slice(range.start, range.end);
        public static TensorIndex Slice(Range range) => range;

        /// <summary>A new dimension of size 1 (true) or 0 (false).</summary>
        public static TensorIndex Bool(bool value) => new() { Kind = IndexKind.Bool, Start = value ? 1 : 0 };

        /// <summary>One place of a dimension, which goes away.</summary>
        public static TensorIndex Single(long? index) => index is { } i ? new() { Kind = IndexKind.Single, Start = i } : None;

        /// <summary>The places that an index tensor names, or a mask marks.</summary>
        public static TensorIndex Tensor(Tensor tensor) => new() { Kind = IndexKind.Tensor, Indices = tensor };

        /// <summary>All dimensions that the index does not name.</summary>
        public static TensorIndex Ellipsis => new() { Kind = IndexKind.Ellipsis };

        /// <summary>A new dimension of size 1.</summary>
        public static TensorIndex None => new() { Kind = IndexKind.None };

        /// <inheritdoc cref="None"/>
        public static TensorIndex Null => None;

        /// <summary>A whole dimension.</summary>
        public static TensorIndex Colon => Slice();

        public static implicit operator TensorIndex(long value) => Single(value);
        public static implicit operator TensorIndex(int value) => Single(value);
        public static implicit operator TensorIndex(Tensor tensor) => Tensor(tensor);
        public static implicit operator TensorIndex((int? start, int? end) range) => Slice(range);
        public static implicit operator TensorIndex(Index index) => Single(FromIndex(index));

        public static implicit operator TensorIndex(Range range)
        {
            long? stop = range.End.IsFromEnd && range.End.Value == 0 ? null : FromIndex(range.End);
            return Slice(FromIndex(range.Start), stop);
        }

        private static long FromIndex(Index index) => index.IsFromEnd ? -(long)index.Value : index.Value;
    }

    public partial class Tensor
    {
        /// <summary>Part of the tensor, as in Python: x[0], x[1..3], x[.., mask], x[TensorIndex.Ellipsis, 0], …</summary>
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        /// <summary>The elements that index tensors or masks name, one a leading dimension.</summary>
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        public Tensor this[long i1]
        {
            get => index(i1);
            set => index_put_(value, (TensorIndex)i1);
        }

        public Tensor this[long i1, long i2]
        {
            get => index(i1, i2);
            set => index_put_(value, (TensorIndex)i1, i2);
        }

        public Tensor this[long i1, long i2, long i3]
        {
            get => index(i1, i2, i3);
            set => index_put_(value, (TensorIndex)i1, i2, i3);
        }

        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => index(i1, i2, i3, i4);
            set => index_put_(value, (TensorIndex)i1, i2, i3, i4);
        }

        /// <inheritdoc cref="this[TensorIndex[]]"/>
        public Tensor index(params TensorIndex[] indices)
        {
            var (view, tensors) = View(indices);
            if (tensors.Length == 0) return ReferenceEquals(view, this) ? alias() : view;
            var result = Op.Call("index.Tensor", view, tensors);
            Discard(view, tensors, indices);
            return result;
        }

        /// <inheritdoc cref="this[Tensor[]]"/>
        public Tensor index(params Tensor[] indices) =>
            HasTruth(indices) ? index(Entries(indices)) : Op.Call("index.Tensor", this, indices);

        // A single truth value is a new dimension of size 1 or 0, as Python has it; the operator itself refuses it.
        private static bool HasTruth(Tensor[] indices) => Array.Exists(indices, IsTruth);

        private static bool IsTruth(Tensor? index) => index is { dtype: ScalarType.Bool, Dimensions: 0 };

        private static TensorIndex[] Entries(Tensor[] indices) =>
            Array.ConvertAll(indices, entry => entry is null ? TensorIndex.Colon : TensorIndex.Tensor(entry));

        /// <summary>Writes <paramref name="value"/> (broadcast) into the part that the index names.</summary>
        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);

        /// <summary>Writes, or with <paramref name="accumulate"/> adds, <paramref name="value"/> to the part that the index names.</summary>
        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            var (view, tensors) = View(indices);
            if (tensors.Length > 0) Op.Run("index_put_", view, tensors, OnDeviceOf(value), accumulate);
            else if (accumulate) Op.Run("add_.Tensor", view, value);
            else Op.Run("copy_", view, value);
            Discard(view, tensors, indices);
            return this;
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false) => HasTruth(indices)
            ? index_put_(value, Entries(indices), accumulate)
            : Op.InPlace("index_put_", this, indices, OnDeviceOf(value), accumulate);

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using Tensor filling = torch.full([], value, dtype, device);
            return index_put_(filling, indices);
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices)
        {
            using Tensor filling = torch.full([], value, dtype, device);
            return index_put_(filling, indices);
        }

        /// <summary>index_put_ wants its values of the tensor's own type.</summary>
        private Tensor OnDeviceOf(Tensor value) => value.dtype == dtype && value.device.Equals(device) ? value : value.to(dtype, device);

        /// <summary>
        /// Does all of an index that is a view (places, slices, new dimensions); what is left are the index tensors, one a
        /// dimension of the view, null where a dimension is taken whole.
        /// </summary>
        private (Tensor View, Tensor?[] Tensors) View(TensorIndex[] indices)
        {
            long named = 0;
            foreach (var entry in indices)
                named += entry.Kind switch
                {
                    TensorIndex.IndexKind.Single or TensorIndex.IndexKind.Slice => 1,
                    TensorIndex.IndexKind.Tensor when entry.Indices!.dtype is ScalarType.Bool or ScalarType.Byte => entry.Indices.Dimensions,
                    TensorIndex.IndexKind.Tensor => 1,
                    _ => 0,
                };
            if (named > Dimensions)
                throw new ArgumentException($"The index names {named} dimensions; the tensor has {Dimensions}: [{string.Join(", ", shape)}].");

            var view = this;
            var tensors = new List<Tensor?>();
            long dim = 0;
            foreach (var entry in indices)
            {
                var before = view;
                switch (entry.Kind)
                {
                    case TensorIndex.IndexKind.Single:
                        view = Op.Call("select.int", view, dim, entry.Start);
                        break;
                    case TensorIndex.IndexKind.Slice:
                        if (entry.Start != 0 || entry.Stop is not null || entry.Step != 1)
                            view = Op.Call("slice.Tensor", view, dim, entry.Start, entry.Stop, entry.Step);
                        dim++;
                        break;
                    case TensorIndex.IndexKind.None:
                        view = Op.Call("unsqueeze", view, dim++);
                        break;
                    case TensorIndex.IndexKind.Ellipsis:
                        dim += Dimensions - named;
                        break;
                    case TensorIndex.IndexKind.Bool:
                        view = Op.Call("unsqueeze", view, dim);
                        Place(torch.tensor(entry.Start == 1 ? new long[] { 0 } : [], int64, device), 1);
                        break;
                    case TensorIndex.IndexKind.Tensor when IsTruth(entry.Indices):
                        view = Op.Call("unsqueeze", view, dim);
                        Place(torch.tensor(entry.Indices!.ToBoolean() ? new long[] { 0 } : [], int64, device), 1);
                        break;
                    case TensorIndex.IndexKind.Tensor:
                        bool mask = entry.Indices!.dtype is ScalarType.Bool or ScalarType.Byte;
                        Place(entry.Indices, mask ? (int)entry.Indices.Dimensions : 1);
                        break;
                }
                if (!ReferenceEquals(before, view) && !ReferenceEquals(before, this)) before.Dispose();
            }
            return (view, [.. tensors]);

            void Place(Tensor tensor, int dimensions)
            {
                while (tensors.Count < dim) tensors.Add(null);
                tensors.Add(tensor);
                dim += dimensions;
            }
        }

        private void Discard(Tensor view, Tensor?[] tensors, TensorIndex[] indices)
        {
            if (!ReferenceEquals(view, this)) view.Dispose();
            foreach (var tensor in tensors)
                if (tensor is not null && !Array.Exists(indices, entry => ReferenceEquals(entry.Indices, tensor))) tensor.Dispose();
        }

        public Tensor index_select(long dim, Tensor index) => Op.Call("index_select", this, dim, index);

        public Tensor select(long dim, long index) => Op.Call("select.int", this, dim, index);
        public Tensor slice(long dim, long start, long finish, long step) => Op.Call("slice.Tensor", this, dim, start, finish, step);
        public Tensor narrow(long dim, long start, long length) => Op.Call("narrow", this, dim, start, length);
        public Tensor gather(long dim, Tensor index) => Op.Call("gather", this, dim, index);
        public Tensor take(Tensor index) => Op.Call("take", this, index);
        public Tensor take_along_dim(Tensor indices) => Op.Call("take_along_dim", this, indices);
        public Tensor take_along_dim(Tensor indices, long dim) => Op.Call("take_along_dim", this, indices, dim);
        public Tensor masked_select(Tensor mask) => Op.Call("masked_select", this, mask);
        public Tensor masked_fill(Tensor mask, Scalar value) => Op.Call("masked_fill.Scalar", this, mask, value);
        public Tensor masked_fill_(Tensor mask, Scalar value) => Op.InPlace("masked_fill_.Scalar", this, mask, value);
        public Tensor masked_scatter(Tensor mask, Tensor value) => Op.Call("masked_scatter", this, mask, value);
        public Tensor masked_scatter_(Tensor mask, Tensor value) => Op.InPlace("masked_scatter_", this, mask, value);
        public Tensor nonzero() => Op.Call("nonzero", this);
        public IList<Tensor> nonzero_as_list() => Op.CallList("nonzero_numpy", this);
        public Tensor argwhere() => Op.Call("argwhere", this);

        public Tensor scatter(long dim, Tensor index, Tensor src) => Op.Call("scatter.src", this, dim, index, src);
        public Tensor scatter_(long dim, Tensor index, Tensor src) => Op.InPlace("scatter_.src", this, dim, index, src);
        public Tensor scatter(long dim, Tensor index, Scalar value) => Op.Call("scatter.value", this, dim, index, value);
        public Tensor scatter_(long dim, Tensor index, Scalar value) => Op.InPlace("scatter_.value", this, dim, index, value);
        public Tensor scatter_add(long dim, Tensor index, Tensor src) => Op.Call("scatter_add", this, dim, index, src);
        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Op.InPlace("scatter_add_", this, dim, index, src);

        /// <summary>Combines <paramref name="src"/> into the places of <paramref name="index"/>: "sum", "prod", "mean", "amax" or "amin".</summary>
        public Tensor scatter_reduce(long dim, Tensor index, Tensor src, string reduce, bool include_self = true) =>
            Op.Call("scatter_reduce.two", this, dim, index, src, reduce, include_self);

        /// <inheritdoc cref="scatter_reduce"/>
        public Tensor scatter_reduce_(long dim, Tensor index, Tensor src, string reduce, bool include_self = true) =>
            Op.InPlace("scatter_reduce_.two", this, dim, index, src, reduce, include_self);

        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) => Op.Call("index_add", this, dim, index, source, alpha);
        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) => Op.InPlace("index_add_", this, dim, index, source, alpha);
        public Tensor index_copy(long dim, Tensor index, Tensor source) => Op.Call("index_copy", this, dim, index, source);
        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Op.InPlace("index_copy_", this, dim, index, source);
        public Tensor index_fill(long dim, Tensor index, Scalar value) => Op.Call("index_fill.int_Scalar", this, dim, index, value);
        public Tensor index_fill_(long dim, Tensor index, Scalar value) => Op.InPlace("index_fill_.int_Scalar", this, dim, index, value);
        public Tensor diagonal_scatter(Tensor src, long offset = 0, long dim1 = 0, long dim2 = 1) =>
            Op.Call("diagonal_scatter", this, src, offset, dim1, dim2);
        public Tensor select_scatter(Tensor src, long dim, long index) => Op.Call("select_scatter", this, src, dim, index);
        public Tensor slice_scatter(Tensor src, long dim = 0, long? start = null, long? end = null, long step = 1) =>
            Op.Call("slice_scatter", this, src, dim, start, end, step);
    }
}
