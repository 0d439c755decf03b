// Question generation — Y. Chen, L. Wu and M. J. Zaki, "Reinforcement Learning Based Graph-to-Sequence Model for Natural
// Question Generation", ICLR 2020, arXiv:1908.04942.
// Idea      A question asks for an answer in a passage. Align the answer with the passage twice, read the passage as a graph in
//           both directions of its arcs, write word by word with the right to copy; then train on the score itself.
// Symbols   B examples, N passage words, L answer words, d width of word vectors, H Hidden, V vocabulary, X copied words beside it
// Align     β_ij ∝ exp(ReLU(W u_i)ᵀ ReLU(W v_j)), ṽ_i = Σ_j β_ij v'_j                             -> GraphToSequence.Align
// Dynamic   A = ReLU(U r) ReLU(U r)ᵀ, k largest a row; softmax of its rows, and of its columns        -> DynamicGraph
// Fuse      z = σ(W_z [a; b; a ⊙ b; a - b]), (1 - z) ⊙ a + z ⊙ b                                       -> Fuse
// Hop       h ← GRU(h, Fuse(A→ h, A← h)), the same weights in each hop                                -> Hop
// Decode    e_ti = wᵀ tanh(W_h h_i + W_s s_t + w_c cov_ti); p = (1 - p_copy) p_voc + p_copy Σ_{x_i = y} a_ti   -> Step
// Stage 1   Σ_t -log p(y_t) + λ Σ_{t>1} Σ_i min(a_ti, cov_ti)                                           -> Likelihood
// Stage 2   γ (r(Ŷ) - r(Y^s)) Σ_t log p(y^s_t) + (1 - γ) × stage 1                                 -> SelfCritical
// Differs   No BERT, as in the paper's rows without it; word vectors are by chance where no file of trained ones is given.
//           The reward is BLEU-4 alone (the paper adds a word mover's distance, its released settings do not), smoothed,
//           since most early samples share no run of four words; any other can be given. Graphs are tables of [N, N],
//           since passages have some dozens of words, and the dynamic graph has such a table anyway.
using Lectern.KnowledgeGraphs;
using Lectern.Training;

namespace Lectern.Papers.Applications;

/// <summary>What the arcs of a passage are.</summary>
public enum PassageGraph
{
    /// <summary>There is no graph: the passage is a sequence only.</summary>
    None,

    /// <summary>Dependency arcs, and links between neighbouring sentences.</summary>
    Static,

    /// <summary>Learnt from the words: each is linked to the k that are most like it.</summary>
    Dynamic,
}

/// <summary>Which ways along the arcs are gone.</summary>
public enum ArcDirections
{
    /// <summary>Both, fused in each hop.</summary>
    Both,

    /// <summary>Along the arcs only.</summary>
    Forward,

    /// <summary>Against them only.</summary>
    Backward,
}

/// <summary>Settings; the defaults are those of the authors' program.</summary>
/// <param name="Words">Numbers a word vector, d.</param>
/// <param name="Hidden">H, even: each direction of a reader has half of it.</param>
/// <param name="Vocabulary">Words that questions are written with; others are copied.</param>
/// <param name="Graph">What the arcs are.</param>
/// <param name="Directions">Which ways along them are gone.</param>
/// <param name="Hops">Rounds of the graph network.</param>
/// <param name="Neighbours">k, arcs of a word in the dynamic graph.</param>
/// <param name="AlignWords">Whether the answer is aligned by word vectors.</param>
/// <param name="AlignContext">Whether it is aligned again by what the readers made of the words.</param>
/// <param name="Copy">Whether words of the passage can be copied.</param>
/// <param name="Coverage">λ, weight of attending twice to a place.</param>
/// <param name="WordDropout">Share of a word vector's numbers dropped, the same in a whole text.</param>
/// <param name="StateDropout">Likewise of the states between layers.</param>
/// <param name="Forcing">Share of the steps whose previous word is the reference's and not the model's own, at first.</param>
/// <param name="ForcingDecay">What that share is multiplied by with each training step.</param>
/// <param name="Batch">Examples a step.</param>
/// <param name="LearningRate">Adam's; halved when the validation score has not risen for two passes.</param>
/// <param name="Epochs">Passes at most; ten without a better validation score end them.</param>
/// <param name="Clip">Norm that gradients are cut to.</param>
/// <param name="Gamma">γ, share of the reward in stage 2.</param>
/// <param name="RewardRate">Adam's rate in stage 2.</param>
/// <param name="RewardEpochs">Passes of stage 2.</param>
/// <param name="Beam">Beginnings kept in the search.</param>
/// <param name="Least">Words of a question at least.</param>
/// <param name="Most">Words of a question at most.</param>
/// <param name="Seed">Of weights, order, dropout, forcing and samples.</param>
public sealed record QuestionSettings(int Words = 300, int Hidden = 300, int Vocabulary = 70_000,
    PassageGraph Graph = PassageGraph.Static, ArcDirections Directions = ArcDirections.Both, int Hops = 3, int Neighbours = 10,
    bool AlignWords = true, bool AlignContext = true, bool Copy = true, double Coverage = 0.4, double WordDropout = 0.4,
    double StateDropout = 0.3, double Forcing = 0.75, double ForcingDecay = 0.9999, int Batch = 60, double LearningRate = 1e-3,
    int Epochs = 100, double Clip = 10, double Gamma = 0.99, double RewardRate = 1e-5, int RewardEpochs = 10, int Beam = 5,
    int Least = 4, int Most = 40, int Seed = 1);

