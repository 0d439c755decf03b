// Reasoning paths — A. Asai, K. Hashimoto, H. Hajishirzi, R. Socher and C. Xiong, "Learning to Retrieve
// Reasoning Paths over Wikipedia Graph for Question Answering", ICLR 2020, arXiv:1911.10470.
// Idea      The second paragraph that a question needs often shares no word with it. Walk the hyperlinks:
//           score each next paragraph given those already taken, stop by choice, let a reader judge paths.
// Symbols   q -> PathQuestion; p_i -> Paragraph; C_1 -> start set; w_i -> PairEncoder; h_t -> state;
//           B -> Beam; EOE -> end of evidence; E -> ReasoningPath
// Encoder   w_i from question and paragraph together                                   -> PairEncoder.forward
// State     h_1 = g s/|s|, h_(t+1) = g u/|u| with u = W_r [h_t; w_i] + b_r              -> PathRetriever.Next
// Choice    P(p_i | h_t) = sigma(w_i . h_t + b), each by itself: no softmax           -> PathRetriever.Logits
// Loss      binary cross-entropy of gold, TF-IDF and linked paragraphs and EOE, by step -> PathRetriever.Loss
// Search    a beam over links; a path's score is the product of its probabilities    -> ReasoningPaths.Search
// Reader    first the best path by P(E | q), then the best answer in it                         -> PathReader
// Differs   The encoder is small instead of BERT: averages of word vectors weighted by TF-IDF, their product
//           and difference, and three measures of shared words, through two layers. The reader chooses among
//           mentions and numbers by their sentences instead of marking a span, and takes w_i and h_T from the
//           retriever. No cap of 2,000 opened paragraphs: the corpora are smaller.
using Lectern.Graphs;
using Lectern.KnowledgeGraphs;
using Lectern.Training;

namespace Lectern.Papers.KnowledgeGraphs;

/// <summary>Settings; sizes are those of the small encoder, the search is the paper's.</summary>
public sealed record PathSettings
{
    /// <summary>Numbers a word vector.</summary>
    public int WordWidth { get; init; } = 64;

    /// <summary>Width of the encoder's hidden layer.</summary>
    public int Hidden { get; init; } = 64;

    /// <summary>D, numbers of w and h; 768 in the paper.</summary>
    public int Width { get; init; } = 64;

    /// <summary>Whether h depends on the paragraphs taken; otherwise it stays h_1, which the paper compares
    /// with.</summary>
    public bool Recurrent { get; init; } = true;

    /// <summary>F, paragraphs of the start set, by TF-IDF; 20 to 500 in the paper.</summary>
    public int Starts { get; init; } = 100;

    /// <summary>B, paths that the search keeps.</summary>
    public int Beam { get; init; } = 8;

    /// <summary>Paragraphs of a path and its end, at most.</summary>
    public int MostSteps { get; init; } = 4;

    /// <summary>Best candidates of a step that stay candidates in the next one, beside the links.</summary>
    public int Kept { get; init; } = 2;

    /// <summary>Paragraphs that a training question is compared with; 50 in the paper.</summary>
    public int Candidates { get; init; } = 50;

    /// <summary>How many of them are taken by TF-IDF at most; the others are linked.</summary>
    public int TfIdfNegatives { get; init; } = 40;

    /// <summary>Whether each question is trained with a redundant start, too.</summary>
    public bool Redundant { get; init; } = true;

    /// <summary>Dropout of h and of the encoder's hidden layer.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Questions a step.</summary>
    public int Batch { get; init; } = 32;

    /// <summary>Adam's.</summary>
    public double LearningRate { get; init; } = 2e-3;

    /// <summary>Passes of the retriever over the questions; 3 in the paper.</summary>
    public int Epochs { get; init; } = 8;

    /// <summary>Passes of the reader.</summary>
    public int ReaderEpochs { get; init; } = 8;

