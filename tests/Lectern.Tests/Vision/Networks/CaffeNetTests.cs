using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class CaffeNetTests
{
    [Fact]
    public void Parameters_are_those_of_the_published_model()
    {
        using var network = new CaffeNet();
        var shapes = network.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.shape);
        Assert.Equal(14, shapes.Count);
        foreach (var (name, shape) in new (string, long[])[]
        {
            ("conv1", [96, 3, 11, 11]), ("conv2", [256, 48, 5, 5]), ("conv3", [384, 256, 3, 3]),
            ("conv4", [384, 192, 3, 3]), ("conv5", [256, 192, 3, 3]), ("fc6", [4096, 9216]), ("fc7", [4096, 4096]),
        })
        {
            Assert.Equal(shape, shapes[name + ".weight"]);
            Assert.Equal([shape[0]], shapes[name + ".bias"]);
        }
        network.eval();
        using var none = no_grad();
        Assert.Equal([1, 4096], network.call(zeros(1, 3, 227, 227)).shape);
    }

    [Fact]
    public void A_small_network_of_the_same_parts_gives_what_torch_gives()
    {
        var fixture = Fixture.Load("caffenet.pth");
        using var network = Formula.Weigh(new CaffeNet(new CaffeLayout
        {
            Side = 43, Hidden = [16, 10],
            Layers = [new(8, 5, 2, Pool: true, Normalise: true), new(12, 3, 1, 1, 2, true, true), new(8, 3, 1, 1, 2)],
        }));
        network.eval();
        var crop = (400 * Formula.Picture("crop", 43, 43) - 200).unsqueeze(0).requires_grad_();
        var output = network.call(crop);
        double largest = fixture.Tensor("output").max().item<float>();
        Assert.True(largest > 1);
        Fixture.Agree(fixture.Tensor("output"), output.detach(), 1e-5 * largest, "the output");
        output.sum().backward();
        var some = crop.grad![TensorIndex.Colon, TensorIndex.Colon, TensorIndex.Slice(0, null, 3),
            TensorIndex.Slice(0, null, 3)];
        Fixture.Agree(fixture.Tensor("gradient"), some, 1e-5, "the gradient");
    }

    [Fact]
    public void Response_normalisation_and_its_gradient_are_torchs()
    {
        var fixture = Fixture.Load("caffenet.pth");
        var x = (60 * Formula.Picture("normalised", 21, 12) - 30).reshape(2, 9, 6, 7).detach().requires_grad_();
        var y = CaffeNet.Normalised(x, alpha: 1e-2);
        Fixture.Agree(fixture.Tensor("normalised"), y.detach(), 1e-4, "the output");
        (y * Formula.Picture("weights", 21, 12).reshape(2, 9, 6, 7)).sum().backward();
        Fixture.Agree(fixture.Tensor("normalised gradient"), x.grad!, 1e-5, "the gradient");
        // By the definition, at a channel whose window is cut.
        float[] at = [.. x.detach()[0, TensorIndex.Colon, 2, 3].data<float>()];
        double squares = at[0] * at[0] + at[1] * at[1] + at[2] * at[2] + at[3] * at[3];
        Assert.Equal(at[1] / Math.Pow(1 + 1e-2 / 5 * squares, 0.75), y[0, 1, 2, 3].item<float>(), 1e-4);
    }
}
