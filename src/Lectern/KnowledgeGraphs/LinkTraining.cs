using Lectern.Training;

namespace Lectern.KnowledgeGraphs;

/// <summary>Trains link predictors by negative sampling, against all entities a triple, or against all entities a
/// question.</summary>
/// <remarks>Where this process is one of several (<see cref="Ranks.OfJob"/>), all train the model together, each on its share of every batch.</remarks>
public static class LinkTraining
{
    /// <summary>The measure that is chosen by.</summary>
    public const string ValidationMrr = "validation MRR";

    /// <summary>Trains a model; the weights of its best validation MRR are in it when it comes back.</summary>
    /// <param name="data">The triples.</param>
    /// <param name="settings">Everything that is chosen.</param>
    /// <param name="checkpoint">File to go on from, exactly, and to write to; null: none.</param>
    /// <param name="validation">How many validation triples an evaluation ranks, the first ones; all without it.</param>
    /// <exception cref="NonFiniteLossException">The loss is not a number any more; the checkpoint is the last good one.</exception>
    public static (LinkPredictor Model, History History) Train(LinkDataset data, LinkSettings settings,
        string? checkpoint = null, int validation = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(settings);
        manual_seed(settings.Seed);
        var model = new LinkPredictor(data.Entities.Count, data.Relations.Count, settings).to(Devices.Chosen);
        using var optimizer = Optimizer(model, settings);
        var ranks = Ranks.OfJob;
        var ranked = data.Validation.Take(validation).ToArray();
        var history = new Trainer(model, optimizer)
        {
            Task = $"{settings.Model} on {data.Name}",
            // The trainer's epoch is the period from one evaluation to the next.
            Epochs = (settings.Epochs + settings.EvaluateEvery - 1) / settings.EvaluateEvery,
            Best = ValidationMrr,
            HigherIsBetter = true,
            Patience = settings.Patience,
            StopWhen = history => settings.HopelessAfter > 0
                && history.Epochs * settings.EvaluateEvery >= settings.HopelessAfter
                && history[ValidationMrr].Max() <= settings.HopelessMrr,
            Schedule = history => SetRate(optimizer, settings, history),
            Checkpoint = checkpoint,
            CheckpointEvery = 1,
            Ranks = ranks,
        }.Run(period => Steps(data, settings, period, ranks?.Rank ?? 0, ranks?.Count ?? 1),
            step =>
            {
                model.Normalize();
                return Loss(model, settings, step);
            },
            () => new Dictionary<string, double> { [ValidationMrr] = LinkRanking.Rank(model, ranked, data.Known).All.Mrr });
        return (model, history);
    }

    /// <summary>Questions with their right answers, or triples: what a step is made of.</summary>
    /// <param name="Triples">The triples, for negative sampling; empty otherwise.</param>
    /// <param name="Tails">Questions about tails.</param>
    /// <param name="TailAnswers">Their right answers.</param>
    /// <param name="Heads">Questions about heads.</param>
    /// <param name="HeadAnswers">Their right answers.</param>
    /// <param name="Size">What the loss is divided by: the batch's size, or one rank's even share of it.</param>
    /// <param name="Seed">Of the negatives.</param>
    internal sealed record Step(IReadOnlyList<Triple> Triples, IReadOnlyList<LinkQuestion> Tails,
        AnswerRows TailAnswers, IReadOnlyList<LinkQuestion> Heads, AnswerRows HeadAnswers, double Size, int Seed);

    /// <summary>The steps of a period: as many passes as lie between two evaluations; of several ranks, one's share of each. The mean of
    /// the ranks' losses is then that of the whole step. A batch with fewer items than ranks is left out.</summary>
    internal static IEnumerable<Step> Steps(LinkDataset data, LinkSettings settings, int period, int rank = 0, int ranks = 1)
    {
        IEnumerable<(T[] Items, double Size)> Shares<T>(T[] items) => items.Chunk(settings.Batch).Where(batch => batch.Length >= ranks)
            .Select(batch => (Ranks.Share(batch, rank, ranks), (double)batch.Length / ranks));

        LinkQuestion[] questions = settings.Training == LinkTrainingType.KvsAll ? [.. data.Training.Questions()] : [];
        for (int pass = 0; pass < settings.EvaluateEvery; pass++)
        {
            int epoch = period * settings.EvaluateEvery + pass;
            if (epoch >= settings.Epochs) yield break;
            var random = new Random(settings.Seed + 7919 * epoch);
            if (settings.Training == LinkTrainingType.KvsAll)
            {
                random.Shuffle(questions);
                foreach (var (share, size) in Shares(questions)) yield return AgainstAll(data, share) with { Size = size };
            }
            else
            {
                var triples = data.Train.ToArray();
                random.Shuffle(triples);
                foreach (var (share, size) in Shares(triples))
                    yield return settings.Training == LinkTrainingType.OneVsAll
                        ? AgainstAll(share) with { Size = size }
                        : new Step(share, [], NoAnswers, [], NoAnswers, size, random.Next());
            }
        }
    }

