using System.Runtime.CompilerServices;
using TorchSharp.Native;
using static TorchSharp.Native.NativeMethods;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// An array of numbers of one element type, of any number of dimensions, on one device, that remembers how it was
    /// computed. Its memory is native: it is freed by <see cref="Dispose()"/>, by the <see cref="DisposeScope"/> that the
    /// tensor was made in, or, late, by the garbage collector.
    /// </summary>
    public unsafe partial class Tensor : IDisposable
    {
        private TensorReference? reference;

        /// <summary>Takes over a native tensor that the bridge gave away.</summary>
        internal Tensor(nint handle)
        {
            reference = TensorReference.To(handle);
            DisposeScopeManager.OfThread.Register(this);
        }

        /// <summary>Tensors alive in this process.</summary>
        public static long TotalCount => TensorReference.Alive;

        /// <summary>Takes over a native tensor; null is a failure whose message is thrown.</summary>
        internal static Tensor Adopt(nint handle)
        {
            Op.Check(handle != 0);
            return new Tensor(handle);
        }

        /// <summary>The native tensor, borrowed.</summary>
        /// <exception cref="InvalidOperationException">The tensor was disposed.</exception>
        public nint Handle => reference is { } held ? held.Handle : throw Disposed();

        private static InvalidOperationException Disposed() => new(
            "This tensor was disposed already. Where a dispose scope ended too early, let the tensor out with MoveToOuterDisposeScope().");

        /// <summary>Whether the tensor was disposed, or was never there.</summary>
        public bool IsInvalid => reference is null;

        /// <summary>A name for the reader's use.</summary>
        public string? name { get; set; }

        internal DisposeScope? OwningDisposeScope { get; set; }

        /// <summary>Where the owning scope keeps this tensor.</summary>
        internal int PlaceInScope { get; set; }

        /// <summary>Lets the native memory go.</summary>
        public void Dispose() => Dispose(true);

        /// <inheritdoc cref="Dispose()"/>
        protected virtual void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref reference, null) is not { } held) return;
            held.Release();
            var counts = DisposeScopeManager.OfThread.Counts.TensorStatistics;
            if (OwningDisposeScope is null)
            {
                counts.DisposedOutsideScopeCount++;
                return;
            }
            counts.DisposedInScopeCount++;
            OwningDisposeScope.MarkAsDisposed(this);
        }

        /// <summary>Hands the native tensor to the caller and leaves this one empty.</summary>
        public nint DecoupleFromNativeHandle()
        {
            var held = Interlocked.Exchange(ref reference, null);
            OwningDisposeScope?.MarkAsDisposed(this);
            return held?.Surrender() ?? 0;
        }

        /// <summary>Makes this object hold what <paramref name="other"/> held, and empties that one.</summary>
        internal void TakeOver(Tensor other) =>
            Interlocked.Exchange(ref reference, TensorReference.To(other.DecoupleFromNativeHandle()))?.Release();

        /// <summary>A second object for the same native tensor.</summary>
        public Tensor alias() => new(lt_retain(Handle));

        /// <summary>Hands the tensor to the scope around the one that owns it.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        /// <summary>Takes the tensor out of all scopes.</summary>
        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public Tensor DetatchFromDisposeScope() => DetachFromDisposeScope();

        /// <summary>Hands the tensor to the scope that owns another tensor.</summary>
        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        /// <summary>Hands the tensor to another scope; null takes it out of all scopes.</summary>
        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is not null) OwningDisposeScope.MoveToOther(other, this);
            else other?.Attach(this);
            return this;
        }

        // ------------------------------------------------------------------------------------ facts

        /// <summary>Number of dimensions.</summary>
        public long Dimensions
        {
            get
            {
                long dimensions = lt_dim(Handle);
                GC.KeepAlive(this);
                return dimensions;
            }
        }

        public long dim() => Dimensions;
        public long ndim => Dimensions;

        /// <summary>Number of elements.</summary>
        public long NumberOfElements
        {
            get
            {
                long count = lt_numel(Handle);
                GC.KeepAlive(this);
                return count;
            }
        }

        public long numel() => NumberOfElements;

        /// <summary>Bytes of one element.</summary>
        public long ElementSize => ElementSizeOf(dtype);

        public long element_size() => ElementSize;

        /// <summary>Sizes of all dimensions.</summary>
        public long[] shape
        {
            get
            {
                var sizes = new long[Dimensions];
                fixed (long* target = sizes) Op.Check(lt_shape(Handle, target) == 0);
                GC.KeepAlive(this);
                return sizes;
            }
        }

        public long[] size() => shape;

        /// <summary>Size of one dimension; -1 is the last.</summary>
        public long size(int dim)
        {
            long[] sizes = shape;
            if (dim < -sizes.Length || dim >= sizes.Length)
                throw new ArgumentOutOfRangeException(nameof(dim), dim, $"The tensor has {sizes.Length} dimensions.");
            return sizes[dim < 0 ? dim + sizes.Length : dim];
        }

        /// <summary>Steps, in elements, from one index to the next in each dimension.</summary>
        public long[] stride()
        {
            var strides = new long[Dimensions];
            fixed (long* target = strides) Op.Check(lt_strides(Handle, target) == 0);
            GC.KeepAlive(this);
            return strides;
        }

        public long stride(int dim) => stride()[dim < 0 ? dim + Dimensions : dim];
        public long storage_offset() => lt_storage_offset(Handle);

        /// <summary>Equal for tensors that share memory.</summary>
        internal long StorageId => lt_storage_id(Handle);

        /// <summary>Element type.</summary>
        public ScalarType dtype
        {
            get
            {
                var type = (ScalarType)lt_dtype(Handle);
                GC.KeepAlive(this);
                return type;
            }
        }

        /// <summary>Where the tensor lives.</summary>
        public Device device
        {
            get
            {
                var found = Device.Unpack(lt_device(Handle));
                GC.KeepAlive(this);
                return found;
            }
        }

        public DeviceType device_type => device.type;
        public int device_index => device.index;
        public bool is_integral() => torch.is_integral(dtype);
        public bool is_floating_point() => torch.is_floating_point(dtype);
        public bool is_complex() => torch.is_complex(dtype);
        public bool is_cuda => device_type == DeviceType.CUDA;
        public bool is_meta => device_type == DeviceType.META;
        public bool is_cpu() => device_type == DeviceType.CPU;
        public bool is_nonzero() => Op.CallBool("is_nonzero", this);
        public bool is_contiguous() => lt_is_contiguous(Handle) != 0;

        /// <summary>The layout's number in libtorch: 0 strided, 1 sparse COO, 2 sparse CSR.</summary>
        internal int LayoutCode => lt_layout(Handle);

        public bool is_sparse => LayoutCode == 1;
        public bool is_sparse_csr => LayoutCode == 2;

        /// <summary>Changes that in-place operators made so far.</summary>
        internal long Version => lt_version(Handle);

        /// <inheritdoc/>
        public override bool Equals(object? obj) =>
            obj is Tensor other && (ReferenceEquals(this, other) || reference is { } held && held.Handle == other.reference?.Handle);

        /// <inheritdoc/>
        public override int GetHashCode() => RuntimeHelpers.GetHashCode(this);
    }
}
