using System.Runtime.InteropServices;
using TorchSharp.Native;

namespace Torch.Tests.Native;

/// <summary>What goes wrong is answered with what is wrong, and the process lives on.</summary>
public sealed class FaultTests
{
    [Fact]
    public void Libtorchs_message_arrives_with_the_shapes_in_it()
    {
        using var scope = NewDisposeScope();
        Fails("(2x3 and 2x3)", () => ones(2, 3).mm(ones(2, 3)));
        Fails("must match the size of tensor b", () => ones(2, 3) + ones(2, 4));
        Fails("shape '[4]' is invalid for input of size 6", () => ones(2, 3).view(4));
        Fails("Dimension out of range", () => ones(2, 3).sum(5));
        Fails("out of range", () => ones(2, 3)[4]);
        Fails("out of bounds", () => ones(3)[tensor(new long[] { 7 })]);
        Fails("out of bounds", () => ones(3).gather(0, tensor(new long[] { 3 })));
        Fails("Sizes of tensors must match", () => cat([ones(2, 3), ones(2, 4)], 0));
        Fails("singular", () => linalg.inv(zeros(2, 2)));
        Fails("leaf", () => ones(2, requires_grad: true).add_(1));
        Fails("does not require grad", () => ones(1).backward());
        Fails("scalar outputs", () => (ones(2, requires_grad: true) * 2).backward());
        Assert.Equal(3, ones(3).sum().ToDouble());
    }

    [Fact]
    public void A_tensor_that_was_changed_after_it_was_saved_is_noticed()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        var y = x * 1;
        var z = y.square().sum();
        y.add_(1);
        Fails("modified by an inplace operation", () => z.backward());
    }

    [Fact]
    public void An_operator_that_does_not_exist_is_named()
    {
        using var x = ones(1);
        Fails("aten::no_such_operator", () => Op.Call("no_such_operator", x));
        Fails("add", () => Op.Call("add.NoSuchOverload", x, x));
        Fails("", () => Op.Call("add.Tensor", x));
        Fails("", () => Op.Call("add.Tensor", x, "text"));
        Fails("", () => Op.Call("add.Tensor", x, x, 1, 1));
    }

    [Fact]
    public void A_disposed_tensor_is_answered_before_libtorch_sees_it()
    {
        using var alive = ones(2);
        var x = ones(2);
        x.Dispose();
        x.Dispose();
        Assert.True(x.IsInvalid);
        Assert.Equal("disposed tensor", x.ToString());
        Assert.Contains("disposed", Assert.Throws<InvalidOperationException>(() => x.sum()).Message);
        Assert.Throws<InvalidOperationException>(() => alive + x);
        Assert.Throws<InvalidOperationException>(() => cat([alive, x]));
        Assert.Throws<InvalidOperationException>(() => x.shape);
        Assert.Throws<InvalidOperationException>(() => x.data<float>());
        Assert.Throws<InvalidOperationException>(() => x.grad);
    }

    [Fact]
    public void Reading_with_the_wrong_type_names_both_types()
    {
        using var x = ones(2);
        var error = Assert.Throws<InvalidOperationException>(() => x.data<double>());
        Assert.Contains("Float32", error.Message);
        Assert.Contains("to(Float64)", error.Message);
        Assert.Throws<InvalidOperationException>(() => x.sum().item<long>());
        Assert.Throws<ArgumentException>(() => x.data<DateTime>());
        using var whole = ones(2, 2, dtype: int64);
        Fails("not implemented", () => whole.cholesky());
        Fails("floating point", () => whole.requires_grad_());
    }

    [Fact]
    public void One_number_cannot_be_had_from_many()
    {
        using var many = ones(2, 3);
        Assert.Contains("[2, 3]", Assert.Throws<InvalidOperationException>(() => many.item<float>()).Message);
        Fails("", () => many.ToDouble());
        Fails("ambiguous", () => many.is_nonzero());
        using var none = ones([0]);
        Assert.Throws<InvalidOperationException>(() => none.item<float>());
    }

    [Fact]
    public void Elements_beyond_the_end_are_refused()
    {
        using var x = arange(6).reshape(2, 3);
        var elements = x.data<long>();
        Assert.Throws<IndexOutOfRangeException>(() => elements[2, 0]);
        Assert.Throws<IndexOutOfRangeException>(() => elements[0, -1]);
        Assert.Throws<IndexOutOfRangeException>(() => elements[6]);
        Assert.Throws<ArgumentException>(() => elements[0, 0, 0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => x.size(2));
        Assert.Contains("3 dimensions", Assert.Throws<ArgumentException>(() => x[0, 0, 0]).Message);
        Assert.Throws<ArgumentException>(() => tensor(new float[] { 1, 2, 3 }, [2, 2]));
    }

    [Fact]
    public void A_device_that_is_not_there_or_does_not_exist_is_named()
    {
        Assert.Contains("gpu", Assert.Throws<ArgumentException>(() => new torch.Device("gpu")).Message);
        Assert.Throws<ArgumentException>(() => new torch.Device("cuda:x"));
        using var meta = ones([2], device: META);
        Assert.True(meta.is_meta);
        Assert.Contains("meta", Assert.Throws<InvalidOperationException>(() => meta.data<float>()).Message);
        Assert.SkipWhen(cuda.is_available(), "This machine has a CUDA device.");
        using var x = ones(2);
        Assert.ThrowsAny<Exception>(() => x.cuda());
        Assert.Throws<InvalidOperationException>(() => InitializeDeviceType(DeviceType.CUDA));
    }

    [Fact]
    public void Sparse_tensors_are_not_read_in_place()
    {
        using var x = eye(2).to_sparse();
        Assert.Contains("to_dense", Assert.Throws<InvalidOperationException>(() => x.data<float>()).Message);
    }

    [Fact]
    public void A_failure_inside_backward_keeps_its_cause_and_the_next_pass_works()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        for (int round = 0; round < 50; round++)
        {
            var error = Assert.Throws<ExternalException>(() => Failing.apply(x).sum().backward());
            Assert.Contains("shapes cannot be multiplied", error.Message);
            Assert.IsType<ExternalException>(error.InnerException);
            Assert.Contains("0 gradients", Assert.Throws<ExternalException>(() =>
                Empty.apply(x).sum().backward()).Message);
        }
        Assert.Null(Assert.Throws<ExternalException>(() => ones(2, 3).mm(ones(2, 3))).InnerException);
        (x * 3).sum().backward();
        Assert.Equal([3f, 3f], x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void A_thousand_failures_leave_no_tensors_in_the_scope()
    {
        using var scope = NewDisposeScope();
        Tensor a = ones(2, 3), b = ones(2, 3);
        for (int k = 0; k < 1000; k++) Assert.Throws<ExternalException>(() => a.mm(b));
        Assert.Equal(2, scope.DisposablesCount);
    }

    private sealed class Failing : autograd.SingleTensorFunction<Failing>
    {
        public override string Name => nameof(Failing);
        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) =>
            (Tensor)vars[0] * 2;
        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => [ones(2,
            3).mm(ones(2, 3))];
    }

    private sealed class Empty : autograd.SingleTensorFunction<Empty>
    {
        public override string Name => nameof(Empty);
        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars) =>
            (Tensor)vars[0] * 2;
        public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output) => [];
    }

    private static void Fails(string part, Func<object?> action) =>
        Assert.Contains(part, Assert.Throws<ExternalException>(action).Message);

    private static void Fails(string part, Action action) =>
        Assert.Contains(part, Assert.Throws<ExternalException>(action).Message);
}
