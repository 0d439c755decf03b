using System.Runtime.CompilerServices;

namespace Torch.Tests.Operators;

/// <summary>
/// One way to write an operator: its inputs to a tensor, several, or a tuple of tensors and numbers.
/// </summary>
internal delegate object? Form(Tensor[] inputs);

/// <summary>
/// The operators of the engine by the case's name in vectors/ops.json. A case lists all the ways to write the
/// operator (method, function, in place, operator sign); each gets its own copy of the inputs.
/// </summary>
internal static partial class OperatorCases
{
    // Gathered late, since the parts are fields of other files, which are set in no certain order.
    private static readonly Lazy<Dictionary<string, Form[]>> all = new(Gathered);

    /// <summary>All cases without random numbers.</summary>
    public static Dictionary<string, Form[]> All => all.Value;

    private static Dictionary<string, Form[]> Gathered() => new[]
    {
        Pointwise, Arithmetic, Reductions, Shapes, Indexing, Matrices, Making,
    }.SelectMany(part => part).ToDictionary();

    /// <summary>What a form returned as a list of tensors; numbers become tensors of no dimensions.</summary>
    public static Tensor[] Results(object? returned)
    {
        if (returned is Tensor single) return [single];
        if (returned is bool truth) return [tensor(truth)];
        if (returned is Tensor[] several) return several;
        if (returned is ITuple tuple)
            return [.. Enumerable.Range(0, tuple.Length).SelectMany(k => Results(tuple[k]))];
        return returned is null ? []
            : throw new ArgumentException($"A form returned a {returned.GetType().Name}.");
    }

    private static Form[] F(params Func<object?>[] forms) => [.. forms.Select(f => (Form)(_ => f()))];

    private static Form[] F(params Func<Tensor, object?>[] forms) =>
        [.. forms.Select(f => (Form)(x => f(x.Length > 0 ? x[0] : null!)))];

    private static Form[] F(params Func<Tensor, Tensor, object?>[] forms) =>
        [.. forms.Select(f => (Form)(x => f(x[0], x[1])))];

    private static Form[] F(params Func<Tensor, Tensor, Tensor, object?>[] forms) =>
        [.. forms.Select(f => (Form)(x => f(x[0], x[1], x[2])))];

    private static Form[] F(params Func<Tensor, Tensor, Tensor, Tensor, object?>[] forms) =>
        [.. forms.Select(f => (Form)(x => f(x[0], x[1], x[2], x[3])))];

    private static Tensor Set(Tensor changed, Action assign)
    {
        assign();
        return changed;
    }

    private static Tensor Coo(Tensor indices, Tensor values) => sparse_coo_tensor(indices, values, [2, 3]);

    private static Tensor Csr(Tensor rows, Tensor columns, Tensor values) =>
        sparse_csr_tensor(rows, columns, values, [2, 3]);

    private static Tensor[] CooParts(Tensor x) => [x.coalesce().indices(), x.coalesce().values()];

    private static (Tensor, Tensor, bool) CooParts(Tensor x, Tensor raw) =>
        (x.indices(), x.values(), raw.is_coalesced());

    private static Tensor[] CsrParts(Tensor x) =>
        [x.to_dense(), x.crow_indices(), x.col_indices(), x.SparseValues];

    private static Tensor[] Converted(Tensor x) =>
    [
        x.@char(), x.@short(), x.@int(), x.@long(), x.half(), x.bfloat16(), x.@float(), x.@double(),
        x.@bool(),
        x.cfloat(), x.cdouble(),
    ];

    private static Tensor Three => tensor([0.1f, 0.2f, 0.7f]);
    private static Tensor Four => tensor([0.1f, 0.2f, 0.3f, 0.4f]);
}
