using System.Runtime.InteropServices;

namespace Torch.Tests.Core;

/// <summary>The core of the engine: making, reading, indexing and differentiating tensors.</summary>
public sealed class TensorTests
{
    [Fact]
    public void Numbers_go_in_and_come_out_in_row_major_order()
    {
        using var x = tensor(new float[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Assert.Equal([2L, 3L], x.shape);
        Assert.Equal(ScalarType.Float32, x.dtype);
        Assert.Equal([1f, 4, 2, 5, 3, 6], x.t().data<float>().ToArray());
        Assert.Equal(6f, x[1, 2].item<float>());
        Assert.Equal(21.0, x.sum().ToDouble());
    }

    [Fact]
    public void Indexing_agrees_with_the_definition_on_a_cube()
    {
        using var scope = NewDisposeScope();
        var x = arange(24).reshape(2, 3, 4);
        Assert.Equal([12L, 16, 20], x[1, TensorIndex.Colon, 0].data<long>().ToArray());
        Assert.Equal([1L, 5, 9, 13, 17, 21], x[TensorIndex.Ellipsis, 1].flatten().data<long>().ToArray());
        Assert.Equal([2L, 3L], x[.., .., 3].shape);
        Assert.Equal([2L, 1L, 2L, 4L], x[.., TensorIndex.None, 1..3].shape);
        Assert.Equal([4L, 0], x[0, tensor(new long[] { 1, 0 }), 0].data<long>().ToArray());
        Assert.Equal([20L, 21, 22, 23], x[^1, ^1].data<long>().ToArray());
        var mask = x[0] > 9;
        Assert.Equal([10L, 11], x[0][mask].data<long>().ToArray());
        Assert.Equal([0L, 2, 4, 6, 8, 10], x[0].flatten()[TensorIndex.Slice(0, null, 2)].data<long>().ToArray());
    }

    [Fact]
    public void Assignment_writes_into_views_masks_and_listed_places()
    {
        using var scope = NewDisposeScope();
        var x = zeros(3, 3);
        x[1] = ones(3);
        x[.., 0] = tensor(5f);
        x[tensor(new long[] { 0, 2 }), tensor(new long[] { 2, 2 })] = tensor(new float[] { 7, 8 });
        Assert.Equal([5f, 0, 7, 5, 1, 1, 5, 0, 8], x.data<float>().ToArray());
        x[x > 4] = tensor(-1f);
        Assert.Equal([-1f, 0, -1, -1, 1, 1, -1, 0, -1], x.data<float>().ToArray());
    }

    [Fact]
    public void A_failing_operator_throws_libtorchs_message_and_the_process_lives_on()
    {
        using var a = ones(2, 3);
        using var b = ones(2, 3);
        var error = Assert.Throws<ExternalException>(() => a.mm(b));
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied", error.Message);
        Assert.Equal(6, a.sum().item<float>());
    }

    [Fact]
    public void The_gradient_of_a_quadratic_form_is_its_closed_form()
    {
        using var scope = NewDisposeScope();
        var a = randn(5, 5, dtype: float64);
        var x = randn(5, dtype: float64, requires_grad: true);
        x.dot(a.mv(x)).backward();
        var expected = (a + a.t()).mv(x);
        Assert.True(x.grad!.allclose(expected, 1e-12, 1e-12));
    }

    [Fact]
    public void A_tensor_leaves_its_scope_only_by_name()
    {
        Tensor kept, lost;
        using (NewDisposeScope())
        {
            lost = ones(2);
            kept = (lost * 2).MoveToOuterDisposeScope();
        }
        Assert.True(lost.IsInvalid);
        Assert.Equal(4, kept.sum().item<float>());
        Assert.Throws<InvalidOperationException>(() => lost.sum());
    }

    [Fact]
    public void The_same_seed_gives_the_same_numbers()
    {
        manual_seed(3);
        using var a = randn(4);
        manual_seed(3);
        using var b = randn(4);
        Assert.Equal(a.data<float>().ToArray(), b.data<float>().ToArray());
    }
}
