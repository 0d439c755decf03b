using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.utils.data;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class utils
        {
            public static partial class data
            {
                /// <summary>A loader of samples with names, in a given order.</summary>
                /// <inheritdoc cref="DataLoader{T, S}(Dataset{T}, int, Func{IEnumerable{T}, Device, S}, IEnumerable{long}, Device?, int, bool, bool, bool)"/>
                public static DataLoader DataLoader(
                    Dataset dataset, int batchSize, IEnumerable<long> shuffler, Device? device = null,
                    int num_worker = 1, bool drop_last = false, bool disposeBatch = true,
                    bool disposeDataset = true) =>
                    new(dataset, batchSize, shuffler, device, num_worker, drop_last, disposeBatch,
                        disposeDataset);

                /// <summary>A loader of samples with names, in their own order or shuffled.</summary>
                /// <inheritdoc cref="DataLoader{T, S}(Dataset{T}, int, Func{IEnumerable{T}, Device, S}, bool, Device?, int?, int, bool, bool, bool)"/>
                public static DataLoader DataLoader(
                    Dataset dataset, int batchSize, bool shuffle = false, Device? device = null,
                    int? seed = null,
                    int num_worker = 1, bool drop_last = false, bool disposeBatch = true,
                    bool disposeDataset = true) =>
                    new(dataset, batchSize, shuffle, device, seed, num_worker, drop_last, disposeBatch,
                        disposeDataset);

                /// <summary>A loader of samples that are lists of tensors, in a given order.</summary>
                /// <inheritdoc cref="DataLoader{T, S}(Dataset{T}, int, Func{IEnumerable{T}, Device, S}, IEnumerable{long}, Device?, int, bool, bool, bool)"/>
                public static IterableDataLoader DataLoader(
                    IterableDataset dataset, int batchSize, IEnumerable<long> shuffler, Device? device = null,
                    int num_worker = 1, bool drop_last = false, bool disposeBatch = true,
                    bool disposeDataset = true) =>
                    new(dataset, batchSize, shuffler, device, num_worker, drop_last, disposeBatch,
                        disposeDataset);

                /// <summary>A loader of samples that are lists of tensors, in their own order or shuffled.</summary>
                /// <inheritdoc cref="DataLoader{T, S}(Dataset{T}, int, Func{IEnumerable{T}, Device, S}, bool, Device?, int?, int, bool, bool, bool)"/>
                public static IterableDataLoader DataLoader(
                    IterableDataset dataset, int batchSize, bool shuffle = false, Device? device = null,
                    int? seed = null, int num_worker = 1, bool drop_last = false, bool disposeBatch = true,
                    bool disposeDataset = true) =>
                    new(dataset, batchSize, shuffle, device, seed, num_worker, drop_last, disposeBatch,
                        disposeDataset);
            }
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Stacks samples with names into batches with the same names.</summary>
    public class DataLoader : DataLoader<Dictionary<string, Tensor>, Dictionary<string, Tensor>>
    {
        /// <inheritdoc/>
        public DataLoader(
            Dataset dataset, int batchSize, IEnumerable<long> shuffler, Device? device = null,
            int num_worker = 1,
            bool drop_last = false, bool disposeBatch = true, bool disposeDataset = true)
            : base(dataset, batchSize, Stack, shuffler, device, num_worker, drop_last, disposeBatch,
                disposeDataset)
        {
        }

        /// <inheritdoc/>
        public DataLoader(
            Dataset dataset, int batchSize, bool shuffle = false, Device? device = null, int? seed = null,
            int num_worker = 1, bool drop_last = false, bool disposeBatch = true, bool disposeDataset = true)
            : base(
                dataset, batchSize, Stack, shuffle, device, seed, num_worker, drop_last, disposeBatch,
                disposeDataset)
        {
        }

        private static Dictionary<string, Tensor> Stack(
            IEnumerable<Dictionary<string, Tensor>> samples, Device device) =>
            samples.First().Keys.ToDictionary(
                name => name, name => stack([.. samples.Select(sample => sample[name])]).to(device));
    }

    /// <summary>Stacks samples that are lists of tensors into lists of batches.</summary>
    public class IterableDataLoader : DataLoader<IList<Tensor>, IList<Tensor>>
    {
        /// <inheritdoc/>
        public IterableDataLoader(
            IterableDataset dataset, int batchSize, IEnumerable<long> shuffler, Device? device = null,
            int num_worker = 1, bool drop_last = false, bool disposeBatch = true, bool disposeDataset = true)
            : base(dataset, batchSize, Stack, shuffler, device, num_worker, drop_last, disposeBatch,
                disposeDataset)
        {
        }

        /// <inheritdoc/>
        public IterableDataLoader(
            IterableDataset dataset, int batchSize, bool shuffle = false, Device? device = null,
            int? seed = null,
            int num_worker = 1, bool drop_last = false, bool disposeBatch = true, bool disposeDataset = true)
            : base(
                dataset, batchSize, Stack, shuffle, device, seed, num_worker, drop_last, disposeBatch,
                disposeDataset)
        {
        }

        private protected override IList<Tensor> MakeBatch(long[] indices) =>
            dataset is TensorDataset rows ? rows.Rows(indices, Device) : base.MakeBatch(indices);

        private static IList<Tensor> Stack(IEnumerable<IList<Tensor>> samples, Device device) =>
            [.. samples.First().Select((_, i) => stack([.. samples.Select(sample => sample[i])]).to(device))];
    }
}
