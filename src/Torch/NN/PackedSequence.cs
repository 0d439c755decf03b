using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            /// <summary>Batches of sequences of different lengths.</summary>
            public static class rnn
            {
                /// <summary>Sequences laid step by step, longest first, without padding.</summary>
                public sealed class PackedSequence : IDisposable
                {
                    // The way back on the CPU too, where the lengths are.
                    internal readonly Tensor? order;

                    internal PackedSequence(Tensor data, Tensor batchSizes, Tensor? sorted,
                        Tensor? unsorted, Tensor? order) =>
                        (this.data, batch_sizes, sorted_indices, unsorted_indices, this.order) =
                            (data, batchSizes, sorted!, unsorted!, order);

                    /// <summary>All elements, step after step: [sum of lengths, ...].</summary>
                    public readonly Tensor data;

                    /// <summary>How many sequences reach each step: [longest], on the CPU.</summary>
                    public readonly Tensor batch_sizes;

                    /// <summary>
                    /// The order by length: place in the pack -> place as given. Null if they came sorted.
                    /// </summary>
                    public readonly Tensor sorted_indices;

                    /// <summary>The way back: place as given -> place in the pack.</summary>
                    public readonly Tensor unsorted_indices;

                    internal Tensor Sort(Tensor state) => Permute(state, sorted_indices);
                    internal Tensor Unsort(Tensor state) => Permute(state, unsorted_indices);

                    internal PackedSequence With(Tensor other) =>
                        new(other, batch_sizes.alias(), sorted_indices?.alias(), unsorted_indices?.alias(), order?.alias());

                    private static Tensor Permute(Tensor state, Tensor? order) =>
                        order is null ? state : Op.Call("index_select", state, 1, order);

                    private Tensor?[] Parts => [data, batch_sizes, sorted_indices, unsorted_indices, order];

                    /// <summary>Lets the tensors outlive the current dispose scope.</summary>
                    public PackedSequence MoveToOuterDisposeScope()
                    {
                        foreach (var part in Parts) part?.MoveToOuterDisposeScope();
                        return this;
                    }

                    /// <summary>Takes the tensors out of all dispose scopes.</summary>
                    public PackedSequence DetachFromDisposeScope()
                    {
                        foreach (var part in Parts) part?.DetachFromDisposeScope();
                        return this;
                    }

                    public void Dispose()
                    {
                        foreach (var part in Parts) part?.Dispose();
                    }
                }

                /// <summary>
                /// Packs padded sequences [L, N, ...] (batch first [N, L, ...]) of the lengths [N].
                /// </summary>
                /// <param name="enforce_sorted">Whether they must come longest first; if not, they are sorted
                /// and sorted back.</param>
                public static PackedSequence pack_padded_sequence(
                    Tensor input, Tensor lengths, bool batch_first = false, bool enforce_sorted = true)
                {
                    using var scope = NewDisposeScope();
                    var counts = lengths.cpu();
                    Tensor? sorted = null, unsorted = null, order = null;
                    if (!enforce_sorted)
                    {
                        (counts, sorted) = Op.Call2("sort", counts, -1, true);
                        order = Op.Call("argsort", sorted);
                        (sorted, unsorted) = (sorted.to(input.device), order.to(input.device));
                        input = Op.Call("index_select", input, batch_first ? 0 : 1, sorted);
                    }
                    var (data, sizes) = Op.Call2("_pack_padded_sequence", input, counts, batch_first);
                    return new PackedSequence(data, sizes, sorted, unsorted, order).MoveToOuterDisposeScope();
                }

                /// <summary>
                /// Lays a pack out again: padded sequences [L, N, ...] (or batch first) and their lengths
                /// [N].
                /// </summary>
                public static (Tensor, Tensor) pad_packed_sequence(
                    PackedSequence sequence, bool batch_first = false, double padding_value = 0.0,
                    long? total_length = null)
                {
                    using var scope = NewDisposeScope();
                    var (padded, lengths) = Op.Call2("_pad_packed_sequence", sequence.data,
                        sequence.batch_sizes, batch_first, padding_value, total_length ?? -1);
                    if (sequence.unsorted_indices is { } unsorted)
                    {
                        padded = Op.Call("index_select", padded, batch_first ? 0 : 1, unsorted);
                        lengths = Op.Call("index_select", lengths, 0, sequence.order);
                    }
                    return (padded.MoveToOuterDisposeScope(), lengths.MoveToOuterDisposeScope());
                }

                /// <summary>
                /// Stacks sequences [Lᵢ, ...], filled up to the longest: [L, N, ...] or batch first [N, L,
                /// ...].
                /// </summary>
                public static Tensor pad_sequence(IEnumerable<Tensor> sequences, bool batch_first = false,
                    double padding_value = 0.0) =>
                    Op.Call("pad_sequence", sequences.ToArray(), batch_first, padding_value);

                /// <summary>Packs sequences [Lᵢ, ...].</summary>
                public static PackedSequence pack_sequence(IEnumerable<Tensor> sequences,
                    bool enforce_sorted = true)
                {
                    using var scope = NewDisposeScope();
                    var list = sequences.ToArray();
                    var lengths = tensor(list.Select(sequence => sequence.shape[0]).ToArray());
                    return pack_padded_sequence(pad_sequence(list), lengths, false,
                        enforce_sorted).MoveToOuterDisposeScope();
                }
            }
        }
    }
}