    private static readonly AnswerRows NoAnswers = new([0], []);

    private static Step AgainstAll(LinkDataset data, LinkQuestion[] questions)
    {
        LinkQuestion[] tails = [.. questions.Where(q => !q.AsksHead)], heads = [.. questions.Where(q => q.AsksHead)];
        return new Step([], tails, AnswerRows.Of(data.Training, tails), heads, AnswerRows.Of(data.Training, heads),
            questions.Length, 0);
    }

    private static Step AgainstAll(Triple[] triples)
    {
        int[] pointers = [.. Enumerable.Range(0, triples.Length + 1)];      // each has one right answer
        return new Step([],
            [.. triples.Select(t => new LinkQuestion(t.Head, t.Relation, AsksHead: false))],
            new AnswerRows(pointers, [.. triples.Select(t => t.Tail)]),
            [.. triples.Select(t => new LinkQuestion(t.Tail, t.Relation, AsksHead: true))],
            new AnswerRows(pointers, [.. triples.Select(t => t.Head)]), triples.Length, 0);
    }

    /// <summary>The loss of a step: its rows' sum over the batch's size, and the penalty.</summary>
    internal static Tensor Loss(LinkPredictor model, LinkSettings settings, Step step)
    {
        var (loss, entities, relations) = step.Triples.Count > 0
            ? Sampled(model, settings, step)
            : AgainstAll(model, settings, step);
        return model.Penalty(entities, relations) is { } penalty ? loss + penalty : loss;
    }

    // Both ways look all vectors up at once: the gradient of every look-up is as large as its table.
    // They give them back for the penalty, each as often as the step uses it.
    private static (Tensor Loss, Tensor Entities, Tensor? Relations) AgainstAll(LinkPredictor model,
        LinkSettings settings, Step step)
    {
        var sides = new List<(IReadOnlyList<LinkQuestion> Questions, AnswerRows Answers, bool AskHeads)>();
        void Side(IReadOnlyList<LinkQuestion> questions, AnswerRows answers, bool askHeads)
        {
            if (questions.Count > 0) sides.Add((questions, answers, askHeads));
        }
        if (settings.Reciprocal)
        {
            // All are questions about tails then, and one batch to batch norms.
            Side([.. step.Tails, .. step.Heads.Select(model.Reciprocal)], step.TailAnswers.And(step.HeadAnswers), askHeads: false);
        }
        else
        {
            Side(step.Tails, step.TailAnswers, askHeads: false);
            Side(step.Heads, step.HeadAnswers, askHeads: true);
        }
        bool penalised = settings.PenaltyByFrequency && settings.EntityPenalty > 0;
        var entities = model.Vectors([
            .. sides.Select(side => side.Questions.Select(q => (long)q.Entity).ToArray()),
            .. sides.Where(_ => penalised).Select(side => Array.ConvertAll(side.Answers.Columns, c => (long)c)),
        ], out var all);
        var relations = model.Asked(
            [.. sides.Select(side => side.Questions.Select(q => (long)q.Relation).ToArray())], out var allRelations);
        var terms = sides.Select((side, i) => model.AnswersLoss(
            entities[i], relations[i], side.AskHeads, side.Answers, factor: 1.0 / step.Size));
        return (terms.Aggregate((a, b) => a + b), all, allRelations);
    }

