using static TorchSharp.torch.utils.data;

namespace Torch.Tests.Data;

public sealed class DataLoaderTests
{
    [Theory]
    [InlineData(false, new[] { 4L, 4, 2 })]
    [InlineData(true, new[] { 4L, 4 })]
    public void Batches_are_full_but_for_the_last_which_may_be_dropped(bool drop, long[] sizes)
    {
        using var scope = NewDisposeScope();
        using var loader = DataLoader(Ten(), 4, drop_last: drop);
        Assert.Equal(sizes.Length, loader.Count);
        Assert.Equal(sizes, loader.Select(batch => batch[0].shape[0]).ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Samples_with_names_are_stacked_under_their_names_in_order(int workers)
    {
        using var scope = NewDisposeScope();
        using var loader = DataLoader(new Squares(), 3, num_worker: workers);
        var seen = new List<float>();
        foreach (var batch in loader)
        {
            Assert.Equal([batch["x"].shape[0], 2], batch["x"].shape);
            seen.AddRange(batch["y"].data<float>().ToArray());
        }
        Assert.Equal([0f, 1, 4, 9, 16, 25, 36], seen);
    }

    [Fact]
    public void A_shuffled_epoch_has_every_sample_once_and_a_seed_settles_its_order()
    {
        using var scope = NewDisposeScope();
        long[] Epoch(int seed)
        {
            using var loader = DataLoader(Ten(), 3, shuffle: true, seed: seed);
            return [.. loader.SelectMany(batch => batch[1].data<long>().ToArray())];
        }
        var first = Epoch(7);
        Assert.Equal(first, Epoch(7));
        Assert.NotEqual(first, Epoch(8));
        Assert.NotEqual(first.Order(), first);
        Assert.Equal([0L, 1, 2, 3, 4, 5, 6, 7, 8, 9], first.Order());
    }

    [Fact]
    public void Rows_of_several_tensors_stay_together()
    {
        using var scope = NewDisposeScope();
        using var loader = DataLoader(Ten(), 4, shuffle: true);
        foreach (var batch in loader)
        {
            Assert.Equal(batch[1].data<long>().ToArray().Select(i => 2f * i),
                batch[0].select(1, 0).data<float>().ToArray());
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_batch_ends_with_the_next_one_unless_it_is_to_be_kept(bool dispose)
    {
        using var scope = NewDisposeScope();
        using var loader = DataLoader(Ten(), 4, disposeBatch: dispose);
        var batches = loader.ToList();
        Assert.All(batches, batch => Assert.Equal(dispose, batch[0].IsInvalid));
        batches.ForEach(batch => batch.ToList().ForEach(tensor => tensor.Dispose()));
    }

    [Fact]
    public void Tensors_of_different_first_size_make_no_data_set()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ArgumentException>(() => TensorDataset(ones(3, 2), ones(4)));
        Assert.Contains("[3, 2], [4]", error.Message);
    }

    private static TorchSharp.Modules.TensorDataset Ten()
    {
        using var scope = NewDisposeScope();
        var rows = arange(10);
        return TensorDataset(rows.to(float32).mul(2).unsqueeze(1), rows);
    }

    private sealed class Squares : Dataset
    {
        public override long Count => 7;

        public override Dictionary<string, Tensor> GetTensor(long index) =>
            new() { ["x"] = tensor(new float[] { index, 1 }), ["y"] = tensor((float)(index * index)) };
    }
}
