using Lectern.Training;

namespace Lectern.Graphs;

/// <summary>
/// A sparse matrix by rows: row i has the entries RowPointers[i] … RowPointers[i + 1] - 1, each with a column and, unless
/// all are one, a value. It holds adjacencies (row = target, column = source), sparse features and pooling maps alike.
/// </summary>
/// <remarks>The structure lives in C#, the values in a tensor, which may require gradients.</remarks>
public sealed class SparseMatrix
{
    private readonly Derived derived;

    private SparseMatrix(int rows, int columns, int[] rowPointers, int[] columnIndices, Tensor? values, Derived derived)
    {
        (Rows, Columns, RowPointers, ColumnIndices, Values, this.derived) = (rows, columns, rowPointers, columnIndices, values, derived);
    }

    /// <summary>What is worked out once for a structure, and shared by all matrices that have it.</summary>
    private sealed class Derived
    {
        internal (SparseMatrix Matrix, int[] Order)? Transposed;
        internal (Tensor Rows, Tensor Columns)? Indices;
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; }

    /// <summary>Number of entries.</summary>
    public int Entries => ColumnIndices.Length;

    /// <summary>Where each row's entries begin, and where the last one's end: [Rows + 1].</summary>
    public int[] RowPointers { get; }

    /// <summary>The column of each entry: [Entries].</summary>
    public int[] ColumnIndices { get; }

    /// <summary>The value of each entry: [Entries]; null if all are one.</summary>
    public Tensor? Values { get; }

    /// <summary>A matrix from compressed rows. The arrays are taken over, not copied.</summary>
    /// <exception cref="ArgumentException">The arrays do not fit together, or an entry lies outside the matrix.</exception>
    public static SparseMatrix FromRows(int rows, int columns, int[] rowPointers, int[] columnIndices, float[]? values = null)
    {
        if (rowPointers.Length != rows + 1 || rowPointers[0] != 0 || rowPointers[rows] != columnIndices.Length)
            throw new ArgumentException(
                $"{rows} rows want {rows + 1} row pointers from 0 to the {columnIndices.Length} entries; given were {rowPointers.Length}.", nameof(rowPointers));
        for (int row = 0; row < rows; row++)
            if (rowPointers[row] > rowPointers[row + 1])
                throw new ArgumentException($"The row pointers fall after row {row}; they must not.", nameof(rowPointers));
        foreach (int column in columnIndices)
            if ((uint)column >= (uint)columns)
                throw new ArgumentException($"An entry names column {column} of a matrix with columns 0 to {columns - 1}.", nameof(columnIndices));
        if (values is not null && values.Length != columnIndices.Length)
            throw new ArgumentException($"{columnIndices.Length} entries want as many values; given were {values.Length}.", nameof(values));
        return new SparseMatrix(rows, columns, rowPointers, columnIndices, values is null ? null : tensor(values).DetachFromDisposeScope(), new Derived());
    }

    /// <summary>A matrix from its entries in any order; entries of a row keep their order. Cost O(entries + rows).</summary>
    /// <param name="rows">Number of rows.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="rowIndices">Row of each entry.</param>
    /// <param name="columnIndices">Column of each entry.</param>
    /// <param name="order">Where each entry of the result stood in the input.</param>
    /// <exception cref="ArgumentException">An entry lies outside the matrix.</exception>
    public static SparseMatrix FromEntries(int rows, int columns, ReadOnlySpan<int> rowIndices, ReadOnlySpan<int> columnIndices, out int[] order)
    {
        if (rowIndices.Length != columnIndices.Length)
            throw new ArgumentException($"{rowIndices.Length} rows and {columnIndices.Length} columns are not the ends of as many entries.", nameof(columnIndices));
        foreach (int row in rowIndices)
            if ((uint)row >= (uint)rows) throw new ArgumentException($"An entry names row {row} of a matrix with rows 0 to {rows - 1}.", nameof(rowIndices));
        var (pointers, next) = Count(rows, rowIndices);
        var sorted = new int[rowIndices.Length];
        order = new int[rowIndices.Length];
        for (int entry = 0; entry < rowIndices.Length; entry++)
        {
            int place = next[rowIndices[entry]]++;
            sorted[place] = columnIndices[entry];
            order[place] = entry;
        }
        return FromRows(rows, columns, pointers, sorted);
    }

    /// <summary>Where each row begins if its entries lie together, and a copy to count on.</summary>
    private static (int[] Pointers, int[] Next) Count(int rows, ReadOnlySpan<int> rowIndices)
    {
        var pointers = new int[rows + 1];
        foreach (int row in rowIndices) pointers[row + 1]++;
        for (int row = 0; row < rows; row++) pointers[row + 1] += pointers[row];
        return (pointers, pointers[..rows]);
    }