/// <summary>What the encoder made of a batch, ready to be decoded any number of times.</summary>
/// <param name="Nodes">h, the words' states: [B, N, H].</param>
/// <param name="Keys">W_h h: [B, N, H].</param>
/// <param name="Mask">Where there are words: bool, [B, N].</param>
/// <param name="Numbers">The words' numbers: int64, [B, N].</param>
/// <param name="Unknown">X.</param>
/// <param name="Start">The state that decoding starts from.</param>
/// <param name="WordMask">Dropout of the previous words' vectors, one for all steps: [B, d]; null outside of training.</param>
/// <param name="StateMask">Dropout of the decoder's inputs: [B, H]; null outside of training.</param>
public sealed record QuestionMemory(Tensor Nodes, Tensor Keys, Tensor Mask, Tensor Numbers, int Unknown, DecoderState Start,
    Tensor? WordMask, Tensor? StateMask)
{
    /// <summary>Every example so many times, side by side.</summary>
    internal QuestionMemory Repeat(int times)
    {
        var rows = arange(Nodes.shape[0]).unsqueeze(1).expand(-1, times).reshape(-1);
        Tensor Take(Tensor t) => t.index_select(0, rows);
        return new(Take(Nodes), Take(Keys), Take(Mask), Take(Numbers), Unknown, Start.Select(rows), null, null);
    }
}

/// <summary>What the decoder knows before a step.</summary>
/// <param name="Hidden">[B, H].</param>
/// <param name="Cell">[B, H].</param>
/// <param name="Context">Mean of the nodes by the last attention: [B, H].</param>
/// <param name="Coverage">cov, the sum of all attentions so far: [B, N].</param>
public sealed record DecoderState(Tensor Hidden, Tensor Cell, Tensor Context, Tensor Coverage)
{
    /// <summary>Rows of it.</summary>
    /// <param name="rows">Their numbers, int64.</param>
    public DecoderState Select(Tensor rows) => new(Hidden.index_select(0, rows), Cell.index_select(0, rows),
        Context.index_select(0, rows), Coverage.index_select(0, rows));
}

/// <summary>A step of the decoder.</summary>
/// <param name="State">The state after it.</param>
/// <param name="P">Probabilities of the next word, the vocabulary's and the copied ones: [B, V + X].</param>
/// <param name="Attention">a, over the passage: [B, N].</param>
/// <param name="CopyShare">p_copy: [B, 1]; null where nothing is copied.</param>
public sealed record DecoderStep(DecoderState State, Tensor P, Tensor Attention, Tensor? CopyShare);

/// <summary>Deep alignment, bidirectional gated graph network, and a decoder with copying and coverage.</summary>
public sealed class GraphToSequence : nn.Module
{
    private static readonly int[] FeatureWidths = [3, 12, 8];           // case, part of speech, kind of name

