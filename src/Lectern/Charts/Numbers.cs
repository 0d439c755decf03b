namespace Lectern.Charts;

/// <summary>Tensors as the numbers that charts and tables are made of.</summary>
internal static class Numbers
{
    /// <summary>All values, row by row.</summary>
    public static double[] Of(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        using var scope = NewDisposeScope();
        return tensor.detach().to(float64).cpu().contiguous().data<double>().ToArray();
    }

    /// <summary>A matrix [rows, columns]; a vector is one row.</summary>
    /// <exception cref="ArgumentException">The tensor has more than two dimensions.</exception>
    public static double[,] Matrix(Tensor tensor, string name)
    {
        ArgumentNullException.ThrowIfNull(tensor, name);
        if (tensor.dim() > 2)
            throw new ArgumentException(
                $"A matrix is needed, not the shape [{string.Join(", ", tensor.shape)}].", name);
        var columns = tensor.dim() == 0 ? 1 : (int)tensor.shape[^1];
        var values = Of(tensor);
        var matrix = new double[columns == 0 ? 0 : values.Length / columns, columns];
        Buffer.BlockCopy(values, 0, matrix, 0, values.Length * sizeof(double));
        return matrix;
    }
}