    /// <summary>The same structure with other values: [Entries], or null for ones.</summary>
    /// <exception cref="ArgumentException">There is not one value an entry.</exception>
    public SparseMatrix WithValues(Tensor? values)
    {
        if (values is not null && (values.dim() != 1 || values.shape[0] != Entries))
            throw new ArgumentException($"The values must be [{Entries}], one an entry; given were [{string.Join(", ", values.shape)}].", nameof(values));
        return new SparseMatrix(Rows, Columns, RowPointers, ColumnIndices, values?.DetachFromDisposeScope(), derived);
    }

    /// <summary>Each row divided by its sum; empty rows, and those that add up to 0, stay as they are.</summary>
    public SparseMatrix RowNormalized()
    {
        var values = Values?.data<float>().ToArray() ?? [.. Enumerable.Repeat(1f, Entries)];
        for (int row = 0; row < Rows; row++)
        {
            var entries = values.AsSpan(RowPointers[row]..RowPointers[row + 1]);
            float total = 0;
            foreach (float value in entries) total += value;
            if (total != 0) foreach (ref float value in entries) value /= total;
        }
        return WithValues(tensor(values));
    }

    /// <summary>The columns of a row's entries.</summary>
    internal ReadOnlySpan<int> Row(int row) => ColumnIndices.AsSpan(RowPointers[row]..RowPointers[row + 1]);

    /// <summary>The row of each entry: [Entries].</summary>
    public int[] EntryRows()
    {
        var rows = new int[Entries];
        for (int row = 0; row < Rows; row++) rows.AsSpan(RowPointers[row]..RowPointers[row + 1]).Fill(row);
        return rows;
    }

    /// <summary>
    /// The transposed structure, without values, and where each of its entries stands in this matrix. Made once, in O(entries).
    /// </summary>
    internal (SparseMatrix Matrix, int[] Order) Transposed
    {
        get
        {
            if (derived.Transposed is { } known) return known;
            var (pointers, next) = Count(Columns, ColumnIndices);
            int[] rows = new int[Entries], order = new int[Entries];
            for (int row = 0; row < Rows; row++)
                for (int entry = RowPointers[row]; entry < RowPointers[row + 1]; entry++)
                {
                    int place = next[ColumnIndices[entry]]++;
                    (rows[place], order[place]) = (row, entry);
                }
            var matrix = new SparseMatrix(Columns, Rows, pointers, rows, null, new Derived());
            derived.Transposed = (matrix, order);
            return (matrix, order);
        }
    }

    /// <summary>The transposed matrix; its values are detached from the graph of gradients.</summary>
    public SparseMatrix Transpose()
    {
        var (matrix, order) = Transposed;
        if (Values is null) return matrix;
        using var scope = NewDisposeScope();
        return matrix.WithValues(Values.detach().index_select(0, tensor(order, dtype: ScalarType.Int64, device: Values.device)).MoveToOuterDisposeScope());
    }

    /// <summary>The product with a dense matrix, differentiable in it and in the values. Cost O(Entries · D).</summary>
    /// <param name="dense">[Columns, D].</param>
    /// <returns>[Rows, D].</returns>
    public Tensor MatMul(Tensor dense) => SparseProduct.Multiply(this, Values, dense);

    /// <summary>Zeroes each entry with probability <paramref name="p"/> and scales the others by 1/(1 - p), when training.</summary>
    /// <remarks>
    /// The same as dropout on the dense matrix: what is zero stays zero. The new values belong to the caller's scope.
    /// </remarks>
    public SparseMatrix Dropout(double p, bool training)
    {
        if (!training || p == 0) return this;
        var values = Values is null ? FastDropout.Mask([Entries], p) : FastDropout.Apply(Values, p, training: true);
        return new SparseMatrix(Rows, Columns, RowPointers, ColumnIndices, values, derived);
    }

    /// <summary>Row and column of each entry on a device, int64: what plain operators take.</summary>
    internal (Tensor Rows, Tensor Columns) Indices(Device device)
    {
        if (derived.Indices is { } known && known.Rows.device.Equals(device)) return known;
        Tensor OnDevice(int[] indices) => tensor(indices, dtype: ScalarType.Int64, device: device).DetachFromDisposeScope();
        derived.Indices = (OnDevice(EntryRows()), OnDevice(ColumnIndices));
        return derived.Indices.Value;
    }

    /// <summary>The matrix written out, [Rows, Columns], for looking at small ones; repeated entries add up.</summary>
    public Tensor ToDense()
    {
        using var scope = NewDisposeScope();
        return MatMul(eye(Columns, dtype: Values?.dtype ?? ScalarType.Float32)).MoveToOuterDisposeScope();
    }
}