    private readonly QuestionSettings settings;
    private readonly ModuleList<Embedding> features = nn.ModuleList<Embedding>();
    private readonly Linear? alignWords, alignContext;                  // W of each level, without bias
    private readonly LSTM readPassage, readAligned;
    private readonly LSTM? readAnswer;
    private readonly Linear? learnGraph;                                // U
    private readonly Linear? fuse, update, reset, candidate;            // W_z; the GRU's, without bias
    private readonly Linear summary, startHidden, startCell;
    private readonly Linear input, attendNode, attendState, attendCoverage, attendScore, toWord;
    private readonly Linear? copy;
    private readonly LSTMCell cell;
    private readonly Tensor words;                                      // E, of the vocabulary's words, fixed: [V, d]

    /// <param name="vocabulary">Words, vectors and features.</param>
    /// <param name="settings">Sizes and parts.</param>
    /// <exception cref="ArgumentException">The vectors have another width, or Hidden is odd.</exception>
    public GraphToSequence(QuestionVocabulary vocabulary, QuestionSettings settings) : base(nameof(GraphToSequence))
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ArgumentNullException.ThrowIfNull(settings);
        if (settings.Hidden % 2 != 0 || settings.Words != vocabulary.Vectors.Width)
            throw new ArgumentException($"Hidden must be even and Words the vectors' width: they are {settings.Hidden} and "
                + $"{settings.Words}, the vectors have {vocabulary.Vectors.Width} numbers.", nameof(settings));
        this.settings = settings;
        Vocabulary = vocabulary;
        long d = settings.Words, h = settings.Hidden;
        foreach (var (count, width) in vocabulary.FeatureCounts.Zip(FeatureWidths)) features.Add(nn.Embedding(count, width));
        long raw = d + FeatureWidths.Sum() + (settings.AlignWords ? d : 0);
        Linear Plain(long inputs, long outputs) => nn.Linear(inputs, outputs, hasBias: false);
        LSTM Reader(long inputs) => nn.LSTM(inputs, h / 2, batchFirst: true, bidirectional: true);
        if (settings.AlignWords) alignWords = Plain(d, h);
        if (settings.AlignContext) (alignContext, readAnswer) = (Plain(d + h, h), Reader(d));
        (readPassage, readAligned) = (Reader(raw), Reader(settings.AlignContext ? 2 * h : h));
        if (settings.Graph == PassageGraph.Dynamic) learnGraph = Plain(raw, h);
        if (settings.Graph != PassageGraph.None)
        {
            if (settings.Directions == ArcDirections.Both) fuse = nn.Linear(4 * h, h);
            (update, reset, candidate) = (Plain(2 * h, h), Plain(2 * h, h), Plain(2 * h, h));
        }
        (summary, startHidden, startCell) = (Plain(h, h), nn.Linear(h, h), nn.Linear(h, h));
        (input, cell) = (nn.Linear(d + h, h), nn.LSTMCell(h, h));
        (attendNode, attendState) = (Plain(h, h), nn.Linear(2 * h, h));
        (attendCoverage, attendScore) = (Plain(1, h), Plain(h, 1));
        toWord = nn.Linear(2 * h, d);
        if (settings.Copy) copy = nn.Linear(d + 3 * h, 1);
        words = tensor(vocabulary.Words.SelectMany(w => vocabulary.Vectors[w]).ToArray()).view(-1, d);
        RegisterComponents();
    }

    /// <summary>The vocabulary.</summary>
    public QuestionVocabulary Vocabulary { get; }

    /// <summary>What was chosen.</summary>
    public QuestionSettings Settings => settings;

    // ------------------------------------------------------------------------------------ alignment

    /// <summary>The answer as each passage word sees it: β_ij ∝ exp(ReLU(W u_i)ᵀ ReLU(W v_j)), ṽ_i = Σ_j β_ij v'_j.</summary>
    /// <param name="w">W.</param>
    /// <param name="u">Passage words: [B, N, ·].</param>
    /// <param name="v">Answer words: [B, L, ·].</param>
    /// <param name="values">v': [B, L, ·].</param>
    /// <param name="mask">Where the answer has words: bool, [B, L].</param>
    /// <returns>ṽ: [B, N, ·].</returns>
    public static Tensor Align(Linear w, Tensor u, Tensor v, Tensor values, Tensor mask)
    {
        var scores = w.call(u).relu().bmm(w.call(v).relu().transpose(1, 2));                    // [B, N, L]
        var beta = scores.masked_fill(mask.logical_not().unsqueeze(1), float.NegativeInfinity).softmax(2);
        return beta.bmm(values);
    }

    /// <summary>Word level: the answer's word vectors as each passage word sees them.</summary>
    /// <param name="batch">The batch.</param>
    /// <returns>[B, N, d].</returns>
    public Tensor AlignedWords(QuestionBatch batch) => Align(alignWords!, batch.Words, batch.Answers, batch.Answers, batch.AnswerMask);

    // ------------------------------------------------------------------------------------ graph

    /// <summary>A = ReLU(U r) ReLU(U r)ᵀ with the k largest of each row; softmax of its rows, and of its columns.</summary>
    /// <param name="r">The words before any reader: [B, N, ·].</param>
    /// <param name="mask">Where there are words: bool, [B, N].</param>
    /// <returns>A→ and A←: [B, N, N]. A row of A← that no word has chosen is zero.</returns>
    public (Tensor Into, Tensor From) DynamicGraph(Tensor r, Tensor mask)
    {
        var one = learnGraph!.call(r).relu();
        var a = one.bmm(one.transpose(1, 2));                                                   // [B, N, N]
        var pairs = mask.unsqueeze(1).logical_and(mask.unsqueeze(2));
        var order = a.detach() - 1e-6 * arange(a.shape[2], device: a.device);                                     // ReLU gives many equals: the first
        var (_, nearest) = order.masked_fill(pairs.logical_not(), float.NegativeInfinity)
            .topk((int)Math.Min(settings.Neighbours, a.shape[2]), 2);
        var kept = zeros_like(a).scatter(2, nearest, ones_like(nearest).to(a.dtype)) * pairs.to(a.dtype);
        static Tensor Rows(Tensor a, Tensor kept)
        {
            var e = (a - a.detach().amax([2], keepdim: true)).exp() * kept;                     // the row's maximum cancels
            return e / e.sum(2, keepdim: true).clamp_min(1e-20);
        }
        return (Rows(a, kept), Rows(a.transpose(1, 2), kept.transpose(1, 2)));
    }

    /// <summary>z = σ(W_z [a; b; a ⊙ b; a - b]), and (1 - z) ⊙ a + z ⊙ b: between both, dimension by dimension.</summary>
    /// <param name="a">[B, N, H].</param>
    /// <param name="b">[B, N, H].</param>
    public Tensor Fuse(Tensor a, Tensor b)
    {
        var z = fuse!.call(cat([a, b, a * b, a - b], -1)).sigmoid();
        return (1 - z) * a + z * b;
    }

    /// <summary>h ← GRU(h, Fuse(A→ h, A← h)).</summary>
    /// <param name="h">[B, N, H].</param>
    /// <param name="into">A→: [B, N, N].</param>
    /// <param name="from">A←: [B, N, N].</param>
    public Tensor Hop(Tensor h, Tensor into, Tensor from)
    {
        var x = settings.Directions switch
        {
            ArcDirections.Forward => into.bmm(h),
            ArcDirections.Backward => from.bmm(h),
            _ => Fuse(into.bmm(h), from.bmm(h)),
        };
        var both = cat([h, x], -1);
        var (z, r) = (update!.call(both).sigmoid(), reset!.call(both).sigmoid());
        return (1 - z) * h + z * candidate!.call(cat([r * h, x], -1)).tanh();
    }

    /// <summary>All hops, from h⁰.</summary>
    /// <param name="h">h⁰: [B, N, H].</param>
    /// <param name="into">A→: [B, N, N].</param>
    /// <param name="from">A←: [B, N, N].</param>
    public Tensor Hops(Tensor h, Tensor into, Tensor from)
    {
        for (int hop = 0; hop < settings.Hops; hop++) h = Hop(h, into, from);
        return h;
    }

    // ------------------------------------------------------------------------------------ encoder

    /// <summary>Reads passages and answers.</summary>
    /// <param name="batch">The batch.</param>
    public QuestionMemory Encode(QuestionBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var (passage, answer) = (Drop(batch.Words, settings.WordDropout), Drop(batch.Answers, settings.WordDropout));
        var r = cat([passage, .. features.Select((f, i) => f.call(batch.Features[i])),
            .. settings.AlignWords ? [AlignedWords(batch)] : Array.Empty<Tensor>()], -1);
        var h = Drop(Read(readPassage, r, batch.Lengths), settings.StateDropout);                  // h̄^p: [B, N, H]
        if (alignContext is not null)
        {
            var a = Drop(Read(readAnswer!, answer, batch.AnswerLengths), settings.StateDropout);    // h̄^a: [B, L, H]
            var aligned = Align(alignContext, cat([batch.Words, h], -1), cat([batch.Answers, a], -1), a, batch.AnswerMask);
            h = cat([h, aligned], -1);
        }
        h = Drop(Read(readAligned, h, batch.Lengths), settings.StateDropout);                      // h⁰: [B, N, H]
        if (settings.Graph != PassageGraph.None)
        {
            var (into, from) = settings.Graph == PassageGraph.Static ? (batch.Into, batch.From) : DynamicGraph(r, batch.Mask);
            h = Hops(h, into, from);
        }
        var vector = summary.call(h).masked_fill(batch.Mask.logical_not().unsqueeze(2), float.NegativeInfinity).amax(1); // [B, H]
        var zero = zeros_like(vector);
        var start = new DecoderState(startHidden.call(vector), startCell.call(vector), zero, zeros_like(batch.Numbers).to(float32));
        Tensor? Mask(long width, double p) => training && p > 0 ? FastDropout.Mask([vector.shape[0], width], p).to(vector.device) : null;
        return new QuestionMemory(h, attendNode.call(h), batch.Mask, batch.Numbers, batch.UnknownCount, start,
            Mask(settings.Words, settings.WordDropout), Mask(settings.Hidden, settings.StateDropout));
    }

    /// <summary>Variational dropout: one mask a text, for all of its words.</summary>
    private Tensor Drop(Tensor x, double p) =>
        training && p > 0 ? x * FastDropout.Mask([x.shape[0], 1, x.shape[2]], p).to(x.device) : x;

    /// <summary>Both directions of an LSTM over texts of their own lengths: [B, N, ·] -> [B, N, H], zero after the end.</summary>
    private static Tensor Read(LSTM lstm, Tensor x, Tensor lengths)
    {
        using var packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first: true, enforce_sorted: false);
        var (states, last, cells) = lstm.call(packed);
        using (states) using (last) using (cells)
            return nn.utils.rnn.pad_packed_sequence(states, batch_first: true, total_length: x.shape[1]).Item1;
    }

    // ------------------------------------------------------------------------------------ decoder

    /// <summary>One word further.</summary>
    /// <param name="memory">What was read.</param>
    /// <param name="state">The state before.</param>
    /// <param name="previous">Numbers of the last words; one beyond the vocabulary is read as the unknown word: int64, [B].</param>
    public DecoderStep Step(QuestionMemory memory, DecoderState state, Tensor previous)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(state);
        long vocabulary = words.shape[0];
        var y = words.index_select(0, previous.masked_fill(previous >= vocabulary, QuestionVocabulary.Unknown));   // emb(y_{t-1}): [B, d]
        if (memory.WordMask is not null) y = y * memory.WordMask;
        var x = input.call(cat([y, state.Context], 1));
        if (memory.StateMask is not null) x = x * memory.StateMask;
        var (h, c) = cell.call(x, (state.Hidden, state.Cell));
        var s = cat([h, c], 1);                                                                 // s_t: [B, 2H]
        var e = memory.Keys + attendState.call(s).unsqueeze(1) + attendCoverage.call(state.Coverage.unsqueeze(2));
        var a = attendScore.call(e.tanh()).squeeze(2)
            .masked_fill(memory.Mask.logical_not(), float.NegativeInfinity).softmax(1);         // a_t: [B, N]
        var context = a.unsqueeze(1).bmm(memory.Nodes).squeeze(1);                              // [B, H]
        var p = toWord.call(cat([h, context], 1)).tanh().mm(words.t()).softmax(1);              // p_voc: [B, V]
        var share = copy?.call(cat([y, s, context], 1)).sigmoid();
        if (share is not null)
        {
            p = nn.functional.pad((1 - share) * p, (0, memory.Unknown));                        // [B, V + X]
            p = p.scatter_add(1, memory.Numbers, share * a);
        }
        return new DecoderStep(new DecoderState(h, c, context, state.Coverage + a), p, a, share);
    }

    private static Tensor Begin(QuestionMemory memory) => full([memory.Nodes.shape[0]], QuestionVocabulary.Start, int64, memory.Nodes.device);

    /// <summary>Stage 1: what the reference's words cost, and attending twice to a place; the mean over the batch.</summary>
    /// <param name="memory">What was read of the batch.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="forcing">Share of the steps whose previous word is the reference's; else it is the model's likeliest.</param>
    /// <param name="random">Decides it step by step.</param>
    public Tensor Likelihood(QuestionMemory memory, QuestionBatch batch, double forcing, Random random)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(random);
        var targets = settings.Copy ? batch.Targets
            : batch.Targets.masked_fill(batch.Targets >= words.shape[0], QuestionVocabulary.Unknown);
        var (state, previous) = (memory.Start, Begin(memory));
        var losses = new List<Tensor>();
        for (int t = 0; t < targets.shape[1]; t++)
        {
            var step = Step(memory, state, previous);
            var target = targets.select(1, t);
            var loss = -step.P.gather(1, target.unsqueeze(1)).squeeze(1).clamp_min(1e-12).log();
            if (settings.Coverage > 0) loss = loss + settings.Coverage * step.Attention.minimum(state.Coverage).sum(1); // 0 at t = 1
            losses.Add(loss * batch.TargetMask.select(1, t));
            previous = random.NextDouble() < forcing ? target : step.P.argmax(1);
            state = step.State;
        }
        return stack(losses).sum() / memory.Nodes.shape[0];
    }

    /// <summary>Writes a question for each example, the likeliest word each time or one by chance.</summary>
    /// <param name="memory">What was read.</param>
    /// <param name="sample">Whether words are drawn.</param>
    /// <returns>Numbers of the words, int64 [B, T], and log p of each question, the end's included: [B].</returns>
    public (Tensor Words, Tensor LogP) Write(QuestionMemory memory, bool sample)
    {
        ArgumentNullException.ThrowIfNull(memory);
        var (state, previous) = (memory.Start, Begin(memory));
        var (written, logs) = (new List<Tensor>(), new List<Tensor>());
        var open = ones_like(previous).to(float32);                                             // 0 after the end
        for (int t = 0; t < settings.Most && open.sum().item<float>() > 0; t++)
        {
            var step = Step(memory, state, previous);
            var word = sample ? step.P.detach().multinomial(1) : step.P.argmax(1, keepdim: true);
            logs.Add(step.P.gather(1, word).squeeze(1).clamp_min(1e-12).log() * open);
            (state, previous) = (step.State, word.squeeze(1));
            written.Add(previous.masked_fill(open.eq(0), QuestionVocabulary.End));
            open = open * previous.ne(QuestionVocabulary.End).to(float32);
        }
        return (stack(written, 1), stack(logs).sum(0));
    }

    /// <summary>Stage 2: γ (r(Ŷ) - r(Y^s)) Σ_t log p(y^s_t) + (1 - γ) × stage 1; Ŷ is the greedy question and Y^s a
    /// drawn one, both from the same reading. Rewards and Ŷ carry no gradient.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="gamma">γ; 0 is stage 1.</param>
    /// <param name="reward">r(question, reference).</param>
    /// <param name="forcing">As in stage 1.</param>
    /// <param name="random">As in stage 1.</param>
    public Tensor SelfCritical(QuestionBatch batch, double gamma,
        Func<IReadOnlyList<string>, IReadOnlyList<string>, double> reward, double forcing, Random random)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(reward);
        var memory = Encode(batch);
        var likelihood = Likelihood(memory, batch, forcing, random);
        if (gamma == 0) return likelihood;
        var (drawn, logP) = Write(memory, sample: true);
        Tensor greedy;
        using (no_grad()) greedy = Write(memory, sample: false).Words;
        IEnumerable<double> Rewards(Tensor written) => Texts(batch, written).Zip(batch.Examples, (text, e) => reward(text, e.Question));
        float[] gap = [.. Rewards(greedy).Zip(Rewards(drawn), (best, some) => (float)(best - some))];
        return gamma * (tensor(gap, device: logP.device) * logP).mean() + (1 - gamma) * likelihood;
    }

    /// <summary>Written numbers as words, up to the end of each question.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="written">int64, [B, T].</param>
    public static IReadOnlyList<string[]> Texts(QuestionBatch batch, Tensor written)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(written);
        long[] numbers = written.contiguous().data<long>().ToArray();
        int steps = (int)written.shape[1];
        return [.. Enumerable.Range(0, batch.Examples.Count).Select(b => batch.Text(b, numbers.Skip(b * steps).Take(steps)))];
    }

    /// <summary>Writes a question for each example by beam search.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="beam">Beginnings kept; null: as set. 1 is the greedy choice.</param>
    public IReadOnlyList<string[]> Search(QuestionBatch batch, int? beam = null)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        int kept = beam ?? settings.Beam;
        var memory = Encode(batch).Repeat(kept);
        var found = BeamSearch.Run(batch.Examples.Count, kept, QuestionVocabulary.Start, QuestionVocabulary.End, settings.Least,
            settings.Most, memory.Start, (state, last) =>
            {
                var step = Step(memory, state, last);
                return (step.State, step.P.clamp_min(1e-12).log());
            }, (state, rows) => state.Select(rows));
        return [.. found.Select((f, b) => batch.Text(b, f.Words.Select(w => (long)w)))];
    }
}