    /// <summary>Of the weights, the order, the negatives.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>A path that the search found.</summary>
/// <param name="Paragraphs">Its paragraphs.</param>
/// <param name="Steps">The probability of each choice; with the end's last where it was chosen.</param>
/// <param name="Ended">Whether it ends by choice.</param>
public sealed record ReasoningPath(IReadOnlyList<int> Paragraphs, IReadOnlyList<double> Steps, bool Ended)
{
    /// <summary>The product of the steps: longer paths have a lower one, which the reader makes
    /// good.</summary>
    public double Probability => Steps.Aggregate(1.0, (product, p) => product * p);
}

/// <summary>w_i: a vector of a question and a paragraph, which are read together.</summary>
/// <remarks>With q̄ and p̄ the weighted means of word vectors: two layers over [q̄; p̄; q̄ ⊙ p̄; |q̄ - p̄|;
/// three shared measures], then a layer norm.</remarks>
public sealed class PairEncoder : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly Embedding vectors;
    private readonly Linear hidden, output;
    private readonly LayerNorm norm;
    private readonly double dropout;

    /// <param name="words">Number of words.</param>
    /// <param name="settings">The sizes.</param>
    public PairEncoder(int words, PathSettings settings) : base(nameof(PairEncoder))
    {
        ArgumentNullException.ThrowIfNull(settings);
        vectors = nn.Embedding(words, settings.WordWidth);
        nn.init.normal_(vectors.weight!, 0, 1);
        hidden = nn.Linear(4 * settings.WordWidth + 3, settings.Hidden);
        output = nn.Linear(settings.Hidden, settings.Width);
        norm = nn.LayerNorm(settings.Width);
        dropout = settings.Dropout;
        RegisterComponents();
    }

    /// <summary>Weighted means of word vectors.</summary>
    /// <param name="texts">[texts, words].</param>
    /// <returns>[texts, word width].</returns>
    public Tensor Means(SparseMatrix texts) => texts.MatMul(vectors.weight!);

    /// <summary>The layer norm that w_i goes through, for the vector of the end of evidence.</summary>
    /// <param name="x">[.., D].</param>
    public Tensor Norm(Tensor x) => norm.call(x);

    /// <summary>The pairs' vectors.</summary>
    /// <param name="q">Means of the questions: [B, word width].</param>
    /// <param name="p">Means of K paragraphs for each: [B, K, word width].</param>
    /// <param name="shared">What they share: [B, K, 3].</param>
    /// <returns>w: [B, K, D].</returns>
    public override Tensor forward(Tensor q, Tensor p, Tensor shared)
    {
        using var scope = NewDisposeScope();
        var each = q.unsqueeze(1).expand(p.shape);                              // [B, E] -> [B, K, E]
        var pair = cat([each, p, each * p, (each - p).abs(), shared], 2);       // [B, K, 4 E + 3]
        var inner = FastDropout.Apply(hidden.call(pair).relu(), dropout, training);
        return norm.call(output.call(inner)).MoveToOuterDisposeScope();         // [B, K, D]
    }
}

/// <summary>A question, a path to learn and paragraphs to compare with.</summary>
/// <param name="Question">The question.</param>
/// <param name="Candidates">The path first, then the negatives.</param>
/// <param name="Length">Paragraphs of the path.</param>
/// <param name="Spared">Places among the candidates that are no negatives in the first step: another right
/// start.</param>
public sealed record PathExample(
    string Question, IReadOnlyList<int> Candidates, int Length, IReadOnlyList<int> Spared);

/// <summary>The recurrent retriever (section 3.1).</summary>
public sealed class PathRetriever : nn.Module
{
    private readonly PairEncoder encoder;
    private readonly Parameter start, end, scale, bias;
    private readonly Linear recurrence;
    private readonly PathSettings settings;

