using System.Numerics;
using System.Runtime.CompilerServices;
using Lectern.Training;

namespace Lectern.Graphs;

/// <summary>Settings of skip-gram; the defaults are those that DeepWalk's and node2vec's codes run with.</summary>
/// <param name="Dimensions">D, numbers in a vector.</param>
/// <param name="Window">At most this far apart on a walk, two nodes are a pair; each position draws its own reach, 1 to this.</param>
/// <param name="Negatives">Random nodes that each pair is told from; 0: hierarchical softmax instead.</param>
/// <param name="Epochs">Passes over the walks.</param>
/// <param name="LearningRate">At the beginning; it falls in a straight line.</param>
/// <param name="FinalRate">At the end.</param>
/// <param name="Subsample">Nodes above this share of all visits are passed over now and then (word2vec's 0.001); 0: none.</param>
/// <param name="Threads">0: as many as torch has. With 1 the same seed gives the same vectors to the last digit; with more, threads
/// write to the same rows now and then and the last digits vary (Hogwild, Recht et al. 2011).</param>
public sealed record SkipGramSettings(int Dimensions = 128, int Window = 10, int Negatives = 5, int Epochs = 5,
    double LearningRate = 0.025, double FinalRate = 1e-4, double Subsample = 1e-3, int Threads = 0);

/// <summary>Vectors for nodes such that those which are near on walks have a large product: skip-gram of word2vec.</summary>
/// <remarks>
/// <para>Mikolov et al. 2013. For a pair (u, v): minimise -log σ(out_v · in_u) - Σ_n log σ(-out_n · in_u) over negatives n drawn
/// with probability ∝ visits^¾; with hierarchical softmax the sum runs over the decisions of <see cref="HuffmanCode"/> on the
/// way to v. As in the authors' code, u is the neighbour and v the node in the middle.</para>
/// <para>Cost O(pairs · D · (negatives + 1)) and memory O(N · D): walks are made as they are read. One step is one pass over
/// the rows that it touches, in blocks that stay in registers.</para>
/// </remarks>
public sealed unsafe class SkipGram
{
    private const double Power = 0.75;                                  // of the negatives' distribution
    private const int Unroll = 4;

    private readonly SkipGramSettings settings;
    private readonly int seed, width;                                   // D, rounded up to whole vectors; the rest stays zero
    private readonly float[] inputs, outputs;