/// <summary>How good questions are.</summary>
/// <param name="Bleu4">BLEU-4 of all, against the one reference of each, in %.</param>
/// <param name="RougeL">Mean ROUGE-L, in %.</param>
/// <param name="Right">Share that is word by word one of the right questions, where those are known, in %; else of the
/// reference.</param>
/// <param name="Questions">The questions.</param>
public sealed record QuestionScores(double Bleu4, double RougeL, double Right, IReadOnlyList<string[]> Questions);

/// <summary>Both stages of training, and scoring.</summary>
public static class QuestionTraining
{
    private sealed record Work(IReadOnlyList<QuestionExample> Examples, double Forcing, Random Random);

    /// <summary>A model before training.</summary>
    /// <param name="data">Examples; the training ones give the vocabulary.</param>
    /// <param name="settings">Everything that is chosen.</param>
    /// <param name="vectors">Vectors of words; null: by chance.</param>
    public static GraphToSequence Create(QuestionData data, QuestionSettings settings, WordVectors? vectors = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(settings);
        manual_seed(settings.Seed);
        return new GraphToSequence(new QuestionVocabulary(data.Train, settings.Vocabulary, vectors ?? new WordVectors(settings.Words)), settings).to(Devices.Chosen);
    }

    /// <summary>Stage 1: cross-entropy with coverage and scheduled teacher forcing.</summary>
    /// <param name="data">The examples.</param>
    /// <param name="settings">Everything that is chosen.</param>
    /// <param name="vectors">Vectors of words; null: by chance.</param>
    /// <param name="checkpoint">File to go on from, exactly, and to write to; null: none.</param>
    /// <returns>The model with the weights of the best validation score, and that score after each pass: "BLEU-4" of greedy
    /// questions, in %.</returns>
    public static (GraphToSequence Model, History History) Train(QuestionData data, QuestionSettings settings,
        WordVectors? vectors = null, string? checkpoint = null)
    {
        var model = Create(data, settings, vectors);
        return (model, Run(model, data, "cross-entropy", settings.LearningRate, settings.Epochs, 0, checkpoint,
            (batch, work) => model.Likelihood(model.Encode(batch), batch, work.Forcing, work.Random)));
    }