    /// <param name="table">The paragraphs' words.</param>
    /// <param name="settings">The sizes.</param>
    public PathRetriever(WordTable table, PathSettings settings) : base(nameof(PathRetriever))
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(settings);
        (Table, this.settings) = (table, settings);
        encoder = new PairEncoder(table.Words, settings);
        recurrence = nn.Linear(2 * settings.Width, settings.Width);
        start = new Parameter(empty(settings.Width).uniform_(-0.1, 0.1));
        end = new Parameter(empty(settings.Width).uniform_(-0.1, 0.1));
        (scale, bias) = (new Parameter(ones(1)), new Parameter(zeros(1)));
        RegisterComponents();
    }

    /// <summary>The paragraphs' words.</summary>
    public WordTable Table { get; }

    /// <summary>w of paragraphs, each read with its question.</summary>
    /// <param name="questions">B questions.</param>
    /// <param name="paragraphs">K paragraphs for each.</param>
    /// <returns>[B, K, D].</returns>
    public Tensor Encode(IReadOnlyList<string> questions, IReadOnlyList<IReadOnlyList<int>> paragraphs)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(paragraphs);
        using var scope = NewDisposeScope();
        long b = questions.Count, k = paragraphs[0].Count;
        var places = tensor(paragraphs.SelectMany(p => p).Select(p => (long)p).ToArray(), device: end.device);
        var p = encoder.Means(Table.Paragraphs).index_select(0, places).view(b, k, -1);
        float[] common = [.. questions.SelectMany((q, i) => Table.Shared(q, paragraphs[i]))];
        var shared = tensor(common, device: end.device).view(b, k, 3);
        return encoder.call(encoder.Means(Table.Rows(questions)), p, shared).MoveToOuterDisposeScope();
    }

    /// <summary>w of the end of evidence: [1, D].</summary>
    public Tensor End() => encoder.Norm(end.unsqueeze(0));

    /// <summary>h_1 = g s/‖s‖.</summary>
    /// <param name="count">For how many questions.</param>
    /// <returns>[count, D].</returns>
    public Tensor First(long count) => Unit(start.unsqueeze(0)).expand(count, settings.Width);

    /// <summary>h_(t+1) from h_t and the paragraph taken; h_1 for ever without recurrence.</summary>
    /// <param name="h">[B, D].</param>
    /// <param name="w">The paragraphs taken: [B, D].</param>
    public Tensor Next(Tensor h, Tensor w) => settings.Recurrent ? Unit(recurrence.call(cat([h, w], 1))) : h;

    /// <summary>w·h + b: P is the logistic of it.</summary>
    /// <param name="h">[B, D].</param>
    /// <param name="w">[B, K, D].</param>
    /// <returns>[B, K].</returns>
    public Tensor Logits(Tensor h, Tensor w) => w.bmm(h.unsqueeze(2)).squeeze(2) + bias;

    private Tensor Unit(Tensor u) => scale * u / u.norm(1, keepdim: true);

    /// <summary>The loss of examples, all with as many candidates: binary cross-entropy, summed over steps
    /// and candidates, a mean over examples.</summary>
    /// <remarks>In each step one is right: the next paragraph, or the end after the last. What was taken
    /// already is left out, and so is the end in the first step.</remarks>
    /// <param name="examples">The examples.</param>
    public Tensor Loss(IReadOnlyList<PathExample> examples)
    {
        ArgumentNullException.ThrowIfNull(examples);
        using var scope = NewDisposeScope();
        int b = examples.Count, k = examples[0].Candidates.Count, most = examples.Max(e => e.Length);
        var w = Encode([.. examples.Select(e => e.Question)], [.. examples.Select(e => e.Candidates)]);
        w = cat([w, End().unsqueeze(0).expand(b, 1, settings.Width)], 1);       // [B, K + 1, D], the end last
        var (h, sum) = (First(b), zeros(1, device: end.device));
        for (int t = 0; t <= most; t++)
        {
            float[] right = new float[b * (k + 1)], counts = new float[b * (k + 1)];
            for (int i = 0; i < b; i++)
            {
                int length = examples[i].Length, row = i * (k + 1);
                if (t > length) continue;                                               // it has ended
                Array.Fill(counts, 1, row + t, k - t);
                counts[row + k] = t == 0 ? 0 : 1;
                if (t == 0) foreach (int place in examples[i].Spared) counts[row + place] = 0;
                right[row + (t < length ? t : k)] = 1;
            }
            var logits = Logits(FastDropout.Apply(h, settings.Dropout, training), w);
            sum += nn.functional.binary_cross_entropy_with_logits(logits, tensor(right, device: w.device).view(b, k + 1),
                tensor(counts, device: w.device).view(b, k + 1), nn.Reduction.Sum);
            h = Next(h, w.select(1, Math.Min(t, k)));                           // the t-th of the path
        }
        return (sum / b).MoveToOuterDisposeScope();
    }
}

/// <summary>Something in a path that may be the answer.</summary>
/// <param name="Text">The mention or the number.</param>
/// <param name="Context">Its sentence without it.</param>
/// <param name="Number">Whether it is a number.</param>
/// <param name="Last">Whether it stands in the path's last paragraph.</param>
public sealed record AnswerCandidate(string Text, string Context, bool Number, bool Last);