    /// <param name="nodes">Number of nodes, N.</param>
    /// <param name="settings">Width, window and the rest.</param>
    /// <param name="seed">Of the vectors to start from, and of training.</param>
    /// <exception cref="ArgumentOutOfRangeException">A setting makes no sense.</exception>
    public SkipGram(int nodes, SkipGramSettings settings, int seed)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(nodes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Dimensions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Window, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Epochs, 0);
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Negatives);
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Subsample);
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Threads);
        if (!(settings.LearningRate >= 0) || !(settings.FinalRate >= 0))
            throw new ArgumentOutOfRangeException(nameof(settings),
                $"Learning rates are not negative; given were {settings.LearningRate} and {settings.FinalRate}.");
        (this.settings, this.seed, Nodes) = (settings, seed, nodes);
        int lanes = Vector<float>.Count;
        width = (settings.Dimensions + lanes - 1) / lanes * lanes;
        (inputs, outputs) = (GC.AllocateArray<float>(checked(nodes * width), pinned: true), GC.AllocateArray<float>(nodes * width, pinned: true));
        for (int node = 0; node < nodes; node++)
        {
            var random = new SplitMix(seed, node);
            foreach (ref float x in inputs.AsSpan(node * width, settings.Dimensions)) x = (random.NextSingle() - 0.5f) / settings.Dimensions;
        }
    }

    /// <summary>Number of nodes, N.</summary>
    public int Nodes { get; }

    /// <summary>in: the nodes' vectors, a copy: [N, D].</summary>
    public Tensor Vectors => Copy(inputs);

    /// <summary>out: the vectors that pairs are scored with; with hierarchical softmax those of the inner nodes. A copy: [N, D].</summary>
    public Tensor Outputs => Copy(outputs);

    private Tensor Copy(float[] rows)
    {
        var all = tensor(rows).reshape(Nodes, width);
        return width == settings.Dimensions ? all : all.narrow(1, 0, settings.Dimensions).contiguous();
    }

    /// <summary>Takes one step on one pair, by the gradient of its loss at all rows that it touches.</summary>
    /// <param name="input">u, whose vector from <see cref="Vectors"/> is learned.</param>
    /// <param name="output">v, what it is to predict.</param>
    /// <param name="negatives">n, what it is to be told from; none equals v.</param>
    /// <param name="rate">Learning rate.</param>
    /// <returns>The pair's loss before the step.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such node.</exception>
    /// <exception cref="ArgumentException">A negative is what is to be predicted.</exception>
    public double Learn(int input, int output, ReadOnlySpan<int> negatives, double rate)
    {
        foreach (int node in (int[])[input, output, .. negatives])
            if ((uint)node >= (uint)Nodes) throw new ArgumentOutOfRangeException(nameof(input), node, $"The nodes are 0 to {Nodes - 1}.");
        if (negatives.Contains(output)) throw new ArgumentException($"Node {output} is what is to be predicted; it is no negative too.", nameof(negatives));
        int[] targets = [output, .. negatives];
        float[] labels = [1, .. negatives.ToArray().Select(_ => 0f)], room = new float[Room(targets.Length)];
        double loss = 0;
        fixed (float* h = inputs, scratch = room, label = labels)
        fixed (int* target = targets)
        {
            Scores(h + input * width, target, targets.Length, scratch);
            for (int i = 0; i < targets.Length; i++)
                loss += Math.Log(1 + Math.Exp(labels[i] > 0 ? -scratch[i] : scratch[i]));
            Step(h + input * width, target, label, targets.Length, (float)rate, scratch);
        }
        return loss;
    }

    /// <summary>Trains on walks, with a progress bar; stops where the reader asks.</summary>
    /// <param name="walks">The walks, over as many nodes.</param>
    /// <param name="task">What the progress bar says.</param>
    /// <exception cref="ArgumentException">The walks are over another number of nodes.</exception>
    public void Train(RandomWalks walks, string task = "skip-gram")
    {
        ArgumentNullException.ThrowIfNull(walks);
        if (walks.Nodes != Nodes) throw new ArgumentException($"The walks are over {walks.Nodes} nodes, the vectors are of {Nodes}.", nameof(walks));
        if (Nodes == 1 || settings.Epochs == 0) return;
        var corpus = new Corpus(walks, walks.Visits(), settings);
        int threads = settings.Threads > 0 ? settings.Threads : get_num_threads();
        long total = walks.Count * settings.Epochs;
        // Threads meet after each part, where the rate falls: often enough for a straight line, seldom enough to cost nothing.
        long part = Math.Max(16L * threads, total / 200);
        using var progress = Progress.Start(task, (total + part - 1) / part);
        for (long from = 0; from < total; from += part)
        {
            long begin = from, end = Math.Min(total, from + part);
            float rate = (float)(settings.LearningRate + (settings.FinalRate - settings.LearningRate) * begin / total);
            if (threads == 1) TrainPart(corpus, begin, end, rate);
            else
                Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread =>
                    TrainPart(corpus, begin + (end - begin) * thread / threads, begin + (end - begin) * (thread + 1) / threads, rate));
            progress.Step();
        }
    }

    /// <summary>What is worked out once about the walks.</summary>
    private sealed class Corpus
    {
        internal readonly RandomWalks Walks;
        internal readonly AliasTable Negatives;
        internal readonly HuffmanCode? Code;
        internal readonly float[]? Kept;                                // probability that a visit counts

        internal Corpus(RandomWalks walks, long[] visits, SkipGramSettings settings)
        {
            Walks = walks;
            Negatives = new AliasTable([.. visits.Select(n => Math.Pow(n, Power))]);
            Code = settings.Negatives == 0 ? new HuffmanCode(visits) : null;
            double mean = settings.Subsample * visits.Sum();            // visits of a node at the threshold
            if (mean > 0 && visits.Any(n => n > mean))
                Kept = [.. visits.Select(n => n == 0 ? 1 : (float)Math.Min(1, (Math.Sqrt(n / mean) + 1) * mean / n))];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TrainPart(Corpus corpus, long from, long to, float rate)
    {
        int most = Math.Max(settings.Negatives + 1, corpus.Code?.Longest ?? 0);
        Span<int> walk = new int[corpus.Walks.Length];
        var (targets, labels, room) = (new int[most], new float[most], new float[Room(most)]);
        labels[0] = 1;
        fixed (float* h = inputs, scratch = room, label = labels)
        fixed (int* target = targets)
            for (long number = from; number < to; number++)
            {
                int length = corpus.Walks.Write(number % corpus.Walks.Count, walk);
                var random = new SplitMix(seed, Nodes + number);
                if (corpus.Kept is { } kept) length = Thin(walk[..length], kept, ref random);
                for (int middle = 0; middle < length; middle++)
                {
                    int reach = 1 + random.Next(settings.Window), v = walk[middle];
                    for (int at = Math.Max(0, middle - reach); at <= Math.Min(length - 1, middle + reach); at++)
                    {
                        if (at == middle) continue;
                        float* u = h + walk[at] * width;
                        if (corpus.Code is { } code)
                        {
                            fixed (int* way = code.Way(v))
                            fixed (float* turns = code.Turns(v)) Step(u, way, turns, code.Way(v).Length, rate, scratch);
                            continue;
                        }
                        target[0] = v;
                        int count = 1;
                        for (int i = 0; i < settings.Negatives; i++)
                        {
                            int n = corpus.Negatives.Draw(ref random);
                            if (n != v) target[count++] = n;            // as in word2vec: one fewer, not another
                        }
                        Step(u, target, label, count, rate, scratch);
                    }
                }
            }
    }

    private static int Thin(Span<int> walk, float[] kept, ref SplitMix random)
    {
        int length = 0;
        foreach (int node in walk)
            if (kept[node] >= 1 || random.NextSingle() < kept[node]) walk[length++] = node;
        return length;
    }

    private static int Room(int targets) => (targets + Vector<float>.Count - 1) / Vector<float>.Count * Vector<float>.Count;

    /// <summary>s_i = out_i · h for each target.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Scores(float* h, int* targets, int count, float* scores)
    {
        int lanes = Vector<float>.Count;
        fixed (float* rows = outputs)
            for (int i = 0; i < count; i++)
            {
                float* row = rows + targets[i] * width;
                Vector<float> a = default, b = default;
                int at = 0;
                for (; at + 2 * lanes <= width; at += 2 * lanes)
                {
                    a = Vector.MultiplyAddEstimate(Load(h + at), Load(row + at), a);
                    b = Vector.MultiplyAddEstimate(Load(h + at + lanes), Load(row + at + lanes), b);
                }
                if (at < width) a = Vector.MultiplyAddEstimate(Load(h + at), Load(row + at), a);
                scores[i] = Vector.Sum(a + b);
            }
    }

    /// <summary>out_i += g_i h and h += Σ_i g_i out_i with g_i = rate (label_i - σ(out_i · h)), both from the values before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Step(float* h, int* targets, float* labels, int count, float rate, float* g)
    {
        Scores(h, targets, count, g);
        int lanes = Vector<float>.Count;
        for (int i = 0; i < count; i += lanes)                          // what lies beyond the count is not read again
            Store(Vector<float>.One / (Vector<float>.One + Vector.Exp(-Load(g + i))), g + i);
        for (int i = 0; i < count; i++) g[i] = rate * (labels[i] - g[i]);
        fixed (float* rows = outputs)
        {
            int at = 0;
            for (; at + Unroll * lanes <= width; at += Unroll * lanes)
            {
                Vector<float> h0 = Load(h + at), h1 = Load(h + at + lanes), h2 = Load(h + at + 2 * lanes), h3 = Load(h + at + 3 * lanes);
                Vector<float> a0 = h0, a1 = h1, a2 = h2, a3 = h3;
                for (int i = 0; i < count; i++)
                {
                    float* row = rows + targets[i] * width + at;
                    var w = new Vector<float>(g[i]);
                    Vector<float> o0 = Load(row), o1 = Load(row + lanes), o2 = Load(row + 2 * lanes), o3 = Load(row + 3 * lanes);
                    a0 = Vector.MultiplyAddEstimate(w, o0, a0);
                    a1 = Vector.MultiplyAddEstimate(w, o1, a1);
                    a2 = Vector.MultiplyAddEstimate(w, o2, a2);
                    a3 = Vector.MultiplyAddEstimate(w, o3, a3);
                    Store(Vector.MultiplyAddEstimate(w, h0, o0), row);
                    Store(Vector.MultiplyAddEstimate(w, h1, o1), row + lanes);
                    Store(Vector.MultiplyAddEstimate(w, h2, o2), row + 2 * lanes);
                    Store(Vector.MultiplyAddEstimate(w, h3, o3), row + 3 * lanes);
                }
                Store(a0, h + at);
                Store(a1, h + at + lanes);
                Store(a2, h + at + 2 * lanes);
                Store(a3, h + at + 3 * lanes);
            }
            for (; at < width; at += lanes)
            {
                Vector<float> before = Load(h + at), after = before;
                for (int i = 0; i < count; i++)
                {
                    float* row = rows + targets[i] * width + at;
                    var (w, o) = (new Vector<float>(g[i]), Load(row));
                    after = Vector.MultiplyAddEstimate(w, o, after);
                    Store(Vector.MultiplyAddEstimate(w, before, o), row);
                }
                Store(after, h + at);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Load(float* source) => Unsafe.ReadUnaligned<Vector<float>>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector<float> value, float* target) => Unsafe.WriteUnaligned(target, value);
}