    /// <summary>Stage 2: goes on with the hybrid of reward and cross-entropy.</summary>
    /// <param name="model">A model after stage 1; it is changed.</param>
    /// <param name="data">The examples.</param>
    /// <param name="gamma">γ; null: as set. 0, cross-entropy alone for as long, is the control.</param>
    /// <param name="checkpoint">As in stage 1.</param>
    /// <param name="reward">r(question, reference); null: smoothed BLEU-4.</param>
    /// <returns>As of stage 1.</returns>
    public static History FineTune(GraphToSequence model, QuestionData data, double? gamma = null, string? checkpoint = null,
        Func<IReadOnlyList<string>, IReadOnlyList<string>, double>? reward = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        reward ??= (question, reference) => TextScores.SentenceBleu(question, reference);
        double share = gamma ?? model.Settings.Gamma;
        manual_seed(model.Settings.Seed + 1);
        return Run(model, data, $"γ = {share}", model.Settings.RewardRate, model.Settings.RewardEpochs, model.Settings.Epochs,
            checkpoint, (batch, work) => model.SelfCritical(batch, share, reward, work.Forcing, work.Random));
    }

    private static History Run(GraphToSequence model, QuestionData data, string task, double rate, int epochs, int before,
        string? checkpoint, Func<QuestionBatch, Work, Tensor> loss)
    {
        var settings = model.Settings;
        using var optimizer = optim.Adam(model.parameters(), rate);
        return new Trainer(model, optimizer)
        {
            Task = task, Epochs = epochs, Best = "BLEU-4", HigherIsBetter = true, Patience = 10,
            Checkpoint = checkpoint, CheckpointEvery = 1,
            BeforeStep = () => nn.utils.clip_grad_norm_(model.parameters(), settings.Clip),
            Schedule = history =>
            {
                foreach (var group in optimizer.ParamGroups) group.LearningRate = rate * Math.Pow(0.5, Stalls(history));
            },
        }.Run(epoch => Works(data.Train, settings, before + epoch), work => loss(new QuestionBatch(work.Examples, model.Vocabulary, Devices.Chosen), work),
            () => new Dictionary<string, double> { ["BLEU-4"] = Score(model, data.Validation, beam: 1).Bleu4 });
    }

