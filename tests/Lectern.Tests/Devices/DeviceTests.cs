using Lectern.Training;

namespace Lectern.Tests.Devices;

/// <summary>Every network on other devices: on the meta device, without the kernels that are the CPU's own, and on CUDA.</summary>
public sealed class DeviceTests
{
    /// <summary>What cannot be asked where tensors have no numbers, and why.</summary>
    private static readonly Dictionary<string, string> Excused = new();

    public static TheoryData<string> Names => [.. Models.All.Keys];

    private static (nn.Module, Models.Ask) Fresh(string name)
    {
        manual_seed(1);
        return Models.All[name]();
    }

#if LECTERN_BRIDGE
    [Theory, MemberData(nameof(Names))]
    public void No_tensor_is_made_on_a_wrong_device(string name)
    {
        Assert.SkipWhen(Excused.TryGetValue(name, out string? why), why ?? "");
        using var scope = NewDisposeScope();
        var (model, ask) = Fresh(name);
        model.to(META);
        foreach (bool training in (bool[])[true, false])
        {
            model.train(training);
            TorchSharp.Native.MetaAudit.Of(() => Assert.Equal(META, ask(META).device));
        }
    }
#endif

    [Theory, MemberData(nameof(Names))]
    public void What_stands_in_for_the_CPUs_kernels_gives_their_values_and_gradients(string name)
    {
        using var scope = NewDisposeScope();
        var (model, ask) = Fresh(name);
        model.eval();
        var (expected, gradients) = Run(model, ask);
        Kernels.Avoided = true;
        try
        {
            var (actual, others) = Run(model, ask);
            Agree(expected, actual, "the answer");
            foreach (var (parameter, gradient) in gradients) Agree(gradient, others[parameter], parameter);
        }
        finally
        {
            Kernels.Avoided = false;
        }
    }

    private static void Agree(Tensor expected, Tensor actual, string what)
    {
        Assert.Equal(expected.shape, actual.shape);
        double most = Math.Max(1, expected.abs().max().item<float>());
        Assert.True((expected - actual).abs().max().item<float>() <= 1e-5 * most, $"{what}: {(expected - actual).abs().max().item<float>()} of {most}");
    }

    private static (Tensor Answer, Dictionary<string, Tensor> Gradients) Run(nn.Module model, Models.Ask ask)
    {
        manual_seed(2);
        model.zero_grad();
        var answer = ask(CPU);
        answer.to(ScalarType.Float32).square().mean().backward();
        return (answer.detach(), model.named_parameters().Where(p => p.parameter.grad is not null)
            .ToDictionary(p => p.name, p => p.parameter.grad!.clone()));
    }
}
