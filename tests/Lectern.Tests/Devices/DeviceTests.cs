using Lectern.Training;

namespace Lectern.Tests.Devices;

/// <summary>Every network on other devices: on the meta device, without the kernels that are the CPU's own, and on CUDA.</summary>
public sealed class DeviceTests(ITestOutputHelper output)
{
    /// <summary>What cannot be asked where tensors have no numbers, and why.</summary>
    private static readonly Dictionary<string, string> Excused = new()
    {
        ["FairComparison dgcnn"] = "SortPooling orders nodes by their numbers.",
        ["MaskRcnn"] = "Regions are drawn by labels, thinned by overlap and read level by level; 'MaskRcnn proposals' is what comes before.",
        ["PaNet"] = "As Mask R-CNN; 'PaNet proposals' is what comes before.",
        ["MultiPathNet"] = "RoIPool reads where its regions are.",
    };

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
        var (expected, gradients) = Run(name);
        Kernels.Avoided = true;
        try
        {
            var (actual, others) = Run(name);
            Agree(expected, actual, "the answer");
            foreach (var (parameter, gradient) in gradients) Agree(gradient, others[parameter], parameter);
        }
        finally
        {
            Kernels.Avoided = false;
        }
    }

    [Fact]
    public void What_is_excused_is_few_and_named()
    {
        foreach (var (name, why) in Excused) output.WriteLine($"{name}: {why}");
        Assert.All(Excused.Keys, name => Assert.Contains(name, Models.All.Keys));
        Assert.InRange(Excused.Count, 0, Models.All.Count / 10);
    }

#if LECTERN_BRIDGE
    [Fact]
    public void The_audit_fails_on_a_tensor_of_another_device_and_where_numbers_are_read()
    {
        using var scope = NewDisposeScope();
        var x = ones([2, 3], device: META);
        void Fails(string what, Action act) => Assert.Contains(what, Assert.ThrowsAny<Exception>(() => TorchSharp.Native.MetaAudit.Of(act)).Message);
        Fails("two devices", () => x.mm(ones(3, 2)));
        Fails("two devices", () => cat([x, zeros(1, 3)], 0));
        Fails("no data", () => x.sum().item<float>());
        Fails("reads numbers", () => x.nonzero());
        TorchSharp.Native.MetaAudit.Of(() =>
        {
            Assert.Equal([2L, 3], (x * tensor(2f)).shape);              // a number goes anywhere
            Assert.Equal([1L, 3], x.index_select(0, zeros([1], int64, META)).shape);        // no meta kernel in 1.13
        });
        Assert.Equal([2L, 2], x.mm(ones([3, 2], device: META)).shape);   // and afterwards all is as before
    }
#endif

    [Fact]
    public void A_device_is_chosen_by_name_and_one_that_is_not_there_is_refused()
    {
        Assert.Equal(CPU, Named(null));
        Assert.Equal(CPU, Named("cpu"));
        Assert.Contains("cpu, cuda or cuda:N", Assert.Throws<InvalidOperationException>(() => Named("gpu")).Message);
        Assert.Contains("cuda:N", Assert.Throws<InvalidOperationException>(() => Named("cuda:x")).Message);
        Assert.Equal(cuda.is_available() ? DeviceType.CUDA : DeviceType.CPU, torch.Device.Best.type);
        if (cuda.is_available()) Assert.Equal(CUDA, Named("cuda"));
        else Assert.Contains("sees no CUDA device", Assert.Throws<InvalidOperationException>(() => Named("cuda")).Message);

        var third = new Launch(5, 8, 1, "node", 29500);
        Assert.Equal("cuda:1", Lectern.Training.Devices.Own("cuda", third));
        Assert.Equal("cuda:0", Lectern.Training.Devices.Own("cuda:0", third));           // who names one means it
        Assert.Equal("cuda", Lectern.Training.Devices.Own("cuda", null));
        Assert.Equal("cpu", Lectern.Training.Devices.Own("cpu", third));
        static torch.Device Named(string? name) => Lectern.Training.Devices.Named(name);
    }

    [Theory, InlineData("MessagePassing gcn"), InlineData("OldDogNewTricks transe"), InlineData("DeepMask"), Trait("Category", "CUDA")]
    public void Ten_steps_on_CUDA_have_the_losses_of_ten_on_the_CPU(string name)
    {
        Assert.SkipUnless(cuda.is_available(), "no CUDA device here");
        float[] Losses(torch.Device device)
        {
            using var scope = NewDisposeScope();
            var (model, ask) = Fresh(name);
            model.to(device);
            model.eval();                                               // dropout draws other numbers elsewhere
            using var optimizer = optim.SGD(model.parameters(), 0.01);
            return [.. Enumerable.Range(0, 10).Select(_ =>
            {
                optimizer.zero_grad();
                var loss = ask(device).square().mean();
                loss.backward();
                optimizer.step();
                return loss.item<float>();
            })];
        }
        float[] here = Losses(CPU), there = Losses(CUDA);
        for (int step = 0; step < 10; step++) Assert.Equal(here[step], there[step], 1e-3 * Math.Max(1, Math.Abs(here[step])));
    }

    private static void Agree(Tensor expected, Tensor actual, string what)
    {
        Assert.Equal(expected.shape, actual.shape);
        double most = Math.Max(1, expected.abs().max().item<float>()), off = (expected - actual).abs().max().item<float>();
        Assert.True(off <= 1e-5 * most, $"{what}: {off} of {most}");
    }

    // A new model each time: samplers know how often they were asked.
    private static (Tensor Answer, Dictionary<string, Tensor> Gradients) Run(string name)
    {
        var (model, ask) = Fresh(name);
        model.eval();
        manual_seed(2);
        var answer = ask(CPU);
        answer.to(ScalarType.Float32).square().mean().backward();
        return (answer.detach(), model.named_parameters().Where(p => p.parameter.grad is not null)
            .ToDictionary(p => p.name, p => p.parameter.grad!.clone()));
    }
}
