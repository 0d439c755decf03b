using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Lectern.Training;

/// <summary>Items that are made ahead, while the last ones are in use.</summary>
public static class Prefetch
{
    /// <summary>The same items in the same order, made by a thread of their own that keeps a few ready. Its errors come out where
    /// the item would have; when the reader leaves or <see cref="Interrupt"/> wishes it, the thread ends and what is ready is disposed of.</summary>
    /// <remarks>Enumerated by one reader. The items' tensors must be in no dispose scope: scopes belong to threads.</remarks>
    /// <param name="items">What is made; it must not share what the reader changes.</param>
    /// <param name="count">Items ready at most; 0: no thread, the reader makes them.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public static IEnumerable<T> Ahead<T>(this IEnumerable<T> items, int count) where T : IDisposable
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return count == 0 ? items : Made(items, count);
    }

    private static IEnumerable<T> Made<T>(IEnumerable<T> items, int count) where T : IDisposable
    {
        using var ready = new BlockingCollection<T>(count);
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Interrupt.Token);
        var leave = leaving.Token;
        ExceptionDispatchInfo? error = null;
        var maker = new Thread(Make) { IsBackground = true, Name = "prefetch" };
        maker.Start();
        try
        {
            while (ready.TryTake(out var item, Timeout.Infinite, leave)) yield return item;
            error?.Throw();
        }
        finally
        {
            leaving.Cancel();
            maker.Join();
            while (ready.TryTake(out var item)) item.Dispose();
        }

        void Make()
        {
            try
            {
                foreach (var item in items)
                {
                    try
                    {
                        ready.Add(item, leave);
                    }
                    catch (OperationCanceledException)
                    {
                        item.Dispose();
                        return;
                    }
                }
            }
            catch (Exception failure)
            {
                error = ExceptionDispatchInfo.Capture(failure);
            }
            finally
            {
                ready.CompleteAdding();
            }
        }
    }
}
