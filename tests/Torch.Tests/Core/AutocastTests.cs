using System.Runtime.InteropServices;

namespace Torch.Tests.Core;

/// <summary>Mixed precision: what it converts, where it ends, and on which devices it is.</summary>
public sealed class AutocastTests
{
    [Fact]
    public void Products_are_in_the_type_asked_for_losses_in_single_and_afterwards_all_is_as_before()
    {
        using var scope = NewDisposeScope();
        var (x, w) = (randn(4, 8), randn(8, 3, requires_grad: true));
        Assert.Equal(ScalarType.Float32, x.mm(w).dtype);
        using (autocast(DeviceType.CPU))
        {
            var y = x.mm(w);
            Assert.Equal(ScalarType.BFloat16, y.dtype);
            Assert.Equal(ScalarType.Float32, nn.functional.mse_loss(y, zeros(4, 3)).dtype);
            using (autocast(DeviceType.CPU, enabled: false)) Assert.Equal(ScalarType.Float32, x.mm(w).dtype);
            Assert.Equal(ScalarType.BFloat16, x.mm(w).dtype);
            y.to(ScalarType.Float32).sum().backward();
            Assert.Equal(ScalarType.Float32, w.grad!.dtype);
        }
        Assert.Equal(ScalarType.Float32, x.mm(w).dtype);
    }

    [Fact]
    public void A_product_in_bfloat16_is_the_product_to_eight_bits()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (x, w) = (rand(4, 8), rand(8, 3));
        using var mixed = autocast(DeviceType.CPU, ScalarType.BFloat16);
        double off = (x.mm(w).to(ScalarType.Float32) / x.to(ScalarType.Float64).mm(w.to(ScalarType.Float64)) - 1).abs().max().ToDouble();
        Assert.InRange(off, 1e-6, 1.0 / 64);
    }

    [Fact]
    public void Other_devices_have_none() =>
        Assert.Contains("cpu and cuda", Assert.Throws<ExternalException>(() => autocast(DeviceType.META)).Message);
}
