using System.Collections;
using static TorchSharp.torch;
using static TorchSharp.torch.utils.data;

namespace TorchSharp.Modules;

/// <summary>Cuts a data set into batches; each enumeration is one epoch.</summary>
/// <typeparam name="T">A sample.</typeparam>
/// <typeparam name="S">A batch.</typeparam>
public class DataLoader<T, S> : IEnumerable<S>, IDisposable
{
    /// <summary>A loader that takes samples in a given order.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="batchSize">How many samples make a batch.</param>
    /// <param name="collate_fn">Makes a batch of samples, on a device.</param>
    /// <param name="shuffler">The numbers of the samples, enumerated anew each epoch.</param>
    /// <param name="device">Where batches go; the CPU if none is named.</param>
    /// <param name="num_worker">How many threads read samples.</param>
    /// <param name="drop_last">Whether a last batch that is not full is left out.</param>
    /// <param name="disposeBatch">Whether a batch is disposed when the next one is asked for.</param>
    /// <param name="disposeDataset">Whether the data set is disposed with the loader.</param>
    public DataLoader(
        Dataset<T> dataset, int batchSize, Func<IEnumerable<T>, Device, S> collate_fn,
        IEnumerable<long> shuffler,
        Device? device = null, int num_worker = 1, bool drop_last = false, bool disposeBatch = true,
        bool disposeDataset = true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        (this.dataset, batch_size, this.collate_fn, sampler) = (dataset, batchSize, collate_fn, shuffler);
        (Device, num_workers, this.drop_last) = (device ?? CPU, Math.Max(num_worker, 1), drop_last);
        (DisposeBatch, DisposeDataset) = (disposeBatch, disposeDataset);
    }

    /// <summary>A loader that takes samples in their own order, or shuffled.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="batchSize">How many samples make a batch.</param>
    /// <param name="collate_fn">Makes a batch of samples, on a device.</param>
    /// <param name="shuffle">Whether the order is random.</param>
    /// <param name="device">Where batches go; the CPU if none is named.</param>
    /// <param name="seed">Settles the order, the same one each epoch; without it each epoch has its own.</param>
    /// <param name="num_worker">How many threads read samples.</param>
    /// <param name="drop_last">Whether a last batch that is not full is left out.</param>
    /// <param name="disposeBatch">Whether a batch is disposed when the next one is asked for.</param>
    /// <param name="disposeDataset">Whether the data set is disposed with the loader.</param>
    public DataLoader(
        Dataset<T> dataset, int batchSize, Func<IEnumerable<T>, Device, S> collate_fn, bool shuffle = false,
        Device? device = null, int? seed = null, int num_worker = 1, bool drop_last = false,
        bool disposeBatch = true, bool disposeDataset = true)
        : this(
            dataset, batchSize, collate_fn, Order(dataset, shuffle, seed), device, num_worker, drop_last,
            disposeBatch, disposeDataset)
    {
    }

    /// <summary>The samples.</summary>
    public Dataset<T> dataset { get; }

    /// <summary>How many samples make a batch.</summary>
    public int batch_size { get; }

    /// <summary>Whether a last batch that is not full is left out.</summary>
    public bool drop_last { get; }

    /// <summary>The numbers of the samples, in order.</summary>
    public IEnumerable<long> sampler { get; }

    /// <summary>How many threads read samples.</summary>
    public int num_workers { get; }

    /// <summary>Makes a batch of samples.</summary>
    public Func<IEnumerable<T>, Device, S> collate_fn { get; }

    /// <summary>Where batches go.</summary>
    public Device Device { get; }

    /// <summary>Whether a batch is disposed when the next one is asked for.</summary>
    public bool DisposeBatch { get; }

    /// <summary>Whether the data set is disposed with the loader.</summary>
    public bool DisposeDataset { get; }

    /// <summary>How many batches an epoch has.</summary>
    public long Count =>
        drop_last ? dataset.Count / batch_size : (dataset.Count + batch_size - 1) / batch_size;

    /// <summary>Starts an epoch.</summary>
    public IEnumerator<S> GetEnumerator()
    {
        foreach (var indices in sampler.Chunk(batch_size))
        {
            if (drop_last && indices.Length < batch_size)
            {
                yield break;
            }
            var (batch, owned) = Owned(() => MakeBatch(indices));
            try
            {
                yield return batch;
            }
            finally
            {
                if (DisposeBatch)
                {
                    DisposeAll(owned);
                }
            }
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Disposes the data set, unless the loader was told otherwise.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Disposes the data set, unless the loader was told otherwise.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing && DisposeDataset)
        {
            dataset.Dispose();
        }
    }

    /// <summary>Reads samples and makes a batch of them.</summary>
    private protected virtual S MakeBatch(long[] indices)
    {
        var samples = new (T Sample, IDisposable[] Owned)[indices.Length];
        void Read(int i) => samples[i] = Owned(() => dataset.GetTensor(indices[i]));
        if (num_workers == 1)
        {
            for (var i = 0; i < indices.Length; i++)
            {
                Read(i);
            }
        }
        else
        {
            Parallel.For(0, indices.Length, new ParallelOptions { MaxDegreeOfParallelism = num_workers },
                Read);
        }
        var batch = collate_fn(samples.Select(sample => sample.Sample), Device);
        foreach (var (_, owned) in samples)
        {
            DisposeAll(owned);
        }
        return batch;
    }

    // What is made inside belongs to no scope afterwards: the caller disposes it when its time comes.
    private static (TResult, IDisposable[]) Owned<TResult>(Func<TResult> make)
    {
        using var scope = NewDisposeScope();
        var made = make();
        IDisposable[] owned = [.. scope.DisposablesView];
        scope.Detach(owned);
        return (made, owned);
    }

    private static void DisposeAll(IDisposable[] owned) =>
        Array.ForEach(owned, disposable => disposable.Dispose());

    private static IEnumerable<long> Order(Dataset<T> dataset, bool shuffle, int? seed)
    {
        var order = new long[dataset.Count];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }
        if (shuffle)
        {
            (seed is { } number ? new Random(number) : Random.Shared).Shuffle(order);
        }
        foreach (var index in order)
        {
            yield return index;
        }
    }
}