/// <summary>The reader (section 3.2): P(E | q) of a path, and a score for each candidate answer in
/// it.</summary>
public sealed class PathReader : nn.Module
{
    private readonly Embedding vectors;
    private readonly Linear bilinear, flags, hidden, output;
    private readonly WordTable table;

    /// <param name="table">The paragraphs' words.</param>
    /// <param name="settings">The sizes.</param>
    public PathReader(WordTable table, PathSettings settings) : base(nameof(PathReader))
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(settings);
        this.table = table;
        vectors = nn.Embedding(table.Words, settings.WordWidth);
        bilinear = nn.Linear(settings.WordWidth, settings.WordWidth, hasBias: false);
        flags = nn.Linear(settings.WordWidth, 2);
        hidden = nn.Linear(2 * settings.Width, settings.Hidden);
        output = nn.Linear(settings.Hidden, 1);
        RegisterComponents();
    }

    /// <summary>The candidates of a path.</summary>
    /// <param name="paragraphs">The path's paragraphs.</param>
    public IReadOnlyList<AnswerCandidate> Candidates(IReadOnlyList<int> paragraphs) =>
    [
        .. from place in Enumerable.Range(0, paragraphs.Count)
           from sentence in table.Corpus.Paragraphs[paragraphs[place]].Sentences
           from answer in sentence.Answers
           select new AnswerCandidate(answer, sentence.Text.Replace(answer, " "), answer.All(char.IsDigit),
               place == paragraphs.Count - 1),
    ];

    /// <summary>Scores of candidates: q̄ᵀ M c̄ with c̄ the mean of the sentence's words, and what q̄ makes of
    /// numbers and of the last paragraph.</summary>
    /// <param name="questions">B questions.</param>
    /// <param name="candidates">The candidates of each, at least one.</param>
    /// <returns>[B, most candidates]; minus infinity where a question has fewer.</returns>
    public Tensor Scores(
        IReadOnlyList<string> questions, IReadOnlyList<IReadOnlyList<AnswerCandidate>> candidates)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(candidates);
        using var scope = NewDisposeScope();
        int k = candidates.Max(c => c.Count);
        AnswerCandidate?[] all = [.. candidates.SelectMany(some =>
            Enumerable.Range(0, k).Select(i => i < some.Count ? some[i] : null))];
        var q = table.Rows(questions).MatMul(vectors.weight!);                              // [B, E]
        var c = table.Rows([.. all.Select(a => a?.Context ?? "")]).MatMul(vectors.weight!); // [B K, E]
        static float One(bool? what) => what == true ? 1 : 0;
        float[] kinds = [.. all.SelectMany(a => new[] { One(a?.Number), One(a?.Last) })];
        var scores = bilinear.call(c).view(questions.Count, k, -1).bmm(q.unsqueeze(2)).squeeze(2)
            + tensor(kinds, device: q.device).view(questions.Count, k, 2).bmm(flags.call(q).unsqueeze(2)).squeeze(2);
        float[] none = [.. all.Select(a => a is null ? float.NegativeInfinity : 0)];
        return (scores + tensor(none, device: q.device).view(questions.Count, k)).MoveToOuterDisposeScope();
    }

    /// <summary>The logit of P(E | q).</summary>
    /// <param name="evidence">u_E of N paths: the mean of w_i and h_T, [N, 2 D].</param>
    /// <returns>[N].</returns>
    public Tensor Judge(Tensor evidence) => output.call(hidden.call(evidence).relu()).squeeze(1);
}

/// <summary>A trained system.</summary>
/// <param name="Retriever">Finds paths.</param>
/// <param name="Reader">Judges them and reads the answer.</param>
/// <param name="Settings">What it was trained with.</param>
public sealed record PathSystem(
    PathRetriever Retriever, PathReader Reader, PathSettings Settings) : IDisposable
{
    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        Retriever.Dispose();
        Reader.Dispose();
    }
}

/// <summary>What a system makes of a question.</summary>
/// <param name="Paths">The paths found, the most probable first.</param>
/// <param name="Chosen">The one that is read.</param>
/// <param name="Answer">The answer; empty where the path holds no candidate.</param>
public sealed record PathAnswer(IReadOnlyList<ReasoningPath> Paths, ReasoningPath Chosen, string Answer);

