using System.Collections;
using System.Runtime.InteropServices;
using TorchSharp.Native;
using TorchSharp.Utils;
using static TorchSharp.Native.NativeMethods;

namespace TorchSharp
{
    public static partial class torch
    {
        public unsafe partial class Tensor
        {
            /// <summary>
            /// The elements in row-major order, for reading and writing in C#. Of a conjugated view, whose
            /// memory holds other numbers, they are a copy.
            /// </summary>
            /// <exception cref="InvalidOperationException">The tensor is on another device or of another element type.</exception>
            public TensorAccessor<T> data<T>() where T : unmanaged
            {
                RequireElementType<T>();
                return new TensorAccessor<T>(InMemory());
            }

            /// <summary>The one element of the tensor.</summary>
            /// <exception cref="InvalidOperationException">The tensor has several elements, or none.</exception>
            public T item<T>() where T : unmanaged
            {
                if (NumberOfElements != 1)
                    throw new InvalidOperationException($"item() wants a tensor of one element; this one has shape [{string.Join(", ", shape)}].");
                RequireElementType<T>(needsMemory: false);
                using var scope = NewDisposeScope();
                var source = (device_type == DeviceType.CPU ? this : cpu()).InMemory();
                T value = *(T*)source.DataPointer;
                GC.KeepAlive(source);
                return value;
            }

            /// <summary>The raw bytes of a contiguous tensor on the CPU.</summary>
            /// <exception cref="InvalidOperationException">The tensor is not on the CPU, or not contiguous.</exception>
            public Span<byte> bytes
            {
                get
                {
                    RequireCpu();
                    if (!is_contiguous())
                        throw new InvalidOperationException("The bytes of a tensor that is not contiguous do not lie together; call contiguous() first.");
                    long size = NumberOfElements * ElementSize;
                    if (size > int.MaxValue)
                        throw new InvalidOperationException($"A span holds at most {int.MaxValue} bytes; this tensor has {size}. Take parts of it.");
                    return size == 0 ? [] : new Span<byte>(DataPointer, (int)size);
                }
                set
                {
                    if (value.Length != bytes.Length)
                        throw new ArgumentException($"The tensor has {bytes.Length} bytes, not {value.Length}.", nameof(value));
                    value.CopyTo(bytes);
                }
            }

            /// <summary>
            /// This tensor, or a copy where its memory holds other numbers (the conjugates or negatives) or is not there
            /// (the zeros that a gradient may be made of).
            /// </summary>
            internal Tensor InMemory()
            {
                if (DataPointer == null && NumberOfElements > 0) return torch.zeros(shape, dtype);
                if (lt_is_lazy(Handle) == 0) return this;
                return torch.is_complex(dtype) ? Op.Call("resolve_conj", this) : Op.Call("resolve_neg", this);
            }

            /// <summary>First element in native memory.</summary>
            internal void* DataPointer => (void*)lt_data(Handle);

            /// <summary>The one element of the tensor, of any type and on any device.</summary>
            /// <exception cref="System.Runtime.InteropServices.ExternalException">The tensor has several elements, or none.</exception>
            public Scalar ToScalar() => Op.CallNumber("item", this);

            public byte ReadCpuByte(long i) => data<byte>().At(i);
            public short ReadCpuInt16(long i) => data<short>().At(i);
            public int ReadCpuInt32(long i) => data<int>().At(i);
            public long ReadCpuInt64(long i) => data<long>().At(i);
            public float ReadCpuSingle(long i) => data<float>().At(i);
            public double ReadCpuDouble(long i) => data<double>().At(i);
            public bool ReadCpuBool(long i) => data<bool>().At(i);
            public T ReadCpuValue<T>(long i) where T : unmanaged => data<T>().At(i);

            private void RequireCpu()
            {
                if (device_type != DeviceType.CPU)
                    throw new InvalidOperationException($"The elements of a tensor on {device} cannot be read from C#; call cpu() first.");
                if (LayoutCode != 0)
                    throw new InvalidOperationException("The elements of a sparse tensor cannot be read in place; call to_dense() first.");
            }

            private void RequireElementType<T>(bool needsMemory = true) where T : unmanaged
            {
                if (needsMemory) RequireCpu();
                var asked = ElementTypeOf<T>();
                if (asked != dtype && !(typeof(T) == typeof(byte) && dtype == ScalarType.Bool))
                    throw new InvalidOperationException($"The tensor's elements are {dtype}, not {typeof(T).Name}; convert it first, as in x.to({asked}).");
            }

            internal static ScalarType ElementTypeOf<T>() where T : unmanaged => Type.GetTypeCode(typeof(T)) switch
            {
                TypeCode.Byte => ScalarType.Byte,
                TypeCode.SByte => ScalarType.Int8,
                TypeCode.Int16 => ScalarType.Int16,
                TypeCode.Int32 => ScalarType.Int32,
                TypeCode.Int64 => ScalarType.Int64,
                TypeCode.Single => ScalarType.Float32,
                TypeCode.Double => ScalarType.Float64,
                TypeCode.Boolean => ScalarType.Bool,
                _ when typeof(T) == typeof(Half) => ScalarType.Float16,
                _ when typeof(T) == typeof((float, float)) => ScalarType.ComplexFloat32,
                _ when typeof(T) == typeof(System.Numerics.Complex) => ScalarType.ComplexFloat64,
                _ => throw new ArgumentException($"No tensor has elements of type {typeof(T).Name}."),
            };

