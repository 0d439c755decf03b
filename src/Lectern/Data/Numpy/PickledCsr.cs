using Pickle;

namespace Lectern.Data;

/// <summary>
/// A pickled SciPy matrix in compressed sparse rows, checked: every index is inside the matrix.
/// </summary>
internal sealed class PickledCsr : IPickleState
{
    /// <summary>Number of rows.</summary>
    public int Rows { get; private set; }

    /// <summary>Number of columns.</summary>
    public int Columns { get; private set; }

    /// <summary>
    /// Where each row begins among the entries, and at last their number; Rows + 1 of them.
    /// </summary>
    public int[] RowPointers { get; private set; } = [];

    /// <summary>The column of each entry.</summary>
    public int[] ColumnIndices { get; private set; } = [];

    /// <summary>The value of each entry.</summary>
    public float[] Values { get; private set; } = [];

    /// <summary>Takes the state that SciPy pickles: a dictionary of the matrix's fields.</summary>
    /// <exception cref="InvalidDataException">The state is not that of a CSR matrix.</exception>
    public void Build(object? state)
    {
        if (state is not PickleDictionary fields
            || fields["_shape"] is not object?[] { Length: 2 } shape
            || fields["indptr"] is not NumpyArray pointers
            || fields["indices"] is not NumpyArray indices
            || fields["data"] is not NumpyArray data)
        {
            throw new InvalidDataException(
                "The pickle has a matrix whose state is not that of SciPy's csr_matrix.");
        }
        (Rows, Columns) = (NumpyPickle.Whole(shape[0]), NumpyPickle.Whole(shape[1]));
        (RowPointers, ColumnIndices, Values) = (pointers.ToInt32(), indices.ToInt32(), data.ToSingle());
        var fits = RowPointers.Length == Rows + 1
            && RowPointers[0] == 0
            && RowPointers[^1] == ColumnIndices.Length
            && Values.Length == ColumnIndices.Length
            && RowPointers.Zip(RowPointers.Skip(1)).All(pair => pair.First <= pair.Second)
            && Array.TrueForAll(ColumnIndices, column => column >= 0 && column < Columns);
        if (!fits)
        {
            throw new InvalidDataException(
                $"The pickle has a sparse matrix of {Rows} rows and {Columns} columns whose parts do not fit: "
                + $"{RowPointers.Length} row pointers, {ColumnIndices.Length} columns, {Values.Length} values.");
        }
    }
}