/// <summary>How good answers are; shares from 0 to 1.</summary>
/// <param name="PathExact">The chosen path is the right one, paragraph by paragraph, and was ended by choice;
/// a redundant start before it is forgiven.</param>
/// <param name="AllFound">The chosen path has all paragraphs of the right one.</param>
/// <param name="AnswerExact">The answer is a right one.</param>
public sealed record PathQuality(double PathExact, double AllFound, double AnswerExact)
{
    /// <summary>Judges answers.</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="answers">An answer each.</param>
    public static PathQuality Of(IReadOnlyList<PathQuestion> questions, IReadOnlyList<PathAnswer> answers)
    {
        double Share(Func<PathQuestion, PathAnswer, bool> right) =>
            questions.Zip(answers, right).Average(r => r ? 1.0 : 0);
        return new PathQuality(
            Share((q, a) => a.Chosen.Ended
                && a.Chosen.Paragraphs.TakeLast(q.Path.Count).SequenceEqual(q.Path)),
            Share((q, a) => q.Path.All(a.Chosen.Paragraphs.Contains)),
            Share((q, a) => q.Answers.Contains(a.Answer)));
    }
}

/// <summary>Training, search and answers.</summary>
public static class ReasoningPaths
{
    /// <summary>Trains retriever and reader.</summary>
    /// <param name="corpus">The paragraphs.</param>
    /// <param name="questions">Questions with their paths.</param>
    /// <param name="settings">What is chosen.</param>
    public static PathSystem Train(
        LinkedParagraphs corpus, IReadOnlyList<PathQuestion> questions, PathSettings settings)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(settings);
        manual_seed(settings.Seed);
        var table = new WordTable(corpus, questions);
        var random = new Random(settings.Seed);
        var retriever = new PathRetriever(table, settings).to(Devices.Chosen);
        PathExample[] examples = [.. questions.SelectMany(q => Examples(table, q, settings, random))];
        Fit(retriever, "retriever", settings, settings.Epochs, examples, batch => retriever.Loss(batch));
        var reader = new PathReader(table, settings).to(Devices.Chosen);
        var lessons = Lessons(retriever, reader, questions, settings, random);
        Fit(reader, "reader", settings, settings.ReaderEpochs, lessons, batch => ReaderLoss(reader, batch));
        return new PathSystem(retriever, reader, settings);
    }

    private static void Fit<T>(nn.Module model, string task, PathSettings settings, int epochs,
        T[] examples, Func<T[], Tensor> loss)
    {
        using var optimizer = optim.Adam(model.parameters(), settings.LearningRate);
        new Trainer(model, optimizer) { Task = task, Epochs = epochs }.Run(epoch =>
        {
            T[] order = [.. examples];
            new Random(settings.Seed + 7919 * epoch).Shuffle(order);
            return order.Chunk(settings.Batch);
        }, loss);
    }

    /// <summary>What a question teaches the retriever: its path, and its path behind a redundant start if
    /// there is one: a paragraph of the start set that links to the first.</summary>
    /// <param name="table">The paragraphs' words.</param>
    /// <param name="question">The question.</param>
    /// <param name="settings">How many negatives.</param>
    /// <param name="random">For what is filled up where links are few.</param>
    public static IReadOnlyList<PathExample> Examples(
        WordTable table, PathQuestion question, PathSettings settings, Random random)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(random);
        var corpus = table.Corpus;
        int wanted = Math.Min(settings.Candidates, corpus.Paragraphs.Count);
        int[] similar = [.. table.Similar.Top(question.Text, settings.TfIdfNegatives + question.Path.Count)];
        int redundant = settings.Redundant
            ? similar.Take(settings.Starts).Except(question.Path)
                .Where(p => corpus.Links(p).Contains(question.Path[0])).DefaultIfEmpty(-1).First()
            : -1;
        PathExample Example(int[] path, int other)
        {
            var all = new List<int>(path);
            void Add(IEnumerable<int> more) => all.AddRange([.. more.Except(all).Take(wanted - all.Count)]);
            Add(similar.Except(path).Take(settings.TfIdfNegatives));
            Add(path.SelectMany(corpus.Links));
            while (all.Count < wanted) Add([random.Next(corpus.Paragraphs.Count)]);
            int spared = other < 0 ? -1 : all.IndexOf(other);
            return new PathExample(question.Text, all, path.Length, spared < 0 ? [] : [spared]);
        }
        int[] gold = [.. question.Path];
        return redundant < 0 ? [Example(gold, -1)]
            : [Example(gold, redundant), Example([redundant, .. gold], gold[0])];
    }

    private sealed record Way(int[] Path, double[] Steps, double Product, bool Ended, int[] Kept);

    /// <summary>Beam search over the links (section 3.1): from the start set, one paragraph a step, until the
    /// end is chosen.</summary>
    /// <param name="retriever">The retriever; it is left in evaluation mode.</param>
    /// <param name="question">The question.</param>
    /// <param name="settings">Starts, beam, steps, and how many candidates stay open.</param>
    /// <returns>The most probable paths, the best first; at most as many as the beam.</returns>
    /// <exception cref="ArgumentException">The question shares no word with any paragraph.</exception>
    public static IReadOnlyList<ReasoningPath> Search(
        PathRetriever retriever, string question, PathSettings settings)
    {
        ArgumentNullException.ThrowIfNull(retriever);
        ArgumentNullException.ThrowIfNull(settings);
        int[] starts = retriever.Table.Similar.Top(question, settings.Starts);
        if (starts.Length == 0)
            throw new ArgumentException($"'{question}' shares no word with any paragraph.", nameof(question));
        retriever.eval();
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var corpus = retriever.Table.Corpus;
        var ways = new List<Way> { new([], [], 1, false, starts) };
        var h = retriever.First(1);
        for (int step = 0; step < settings.MostSteps && ways.Exists(way => !way.Ended); step++)
        {
            Way[] open = [.. ways.Where(way => !way.Ended)];
            // What is linked from the last paragraph, and what was best beside it.
            int[][] next = [.. open.Select(way => way.Path.Length == 0 ? way.Kept
                : corpus.Links(way.Path[^1]).Union(way.Kept).Except(way.Path).ToArray())];
            int[] opened = [.. next.SelectMany(n => n).Distinct()];
            var encoded = opened.Length == 0 ? retriever.End()
                : cat([retriever.Encode([question], [opened])[0], retriever.End()], 0);     // [K + 1, D]
            var logits = retriever.Logits(h, encoded.unsqueeze(0).expand(open.Length, -1, -1));
            var p = logits.sigmoid().cpu().data<float>().ToArray();
            var place = opened.Index().ToDictionary(o => o.Item, o => o.Index);
            double P(int way, int column) => p[way * (opened.Length + 1) + column];
            bool last = step == settings.MostSteps - 1;                     // only the end is left
            var grown = new List<(Way Way, int From, int Column)>();
            for (int i = 0; i < open.Length; i++)
            {
                var way = open[i];
                int[] kept = [.. next[i].OrderByDescending(o => P(i, place[o])).Take(settings.Kept)];
                Way Grown(int[] path, double chance, bool ended) =>
                    new(path, [.. way.Steps, chance], way.Product * chance, ended, kept);
                if (!last)
                    grown.AddRange(next[i].Select(o =>
                        (Grown([.. way.Path, o], P(i, place[o]), false), i, place[o])));
                if (step > 0) grown.Add((Grown(way.Path, P(i, opened.Length), true), i, -1));
            }
            var best = ways.Where(way => way.Ended).Select(way => (Way: way, From: -1, Column: -1))
                .Concat(grown).OrderByDescending(g => g.Way.Product).Take(settings.Beam).ToList();
            ways = [.. best.Select(g => g.Way)];
            var moving = best.Where(g => !g.Way.Ended).ToList();
            if (moving.Count == 0) break;
            Tensor Pick(Tensor rows, Func<(Way Way, int From, int Column), int> row) =>
                rows.index_select(0, tensor(moving.Select(m => (long)row(m)).ToArray(), device: rows.device));
            h = retriever.Next(Pick(h, m => m.From), Pick(encoded, m => m.Column));
        }
        return [.. ways.Select(way => new ReasoningPath(way.Path, way.Steps, way.Ended))];
    }

    /// <summary>u_E of paths: the mean of w_i, and h_T.</summary>
    /// <returns>[paths, 2 D], without gradients.</returns>
    private static Tensor Evidence(
        PathRetriever retriever, string question, IReadOnlyList<IReadOnlyList<int>> paths)
    {
        retriever.eval();
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        int[] places = [.. paths.SelectMany(path => path).Distinct()];
        var encoded = retriever.Encode([question], [places])[0];                        // [K, D]
        var rows = paths.Select(path =>
        {
            long[] own = [.. path.Select(p => (long)Array.IndexOf(places, p))];
            var w = encoded.index_select(0, tensor(own, device: encoded.device));                               // [T, D]
            var h = retriever.First(1);
            for (int t = 0; t < path.Count; t++) h = retriever.Next(h, w.narrow(0, t, 1));
            return cat([w.mean([0], keepdim: true), h], 1);
        });
        return cat([.. rows], 0).MoveToOuterDisposeScope();
    }

    /// <summary>A question, the candidates on its path, and u_E of the right path and then of wrong
    /// ones.</summary>
    private sealed record ReaderLesson(
        PathQuestion Question, IReadOnlyList<AnswerCandidate> Candidates, float[] Evidence, int Paths);

    /// <summary>What the reader learns from: each right path, and wrong ones: with a similar or linked
    /// paragraph that has not the answer in the place of the last one, or after it, that paragraph alone, and
    /// too short a path.</summary>
    private static ReaderLesson[] Lessons(PathRetriever retriever, PathReader reader,
        IReadOnlyList<PathQuestion> questions, PathSettings settings, Random random)
    {
        var corpus = retriever.Table.Corpus;
        return [.. Progress.Over("evidence", questions).Select(question =>
        {
            int[] others = [.. retriever.Table.Similar.Top(question.Text, settings.Starts)
                .Union(question.Path.SelectMany(corpus.Links)).Except(question.Path)
                .Where(p => !question.Answers.Any(corpus.Paragraphs[p].Has))];
            int other = others.Length > 0 ? others[random.Next(others.Length)]
                : random.Next(corpus.Paragraphs.Count);
            using var scope = NewDisposeScope();
            int[] before = [.. question.Path.SkipLast(1)];
            int[] longer = [.. question.Path, other];
            IReadOnlyList<int>[] paths = before.Length == 0 ? [question.Path, [other], longer]
                : [question.Path, [.. before, other], longer, [other], before];
            var evidence = Evidence(retriever, question.Text, paths);
            return new ReaderLesson(
                question, reader.Candidates(question.Path), evidence.cpu().data<float>().ToArray(), paths.Length);
        })];
    }

    private static Tensor ReaderLoss(PathReader reader, ReaderLesson[] batch)
    {
        var scores = reader.Scores(
            [.. batch.Select(l => l.Question.Text)], [.. batch.Select(l => l.Candidates)]);
        int k = (int)scores.shape[1];
        static bool IsRight(ReaderLesson l, int i) =>
            i < l.Candidates.Count && l.Question.Answers.Contains(l.Candidates[i].Text);
        float[] wrong = [.. batch.SelectMany(l => Enumerable.Range(0, k).Select(i =>
            IsRight(l, i) ? 0 : float.NegativeInfinity))];
        // The answer may be mentioned more than once: any of them will do.
        var answer = scores.logsumexp(1) - (scores + tensor(wrong, device: scores.device).view(-1, k)).logsumexp(1);
        float[] labels =
            [.. batch.SelectMany(l => Enumerable.Range(0, l.Paths).Select(i => i == 0 ? 1f : 0))];
        var evidence = tensor(batch.SelectMany(l => l.Evidence).ToArray(), device: scores.device).view(labels.Length, -1);
        var judged = reader.Judge(evidence);
        return answer.mean() + nn.functional.binary_cross_entropy_with_logits(judged, tensor(labels, device: judged.device));
    }

    /// <summary>Finds paths, chooses one and reads the answer from it.</summary>
    /// <param name="system">The system.</param>
    /// <param name="question">The question.</param>
    /// <param name="rerank">Whether the reader chooses the path; otherwise the most probable one is
    /// read.</param>
    /// <param name="settings">Of the search; the system's own without.</param>
    public static PathAnswer Answer(
        PathSystem system, string question, bool rerank = true, PathSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(system);
        var paths = Search(system.Retriever, question, settings ?? system.Settings);
        system.Reader.eval();
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        int chosen = !rerank ? 0 : (int)system.Reader.Judge(
            Evidence(system.Retriever, question, [.. paths.Select(p => p.Paragraphs)])).argmax().item<long>();
        var candidates = system.Reader.Candidates(paths[chosen].Paragraphs);
        string answer = candidates.Count == 0 ? ""
            : candidates[(int)system.Reader.Scores([question], [candidates]).argmax().item<long>()].Text;
        return new PathAnswer(paths, paths[chosen], answer);
    }
}
