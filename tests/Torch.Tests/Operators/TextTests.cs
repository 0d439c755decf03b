namespace Torch.Tests.Operators;

/// <summary>Tensors and numbers as text.</summary>
public sealed class TextTests
{
    [Fact]
    public void A_tensor_introduces_itself_by_shape_type_and_device()
    {
        using var x = zeros(2, 3);
        Assert.Equal("[2x3], type = Float32, device = cpu", x.ToString());
        Assert.Equal(x.ToString(), x.ToString(TensorStringStyle.Metadata));
        using var number = tensor(1L);
        Assert.Equal("[], type = Int64, device = cpu", number.ToString());
    }

    [Fact]
    public void Its_numbers_stand_in_brackets_one_row_a_line()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new[,] { { 1f, 2.5f }, { -3, 0 } });
        Assert.Equal("[[1.0000, 2.5000],\n [-3.0000, 0.0000]]", x.npstr());
        Assert.Equal("[2x2], type = Float32, device = cpu\n[[1.0000, 2.5000],\n [-3.0000, 0.0000]]", x.str());
        Assert.Equal(x.str(), x.ToString(TensorStringStyle.Default));
        Assert.Equal(x.str(), x.ToString(TensorStringStyle.Julia));
        Assert.Equal(x.str(), x.ToString(TensorStringStyle.CSharp));
        Assert.Equal(x.npstr(), x.ToString(TensorStringStyle.Numpy));
        Assert.Equal("[[1.0, 2.5],\n [-3.0, 0.0]]", x.npstr("0.0"));
        Assert.Equal("[[[0, 1]],\n\n [[2, 3]]]", arange(4).reshape(2, 1, 2).npstr());
        Assert.Equal("2.5000", tensor(2.5f).npstr());
        Assert.Equal("[]", zeros([0]).npstr());
        Assert.Equal("[true, false]", tensor(new[] { true, false }).npstr());
        Assert.Equal("[1.5000]", tensor(new[] { 1.5f }, bfloat16).npstr());
    }

    [Fact]
    public void Numbers_far_from_one_are_written_with_powers_of_ten()
    {
        using var scope = NewDisposeScope();
        Assert.Equal("[1.0000e+06, 2.0000e+00]", tensor(new[] { 1e6, 2 }).npstr());
        Assert.Equal("[1.0000e-05]", tensor(new[] { 1e-5 }).npstr());
        Assert.Equal("[NaN, Infinity, 1.0000]", tensor(new[] { double.NaN, double.PositiveInfinity,
            1 }).npstr());
    }

    [Fact]
    public void Long_dimensions_are_cut_in_the_middle()
    {
        using var scope = NewDisposeScope();
        Assert.Equal("[0, 1, 2, ..., 197, 198, 199]", arange(200).npstr());
        Assert.Equal(8, arange(2000).reshape(200, 10).npstr().Split('\n').Length - 1 + 2);
        Assert.Equal("[0, 1, 2, 3, 4, 5, 6, 7, 8]", arange(9).npstr());
    }

    [Fact]
    public void Sparse_tensors_tensors_with_gradients_and_disposed_ones_have_a_text_too()
    {
        using var scope = NewDisposeScope();
        Assert.Equal("[[1.0000, 0.0000],\n [0.0000, 1.0000]]", eye(2).to_sparse().npstr());
        var x = ones(1, requires_grad: true);
        Assert.Equal("[2.0000]", (x * 2).npstr());
        x.Dispose();
        Assert.Equal("disposed tensor", x.str());
    }

    [Fact]
    public void Text_leaves_no_tensors_behind()
    {
        using var scope = NewDisposeScope();
        var x = rand(5, 5);
        _ = x.str();
        Assert.Equal(1, scope.DisposablesCount);
    }
}
