using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // A module's file in TorchSharp's format: the number of entries, then each one's name and tensor.
        public partial class Module
        {
            /// <summary>Writes all parameters and buffers to a file in TorchSharp's format.</summary>
            /// <param name="location">The file.</param>
            /// <param name="skip">Names to leave out.</param>
            public Module save(string location, IList<string>? skip = null) =>
                save(File.Create(location), skip);

            /// <summary>
            /// Writes all parameters and buffers in TorchSharp's format, and closes the stream.
            /// </summary>
            public Module save(Stream stream, IList<string>? skip = null)
            {
                using var writer = new BinaryWriter(stream);
                return save(writer, skip);
            }

            /// <summary>Writes all parameters and buffers in TorchSharp's format.</summary>
            public Module save(BinaryWriter writer, IList<string>? skip = null)
            {
                save_state_dict(writer, state_dict(), skip);
                return this;
            }

            /// <summary>Writes named tensors in TorchSharp's format.</summary>
            public static void save_state_dict(
                BinaryWriter writer, Dictionary<string, Tensor> sd, IList<string>? skip = null)
            {
                var entries = sd.Where(entry => skip is null || !skip.Contains(entry.Key)).ToList();
                writer.WriteCount(entries.Count);
                foreach (var (name, tensor) in entries)
                {
                    writer.Write(name);
                    tensor.Save(writer);
                }
            }

            /// <summary>Reads parameters and buffers from a file in TorchSharp's format.</summary>
            /// <param name="location">The file.</param>
            /// <param name="strict">Whether a missing or unexpected name is an error.</param>
            /// <param name="skip">Names to leave alone.</param>
            /// <param name="loadedParameters">
            /// Is told of each name in the file whether the module has it.
            /// </param>
            /// <exception cref="InvalidOperationException">
            /// A shape differs, or, when strict, the names do; the message lists all of them and nothing was
            /// changed.
            /// </exception>
            /// <exception cref="InvalidDataException">
            /// The file is damaged, cut short or in another format.
            /// </exception>
            public virtual Module load(
                string location, bool strict = true, IList<string>? skip = null,
                Dictionary<string, bool>? loadedParameters = null) =>
                load(File.OpenRead(location), strict, skip, loadedParameters);

            /// <summary>Reads parameters and buffers in TorchSharp's format, and closes the stream.</summary>
            /// <inheritdoc cref="load(string, bool, IList{string}?, Dictionary{string, bool}?)"/>
            public Module load(
                Stream stream, bool strict = true, IList<string>? skip = null,
                Dictionary<string, bool>? loadedParameters = null)
            {
                using var reader = new BinaryReader(stream);
                return load(reader, strict, skip, loadedParameters);
            }

            /// <summary>Reads parameters and buffers in TorchSharp's format.</summary>
            /// <inheritdoc cref="load(string, bool, IList{string}?, Dictionary{string, bool}?)"/>
            public virtual Module load(
                BinaryReader reader, bool strict = true, IList<string>? skip = null,
                Dictionary<string, bool>? loadedParameters = null)
            {
                using var scope = NewDisposeScope();
                var own = state_dict();
                var loaded = new Dictionary<string, Tensor>();
                foreach (var (name, tensor) in Entries(reader))
                {
                    if (!loaded.TryAdd(name, tensor))
                    {
                        throw new InvalidDataException($"The file has two tensors named '{name}'.");
                    }
                    loadedParameters?.Add(name, own.ContainsKey(name));
                }
                load_state_dict(loaded, strict, skip);
                return this;
            }

            private static IEnumerable<(string Name, Tensor Tensor)> Entries(BinaryReader reader)
            {
                var count = Whole(reader.ReadCount, "before its number of tensors");
                for (long i = 0; i < count; i++)
                {
                    yield return Whole(
                        () => (reader.ReadString(), TensorExtensionMethods.Load(reader)),
                        $"within tensor {i + 1} of {count}");
                }
            }

            private static T Whole<T>(Func<T> read, string place)
            {
                try
                {
                    return read();
                }
                catch (EndOfStreamException error)
                {
                    throw new InvalidDataException(
                        $"The file ends {place}: it is cut short, or not in TorchSharp's format (.pth and "
                        + $".safetensors files "
                        + "have readers of their own).", error);
                }
            }
        }
    }
}