    private static (Tensor Loss, Tensor Entities, Tensor? Relations) Sampled(LinkPredictor model,
        LinkSettings settings, Step step)
    {
        if (settings.HeadNegatives + settings.TailNegatives == 0)
            throw new ArgumentException("Negative sampling needs HeadNegatives or TailNegatives above 0.", nameof(settings));
        var random = new Random(step.Seed);
        int count = step.Triples.Count;
        long[] Drawn(int negatives)
        {
            long[] drawn = new long[settings.SharedNegatives ? negatives : count * negatives];
            for (int i = 0; i < drawn.Length; i++) drawn[i] = random.NextInt64(model.EntityCount);
            return drawn;
        }
        var entities = model.Vectors([
            [.. step.Triples.Select(t => (long)t.Head)], [.. step.Triples.Select(t => (long)t.Tail)],
            Drawn(settings.TailNegatives), Drawn(settings.HeadNegatives),
        ], out var all);
        long[] asked = [.. step.Triples.Select(t => (long)t.Relation)];
        var relations = model.Asked(
            settings.Reciprocal ? [asked, [.. step.Triples.Select(model.ReciprocalRelation)]] : [asked], out var allRelations);
        var (heads, tails) = (entities[0], entities[1]);
        var terms = new List<Tensor>();
        void Side(Tensor given, LinkPredictor.AskedRelations relation, Tensor answer, int negatives, Tensor corrupted, bool askHeads)
        {
            if (negatives == 0) return;
            var truth = answer.unsqueeze(1);
            Tensor Scores(Tensor candidates) => model.Scores(given, relation, askHeads, candidates);
            terms.Add(RowLoss(settings.SharedNegatives              // [B, 1 + k], the true one first
                ? cat([Scores(truth), Scores(corrupted)], 1)
                : Scores(cat([truth, corrupted.view(count, negatives, -1)], 1)), settings));
        }
        Side(heads, relations[0], tails, settings.TailNegatives, entities[2], askHeads: false);
        Side(tails, relations[^1], heads, settings.HeadNegatives, entities[3], askHeads: !settings.Reciprocal);
        return (terms.Aggregate((a, b) => a + b) / step.Size, all.narrow(0, 0, 2 * count), allRelations?.narrow(0, 0, count));
    }

    /// <summary>The loss of rows [B, 1 + k] whose first score is the true one's, summed.</summary>
    internal static Tensor RowLoss(Tensor scores, LinkSettings settings)
    {
        var (positive, negative) = (scores.narrow(1, 0, 1), scores.narrow(1, 1, scores.shape[1] - 1));
        return settings.Loss switch
        {
            LinkLoss.CrossEntropy => (scores.logsumexp(1, keepdim: true) - positive).sum(),
            LinkLoss.BinaryCrossEntropy => nn.functional.softplus(-(positive + settings.Offset)).sum()
                + nn.functional.softplus(negative + settings.Offset).sum(),
            LinkLoss.SelfAdversarial => nn.functional.softplus(-(positive + settings.Offset)).sum()
                + ((negative.detach() * settings.Temperature).softmax(1)
                    * nn.functional.softplus(negative + settings.Offset)).sum(),
            _ => (settings.Margin - positive + negative).clamp_min(0).sum(),
        };
    }

    /// <summary>The learning rate that a history leads to: multiplied by the factor whenever patience is
    /// exhausted.</summary>
    internal static double Rate(LinkSettings settings, IReadOnlyList<double> mrr)
    {
        var (rate, best, waited) = (settings.LearningRate, double.NegativeInfinity, 0);
        foreach (double value in mrr)
        {
            if (value > best) (best, waited) = (value, 0);
            else if (++waited > settings.PlateauPatience) (rate, waited) = (rate * settings.PlateauFactor, 0);
        }
        return rate;
    }

    private static void SetRate(OptimizerHelper optimizer, LinkSettings settings, History history)
    {
        double rate = Rate(settings, history.Epochs == 0 ? [] : history[ValidationMrr]);
        foreach (var group in optimizer.ParamGroups) group.LearningRate = rate;
    }

    private static OptimizerHelper Optimizer(LinkPredictor model, LinkSettings settings) => settings.Optimizer switch
    {
        LinkOptimizer.Adagrad => optim.Adagrad(model.parameters(), settings.LearningRate),
        LinkOptimizer.Adam => optim.Adam(model.parameters(), settings.LearningRate),
        _ => optim.SGD(model.parameters(), settings.LearningRate),
    };
}
