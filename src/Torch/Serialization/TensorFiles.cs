using System.Runtime.InteropServices;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp
{
    /// <summary>
    /// Tensors in TorchSharp's format: the element type's number, the number of dimensions, each size (all as
    /// <see cref="Counts"/>), then the elements, row by row, as they lie in memory.
    /// </summary>
    public static partial class TensorExtensionMethods
    {
        private const int MaxDimensions = 64;

        /// <summary>Writes a tensor, from any device and with any strides, in TorchSharp's format.</summary>
        public static void Save(this Tensor tensor, BinaryWriter writer)
        {
            using var none = no_grad();
            using var scope = NewDisposeScope();
            var plain = tensor.to(CPU).InMemory().contiguous();
            writer.WriteCount((long)plain.dtype);
            writer.WriteCount(plain.shape.Length);
            foreach (var size in plain.shape)
            {
                writer.WriteCount(size);
            }
            writer.Flush();
            plain.WriteBytesToStream(writer.BaseStream);
        }

        /// <summary>Writes a tensor and closes the stream.</summary>
        public static void Save(this Tensor tensor, Stream stream)
        {
            using var writer = new BinaryWriter(stream);
            tensor.Save(writer);
        }

        /// <summary>Writes a tensor to a file.</summary>
        public static void Save(this Tensor tensor, string location) => tensor.Save(File.Create(location));

        /// <summary>Reads a tensor into this one.</summary>
        /// <param name="tensor">
        /// Takes the values; its element type and shape must be those of the file.
        /// </param>
        /// <param name="reader">Stands at the tensor, and afterwards behind it.</param>
        /// <param name="skip">Whether the values are passed over and the tensor stays as it is.</param>
        /// <exception cref="ArgumentException">The element type or the shape differs.</exception>
        public static void Load(this Tensor tensor, BinaryReader reader, bool skip = false)
        {
            using var none = no_grad();
            using var loaded = Load(reader);
            if (skip)
            {
                return;
            }
            if (loaded.dtype != tensor.dtype || !loaded.shape.AsSpan().SequenceEqual(tensor.shape))
            {
                throw new ArgumentException(
                    $"The file has a tensor of {loaded.dtype} [{string.Join(", ", loaded.shape)}], but "
                    + $"{tensor.dtype} "
                    + $"[{string.Join(", ", tensor.shape)}] is expected: is it another model's?");
            }
            tensor.copy_(loaded);
        }

        /// <summary>Reads a tensor, onto the CPU.</summary>
        /// <param name="reader">Stands at the tensor, and afterwards behind it.</param>
        /// <param name="skip">Whether the values are passed over and zeros returned.</param>
        /// <exception cref="InvalidDataException">
        /// No such tensor can be: the file is damaged or in another format.
        /// </exception>
        /// <exception cref="EndOfStreamException">The file ends within the tensor.</exception>
        public static Tensor Load(BinaryReader reader, bool skip = false)
        {
            var type = reader.ReadCount();
            if (type > sbyte.MaxValue || !Enum.IsDefined((ScalarType)type))
            {
                throw Damaged($"element type {type}");
            }
            var dimensions = reader.ReadCount();
            var shape = new long[dimensions <= MaxDimensions ? dimensions
                : throw Damaged($"{dimensions} dimensions")];
            UInt128 bytes = (UInt128)ElementSizeOf((ScalarType)type);
            for (var i = 0; i < shape.Length; i++)
            {
                shape[i] = reader.ReadCount();
                bytes *= (UInt128)shape[i];
                bytes = bytes <= long.MaxValue ? bytes : throw Damaged($"shape [{string.Join(", ", shape)}]");
            }

            // Before memory is asked for: a damaged size must not take the machine's.
            if (reader.BaseStream is { CanSeek: true } stream
                && bytes > (UInt128)(stream.Length - stream.Position))
            {
                throw new EndOfStreamException(
                    $"A tensor of {(ScalarType)type} [{string.Join(", ", shape)}] needs {bytes} bytes, but "
                    + $"the file has "
                    + $"{stream.Length - stream.Position} left: it is cut short.");
            }
            var tensor = empty(shape, dtype: (ScalarType)type);
            try
            {
                tensor.ReadBytesFromStream(reader.BaseStream);
                return skip ? tensor.zero_() : tensor;
            }
            catch
            {
                tensor.Dispose();
                throw;
            }
        }

        /// <summary>Reads a tensor into an existing one, or, where there is none, a new one.</summary>
        /// <inheritdoc cref="Load(Tensor, BinaryReader, bool)"/>
        public static void Load(ref Tensor? tensor, BinaryReader reader, bool skip = false)
        {
            if (tensor is null)
            {
                tensor = Load(reader, skip);
            }
            else
            {
                tensor.Load(reader, skip);
            }
        }

        private static InvalidDataException Damaged(string what) => new(
            $"The file names a tensor with {what}: it is damaged, or not in TorchSharp's format.");
    }

    public static partial class torch
    {
        public partial class Tensor
        {
            private const int Chunk = 1 << 30;

            /// <summary>Reads a tensor in TorchSharp's format.</summary>
            /// <inheritdoc cref="TensorExtensionMethods.Load(BinaryReader, bool)"/>
            public static Tensor Load(BinaryReader reader) => TensorExtensionMethods.Load(reader);

            /// <summary>Reads a tensor in TorchSharp's format, and closes the stream.</summary>
            public static Tensor Load(Stream stream)
            {
                using var reader = new BinaryReader(stream);
                return Load(reader);
            }

            /// <summary>Reads a tensor from a file in TorchSharp's format.</summary>
            public static Tensor Load(string location) => Load(File.OpenRead(location));

            /// <summary>Writes the elements as they lie in memory.</summary>
            /// <param name="stream">Where to.</param>
            /// <param name="bufferSize">Not used: the memory itself is written.</param>
            /// <exception cref="InvalidOperationException">
            /// The tensor is not contiguous, or not on the CPU.
            /// </exception>
            public void WriteBytesToStream(Stream stream, int bufferSize = 1024)
            {
                foreach (var (start, length) in Chunks())
                {
                    stream.Write(Bytes(start, length));
                }
                GC.KeepAlive(this);
            }

            /// <summary>Fills the elements from a stream.</summary>
            /// <param name="stream">Where from.</param>
            /// <param name="bufferSize">Not used: the memory itself is filled.</param>
            /// <exception cref="InvalidOperationException">
            /// The tensor is not contiguous, or not on the CPU.
            /// </exception>
            /// <exception cref="EndOfStreamException">The stream ends too early.</exception>
            public void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
            {
                foreach (var (start, length) in Chunks())
                {
                    stream.ReadExactly(Bytes(start, length));
                }
                GC.KeepAlive(this);
            }

            private IEnumerable<(long Start, int Length)> Chunks()
            {
                if (device_type != DeviceType.CPU || is_sparse || !is_contiguous())
                {
                    throw new InvalidOperationException(
                        $"The elements of a tensor on {device} with strides [{string.Join(", ", stride())}] "
                        + $"do not lie in "
                        + "a row in the machine's memory: use to(CPU) and contiguous() first.");
                }
                var total = NumberOfElements * ElementSize;
                for (long start = 0; start < total; start += Chunk)
                {
                    yield return (start, (int)Math.Min(Chunk, total - start));
                }
            }

            private unsafe Span<byte> Bytes(long start, int length) =>
                new((byte*)DataPointer + start, length);
        }
    }
}