            public static explicit operator float(Tensor value) => value.ToScalar().ToSingle();
            public static explicit operator double(Tensor value) => value.ToScalar().ToDouble();
            public static explicit operator sbyte(Tensor value) => value.ToScalar().ToSByte();
            public static explicit operator byte(Tensor value) => value.ToScalar().ToByte();
            public static explicit operator short(Tensor value) => value.ToScalar().ToInt16();
            public static explicit operator int(Tensor value) => value.ToScalar().ToInt32();
            public static explicit operator long(Tensor value) => value.ToScalar().ToInt64();
            public static explicit operator bool(Tensor value) => value.ToScalar().ToBoolean();
        }
    }

    /// <summary>Conversions of one-element tensors to numbers, on any device.</summary>
    public static partial class TensorExtensionMethods
    {
        public static float ToSingle(this torch.Tensor value) => value.ToScalar().ToSingle();
        public static double ToDouble(this torch.Tensor value) => value.ToScalar().ToDouble();
        public static sbyte ToSByte(this torch.Tensor value) => value.ToScalar().ToSByte();
        public static byte ToByte(this torch.Tensor value) => value.ToScalar().ToByte();
        public static short ToInt16(this torch.Tensor value) => value.ToScalar().ToInt16();
        public static int ToInt32(this torch.Tensor value) => value.ToScalar().ToInt32();
        public static long ToInt64(this torch.Tensor value) => value.ToScalar().ToInt64();
        public static bool ToBoolean(this torch.Tensor value) => value.ToScalar().ToBoolean();
        public static torch.Tensor ToTensor<T>(this T[] values, long[] dimensions, bool doCopy = false, bool requires_grad = false)
            where T : unmanaged => torch.FromArray<T>(values, dimensions, null, null, requires_grad);
    }
}

namespace TorchSharp.Utils
{
    /// <summary>The elements of a tensor on the CPU, in row-major order whatever its strides.</summary>
    public sealed unsafe class TensorAccessor<T> : IEnumerable<T>, IDisposable where T : unmanaged
    {
        private readonly torch.Tensor tensor;
        private readonly long[] shape;
        private readonly long[] strides;
        private readonly bool contiguous;

        internal TensorAccessor(torch.Tensor tensor)
        {
            this.tensor = tensor;
            shape = tensor.shape;
            strides = tensor.stride();
            contiguous = tensor.is_contiguous();
        }

        /// <summary>Number of elements.</summary>
        public long Count => tensor.NumberOfElements;

        /// <summary>The element at an index of each dimension.</summary>
        public T this[params long[] indices]
        {
            get => *Address(indices);
            set => *Address(indices) = value;
        }

        /// <summary>Copies all elements into an array.</summary>
        public T[] ToArray()
        {
            var values = new T[Count];
            CopyTo(values.AsSpan());
            return values;
        }

        /// <summary>Copies all elements into an array with the tensor's dimensions.</summary>
        public Array ToNDArray()
        {
            if (shape.Length == 0) return ToArray();
            var array = Array.CreateInstance(typeof(T), shape);
            if (Count > 0)
                ToArray().AsSpan().CopyTo(new Span<T>(System.Runtime.CompilerServices.Unsafe.AsPointer(
                    ref System.Runtime.CompilerServices.Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array))), (int)Count));
            return array;
        }

        /// <summary>Copies elements from <paramref name="tensorIndex"/> on into an array from <paramref name="arrayIndex"/> on.</summary>
        public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

        /// <inheritdoc cref="CopyTo(T[], int, long)"/>
        public void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
        {
            int count = (int)Math.Min(array.Length - arrayIndex, Count - tensorIndex);
            if (contiguous && count > 0) new ReadOnlySpan<T>((T*)tensor.DataPointer + tensorIndex, count).CopyTo(array[arrayIndex..]);
            else for (int i = 0; i < count; i++) array[arrayIndex + i] = At(tensorIndex + i);
            GC.KeepAlive(tensor);
        }

        /// <summary>Copies elements of an array into the tensor.</summary>
        public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom((ReadOnlySpan<T>)array, arrayIndex, tensorIndex);

        /// <inheritdoc cref="CopyFrom(T[], int, long)"/>
        public void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
        {
            int count = (int)Math.Min(array.Length - arrayIndex, Count - tensorIndex);
            if (contiguous && count > 0) array.Slice(arrayIndex, count).CopyTo(new Span<T>((T*)tensor.DataPointer + tensorIndex, count));
            else for (int i = 0; i < count; i++) *Address(tensorIndex + i) = array[arrayIndex + i];
            GC.KeepAlive(tensor);
        }

        /// <summary>The element at a place in row-major order.</summary>
        internal T At(long index) => *Address(index);

        private T* Address(long index)
        {
            if ((ulong)index >= (ulong)Count)
                throw new IndexOutOfRangeException($"Element {index} of a tensor of {Count} elements.");
            long offset = index;
            if (!contiguous)
            {
                offset = 0;
                for (int d = shape.Length - 1; d >= 0; d--)
                {
                    offset += index % shape[d] * strides[d];
                    index /= shape[d];
                }
            }
            return (T*)tensor.DataPointer + offset;
        }

        private T* Address(long[] indices)
        {
            if (indices.Length == 1 && shape.Length != 1) return Address(indices[0]);
            if (indices.Length != shape.Length)
                throw new ArgumentException($"{indices.Length} indices for a tensor of {shape.Length} dimensions.");
            long offset = 0;
            for (int d = 0; d < indices.Length; d++)
            {
                if ((ulong)indices[d] >= (ulong)shape[d])
                    throw new IndexOutOfRangeException($"Index {indices[d]} in dimension {d}, whose size is {shape[d]}.");
                offset += indices[d] * strides[d];
            }
            return (T*)tensor.DataPointer + offset;
        }

        /// <inheritdoc/>
        public IEnumerator<T> GetEnumerator()
        {
            for (long i = 0; i < Count; i++) yield return At(i);
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        /// <summary>Does nothing: the tensor keeps its memory.</summary>
        public void Dispose() { }
    }
}
