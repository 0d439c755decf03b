using TorchSharp.Modules;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class utils
        {
            /// <summary>Data sets and loaders that cut them into batches.</summary>
            public static partial class data
            {
                /// <summary>Samples by number.</summary>
                /// <typeparam name="T">A sample.</typeparam>
                public abstract class Dataset<T> : IDisposable
                {
                    /// <summary>How many samples there are.</summary>
                    public abstract long Count { get; }

                    /// <summary>One sample; the loader disposes its tensors once the batch is made.</summary>
                    /// <param name="index">From 0 to <see cref="Count"/> − 1.</param>
                    public abstract T GetTensor(long index);

                    /// <summary>Releases what the data set holds.</summary>
                    public void Dispose()
                    {
                        Dispose(true);
                        GC.SuppressFinalize(this);
                    }

                    /// <summary>Releases what the data set holds.</summary>
                    protected virtual void Dispose(bool disposing)
                    {
                    }
                }

                /// <summary>A data set whose samples are tensors with names.</summary>
                public abstract class Dataset : Dataset<Dictionary<string, Tensor>>;

                /// <summary>A data set whose samples are tensors in an order.</summary>
                public abstract class IterableDataset : Dataset<IList<Tensor>>;

                /// <summary>A data set of the rows of tensors: sample i is row i of each.</summary>
                /// <param name="tensors">Tensors of the same first size.</param>
                public static TensorDataset TensorDataset(params Tensor[] tensors) => new(tensors);
            }
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>The rows of tensors: sample i is row i of each.</summary>
    public sealed class TensorDataset : torch.utils.data.IterableDataset
    {
        private readonly torch.Tensor[] tensors;

        internal TensorDataset(torch.Tensor[] tensors)
        {
            if (tensors.Length == 0 || tensors.Any(tensor => tensor.dim() == 0
                || tensor.shape[0] != tensors[0].shape[0]))
            {
                throw new ArgumentException(
                    "TensorDataset needs tensors of the same first size; they have the shapes "
                    + $"{string.Join(", ", tensors.Select(tensor => $"[{string.Join(", ", tensor.shape)}]"))}.");
            }
            this.tensors = [.. tensors.Select(tensor => tensor.alias().DetachFromDisposeScope())];
        }

        /// <inheritdoc/>
        public override long Count => tensors[0].shape[0];

        /// <summary>Row <paramref name="index"/> of each tensor.</summary>
        public IList<torch.Tensor> this[long index] => [.. tensors.Select(tensor => tensor[index])];

        /// <inheritdoc/>
        public override IList<torch.Tensor> GetTensor(long index) => this[index];

        /// <summary>Several rows of each tensor, in one operation a tensor.</summary>
        internal IList<torch.Tensor> Rows(long[] indices, torch.Device device)
        {
            var rows = torch.tensor(indices);
            return [.. tensors.Select(tensor => tensor.index_select(0, rows.to(tensor.device)).to(device))];
        }

        /// <inheritdoc/>
        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                Array.ForEach(tensors, tensor => tensor.Dispose());
            }
        }
    }
}