    private static IEnumerable<Work> Works(IReadOnlyList<QuestionExample> examples, QuestionSettings settings, int epoch)
    {
        var random = new Random(unchecked(settings.Seed * 7919 + epoch));
        QuestionExample[] order = [.. examples];
        random.Shuffle(order);
        int step = epoch * ((order.Length + settings.Batch - 1) / settings.Batch);
        foreach (var some in order.Chunk(settings.Batch))
            yield return new Work(some, settings.Forcing * Math.Pow(settings.ForcingDecay, step++), random);
    }

    /// <summary>How often the rate is halved: whenever the score has not risen for two passes.</summary>
    private static int Stalls(History history)
    {
        if (history.Epochs == 0) return 0;
        var (best, since, stalls) = (double.NegativeInfinity, 0, 0);
        foreach (double score in history["BLEU-4"])
        {
            since = score > best ? 0 : since + 1;
            best = Math.Max(best, score);
            if (since == 2) (since, stalls) = (0, stalls + 1);
        }
        return stalls;
    }

    /// <summary>Scores the questions that a model writes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="examples">Examples with questions.</param>
    /// <param name="beam">Beginnings kept in the search; null: as set.</param>
    /// <param name="chunk">Examples that are searched at once.</param>
    /// <exception cref="ArgumentException">There is no example.</exception>
    public static QuestionScores Score(GraphToSequence model, IReadOnlyList<QuestionExample> examples, int? beam = null, int chunk = 100)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(examples);
        if (examples.Count == 0) throw new ArgumentException("There is no example to ask about; give at least one.", nameof(examples));
        model.eval();
        var questions = new List<string[]>();
        // Passages of like length side by side: less is filled up.
        int[] order = [.. Enumerable.Range(0, examples.Count).OrderBy(i => examples[i].Passage.Count)];
        foreach (int[] some in order.Chunk(chunk))
        {
            using var scope = NewDisposeScope();
            questions.AddRange(model.Search(new QuestionBatch([.. some.Select(i => examples[i])], model.Vocabulary, Devices.Chosen), beam));
        }
        string[][] written = new string[examples.Count][];
        foreach (var (place, i) in order.Index()) written[i] = questions[place];
        bool Right(QuestionExample example, string[] question) => example.Right.Count > 0
            ? example.Right.Contains(string.Join(' ', question)) : question.SequenceEqual(example.Question);
        return new QuestionScores(100 * TextScores.Bleu(written, [.. examples.Select(e => (IReadOnlyList<string>[])[e.Question])]),
            100 * examples.Zip(written, (e, q) => TextScores.RougeL(q, e.Question)).Average(),
            100 * examples.Zip(written, (e, q) => Right(e, q) ? 1.0 : 0).Average(), written);
    }
}
