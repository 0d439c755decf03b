namespace Torch.Tests.Core;

/// <summary>Sources of random numbers and their states.</summary>
public sealed class GeneratorTests
{
    [Fact]
    public void A_state_that_is_put_back_gives_the_same_numbers_again()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        rand(3);
        var state = get_rng_state();
        var first = randn(5);
        set_rng_state(state);
        var again = randn(5);
        torch.random.set_rng_state(state);
        Assert.True(first.allclose(again) && first.allclose(randn(5)));
        Assert.True(torch.random.get_rng_state().numel() > 0);
    }

    [Fact]
    public void A_generator_of_ones_own_leaves_the_processs_alone()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        var expected = rand(4);
        manual_seed(3);
        using var own = new Generator(9);
        var other = rand(4, generator: own);
        Assert.True(rand(4).allclose(expected));
        Assert.False(other.allclose(expected));
        own.set_state(new Generator(9).get_state());
        Assert.True(rand(4, generator: own).allclose(other));
        Assert.True(rand(4, generator: own.manual_seed(9)).allclose(other));
    }

    [Fact]
    public void Seeds_can_be_asked_for()
    {
        Assert.Equal(21, manual_seed(21).initial_seed());
        Assert.Equal(21, torch.random.initial_seed());
        Assert.Equal(22, torch.random.manual_seed(22).initial_seed());
        Assert.Equal(torch.random.seed(), Generator.Default.initial_seed());
        using var own = new Generator(9);
        Assert.Equal(9, own.initial_seed());
        Assert.Equal(own.seed(), own.initial_seed());
        Assert.Equal(DeviceType.CPU, own.device.type);
        own.Dispose();
        Assert.Throws<ObjectDisposedException>(() => own.Handle);
    }

    [Fact]
    public void The_number_of_threads_can_be_set()
    {
        int before = get_num_threads();
        set_num_threads(2);
        Assert.Equal(2, get_num_threads());
        set_num_threads(before);
        Assert.Equal(before, get_num_threads());
        Assert.True(get_num_interop_threads() > 0);
    }

    [Fact]
    public void The_default_element_type_rules_what_has_none()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(float32, get_default_dtype());
        try
        {
            set_default_dtype(float64);
            Assert.Equal(float64, zeros(1).dtype);
            Assert.Equal(float64, rand(1).dtype);
            Assert.Equal(float64, linspace(0, 1, 2).dtype);
            Assert.Equal(float64, arange(1.0).dtype);
            Assert.Equal(float32, tensor(new float[] { 1 }).dtype);
        }
        finally
        {
            set_default_dtype(float32);
        }
        Assert.Throws<ArgumentException>(() => set_default_dtype(int64));
        Assert.Equal(float32, zeros(1).dtype);
    }
}
