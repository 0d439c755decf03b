using Lectern.Training;

namespace Lectern.Tests.Training;

/// <summary>Items made ahead by a thread of their own.</summary>
public sealed class PrefetchTests
{
    private sealed class Item(int number, List<int> freed) : IDisposable
    {
        internal int Number => number;

        public void Dispose()
        {
            lock (freed) freed.Add(number);
        }
    }

    private static IEnumerable<Item> Items(int count, List<int> made, List<int> freed)
    {
        for (int i = 0; i < count; i++)
        {
            lock (made) made.Add(i);
            yield return new Item(i, freed);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void They_come_in_their_order_whatever_is_made_ahead(int ahead)
    {
        int[] numbers = [.. Items(50, [], []).Ahead(ahead).Select(item => item.Number)];
        Assert.Equal(Enumerable.Range(0, 50), numbers);
    }

    [Fact]
    public void No_more_are_made_than_may_be_ready_and_whoever_leaves_frees_the_rest()
    {
        List<int> made = [], freed = [];
        using (var items = Items(1000, made, freed).Ahead(2).GetEnumerator())
        {
            for (int i = 0; i < 10; i++) Assert.True(items.MoveNext());
            // Ten are taken, two are ready, one waits for room.
            lock (made) Assert.InRange(made.Count, 10, 13);
        }
        Assert.InRange(made.Count, 10, 13);
        Assert.Equal(made.Skip(10), freed.Order());
    }

    [Fact]
    public void An_error_comes_out_where_its_item_would_have()
    {
        IEnumerable<Item> Failing()
        {
            foreach (var item in Items(3, [], [])) yield return item;
            throw new InvalidDataException("the fourth");
        }
        var seen = new List<int>();
        var error = Assert.Throws<InvalidDataException>(() =>
        {
            foreach (var item in Failing().Ahead(2)) seen.Add(item.Number);
        });
        Assert.Equal(("the fourth", 3), (error.Message, seen.Count));
        Assert.Throws<ArgumentOutOfRangeException>(() => Failing().Ahead(-1));
    }

    [Fact]
    public void An_interrupt_ends_the_reader_that_waits_and_the_thread()
    {
        using var stop = new CancellationTokenSource();
        using var never = new ManualResetEventSlim();
        var freed = new List<int>();
        IEnumerable<Item> Stuck()
        {
            yield return new Item(0, freed);
            stop.Cancel();
            never.Wait(stop.Token);
        }
        using (Interrupt.Use(stop.Token))
            Assert.ThrowsAny<OperationCanceledException>(() =>
            {
                foreach (var item in Stuck().Ahead(1)) item.Dispose();
            });
        Assert.Equal([0], freed);
    }
}
