using Lectern.Training;

namespace Lectern.KnowledgeGraphs;

/// <summary>
/// A vector for each entity and each relation, and a scorer that compares them: how plausible is a triple, which
/// entities answer a question.
/// </summary>
/// <remarks>With reciprocal relations, (?, r, t) is asked as (t, r⁻¹, ?), and r⁻¹ is the row r + m of the relations'
/// table.</remarks>
public sealed class LinkPredictor : nn.Module
{
    private readonly Embedding entities, relations;
    private readonly nn.Module scoring;
    private readonly IScorer scorer;
    private readonly LinkSettings settings;
    private readonly long relationCount;

    /// <param name="entityCount">n, number of entities.</param>
    /// <param name="relationCount">m, number of relations.</param>
    /// <param name="settings">The scorer, its width, how its vectors start.</param>
    /// <exception cref="ArgumentException">The scorer needs reciprocal relations and the settings have none.</exception>
    public LinkPredictor(int entityCount, int relationCount, LinkSettings settings) : base(nameof(LinkPredictor))
    {
        ArgumentNullException.ThrowIfNull(settings);
        (this.settings, this.relationCount) = (settings, relationCount);
        scoring = Create(settings);
        scorer = (IScorer)scoring;
        if (scorer.OnlyTails && !settings.Reciprocal)
            throw new ArgumentException($"{settings.Model} scores tails only; it needs Reciprocal = true.", nameof(settings));
        entities = nn.Embedding(entityCount, scorer.EntityWidth);
        relations = nn.Embedding(settings.Reciprocal ? 2 * relationCount : relationCount, scorer.RelationWidth);
        Draw(entities.weight!);
        Draw(relations.weight!);
        using (no_grad()) scorer.Begin(entities.weight!, relations.weight!);
        RegisterComponents();
    }

    /// <summary>Number of entities.</summary>
    public long EntityCount => entities.weight!.shape[0];

    /// <summary>The entities' vectors: [n, E].</summary>
    public Tensor Entities => entities.weight!;

    /// <summary>The relations' vectors: [m, R], or [2m, R] with reciprocals.</summary>
    public Tensor Relations => relations.weight!;

    /// <summary>Scores of entities as answers to questions about tails, or about heads.</summary>
    /// <param name="given">The entity that each question gives, int64: [B].</param>
    /// <param name="relation">The relation of each, int64: [B].</param>
    /// <param name="askHeads">Whether the questions are (?, r, given); otherwise (given, r, ?).</param>
    /// <param name="candidates">Which entities to score, int64: for each question its own [B, K], or the same [K]
    /// for all questions; null for all entities.</param>
    /// <returns>[B, n] or [B, K]; higher is more plausible.</returns>
    public Tensor Answers(Tensor given, Tensor relation, bool askHeads, Tensor? candidates = null) =>
        Scored(given, relation.cpu().data<long>().ToArray(), askHeads, candidates);

    private Tensor Scored(Tensor given, long[] relation, bool askHeads, Tensor? candidates)
    {
        using var scope = NewDisposeScope();
        if (settings.Reciprocal && askHeads) relation = [.. relation.Select(r => r + relationCount)];
        return Scores(entities.call(given), Asked([relation], out _)[0],
            askHeads && !settings.Reciprocal, candidates is null ? null : entities.call(candidates))
            .MoveToOuterDisposeScope();
    }

    /// <summary>The relations of some questions.</summary>
    /// <param name="Numbers">Their rows in the table, B of them; those of reciprocals where questions about heads are
    /// asked so.</param>
    /// <param name="Vectors">[B, R]; null where the scorer multiplies by the table's rows in their place.</param>
    internal sealed record AskedRelations(long[] Numbers, Tensor? Vectors);

    /// <summary>The scores of <see cref="Answers"/> from what has been looked up.</summary>
    /// <param name="given">[B, E].</param>
    /// <param name="relation">The relations of the B questions.</param>
    /// <param name="askHeads">Whether the scorer is to score heads.</param>
    /// <param name="candidates">[K, E] or [B, K, E]; null for all entities.</param>
    internal Tensor Scores(Tensor given, AskedRelations relation, bool askHeads, Tensor? candidates = null)
    {
        using var scope = NewDisposeScope();
        var x = Dropped(given, settings.EntityDropout);
        var among = Dropped(candidates ?? entities.weight!, settings.EntityDropout);
        return Scores(Query(x, relation, askHeads), x, relation, askHeads, among).MoveToOuterDisposeScope();
    }

    private Tensor Scores(Tensor? query, Tensor x, AskedRelations relation, bool askHeads, Tensor among)
    {
        if (query is not null) return Compare.Dot(query, among);
        var r = Dropped(relation.Vectors!, settings.RelationDropout);
        return askHeads ? scorer.Heads(r, x, among) : scorer.Tails(x, r, among);
    }

    /// <summary>The loss of the scores of all entities against their right answers, summed over the questions.</summary>
    /// <param name="given">[B, E].</param>
    /// <param name="relation">The relations of the B questions.</param>
    /// <param name="askHeads">Whether the scorer is to score heads.</param>
    /// <param name="answers">Right answers of each question.</param>
    /// <param name="factor">What the sum is multiplied by.</param>
    internal Tensor AnswersLoss(
        Tensor given, AskedRelations relation, bool askHeads, AnswerRows answers, double factor)
    {
        using var scope = NewDisposeScope();
        var s = settings;
        var x = Dropped(given, s.EntityDropout);
        var among = Dropped(entities.weight!, s.EntityDropout);
        var query = Query(x, relation, askHeads);
        var loss = query is not null && Kernels.OnCpu(x) && x.dtype == ScalarType.Float32
            ? ProductLoss.Of(query, among, answers, s.Loss, s.LabelSmoothing, s.Offset, factor)
            : AnswerLoss.Of(Scores(query, x, relation, askHeads, among), answers, s.Loss, s.LabelSmoothing, s.Offset,
                factor, overwrite: true);
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>What questions become where scores are products with entities: [B, E]; null where they are not.</summary>
    private Tensor? Query(Tensor x, AskedRelations relation, bool askHeads)
    {
        if (relation.Vectors is null)
            return RelationProduct.Of(relations.weight!, relation.Numbers, x, transposed: !askHeads);
        if (scorer is not ProductScorer product) return null;
        var r = Dropped(relation.Vectors, settings.RelationDropout);
        return askHeads ? product.HeadQuery(r, x) : product.TailQuery(x, r);
    }

    /// <summary>Vectors of several lists of entities by one look-up, and all of them in one table.</summary>
    internal Tensor[] Vectors(IReadOnlyList<long[]> lists, out Tensor all) => LookUp(entities, lists, out all);

    /// <summary>Several lists of relations, likewise; there is no table where they are not looked up.</summary>
    internal AskedRelations[] Asked(IReadOnlyList<long[]> lists, out Tensor? all)
    {
        all = null;
        bool vectors = scorer is not Rescal || settings.RelationDropout > 0
            || (settings.PenaltyByFrequency && settings.RelationPenalty > 0) || !Kernels.OnCpu(relations.weight!);
        if (vectors) return [.. lists.Zip(LookUp(relations, lists, out all), (list, rows) => new AskedRelations(list, rows))];
        // No look-up sees these numbers: the product takes the matrices by them.
        foreach (long relation in lists.SelectMany(list => list))
            if ((ulong)relation >= (ulong)relations.weight!.shape[0])
                throw new ArgumentOutOfRangeException(nameof(lists), relation, $"There are the relations 0 to {relations.weight.shape[0] - 1}.");
        return [.. lists.Select(list => new AskedRelations(list, null))];
    }

    private static Tensor[] LookUp(Embedding table, IReadOnlyList<long[]> lists, out Tensor all)
    {
        all = table.call(tensor(lists.SelectMany(list => list).ToArray(), device: table.weight!.device));
        return all.split([.. lists.Select(list => (long)list.Length)]);
    }

    /// <summary>The row of r⁻¹.</summary>
    internal long ReciprocalRelation(Triple triple) => triple.Relation + relationCount;

    /// <summary>(?, r, t) as (t, r⁻¹, ?).</summary>
    internal LinkQuestion Reciprocal(LinkQuestion aboutHead) =>
        new(aboutHead.Entity, aboutHead.Relation + (int)relationCount, AsksHead: false);

    /// <summary>Scores of triples; with reciprocal relations those of the question about the tail.</summary>
    /// <param name="triples">The triples.</param>
    /// <returns>[B].</returns>
    public Tensor Triples(IReadOnlyList<Triple> triples)
    {
        using var scope = NewDisposeScope();
        var device = entities.weight!.device;
        Tensor Column(Func<Triple, long> part) => tensor(triples.Select(part).ToArray(), device: device);
        var tails = Column(triple => triple.Tail).unsqueeze(1);
        return Scored(Column(triple => triple.Head), [.. triples.Select(triple => (long)triple.Relation)], askHeads: false, tails)
            .squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The penalty λ/p ‖x‖ᵖ on entities and relations: of the whole tables, or of each vector as often as a step uses
    /// it, divided by the number of uses.
    /// </summary>
    /// <param name="usedEntities">Vectors of the entities of the step's triples, each as often as it is there: [U, E].</param>
    /// <param name="usedRelations">Of their relations, likewise; null only where the whole table is penalised or
    /// none.</param>
    /// <returns>A scalar; null where nothing is penalised.</returns>
    internal Tensor? Penalty(Tensor usedEntities, Tensor? usedRelations)
    {
        var s = settings;
        Tensor? Of(Embedding table, Tensor? used, double strength)
        {
            if (strength == 0) return null;
            var vectors = s.PenaltyByFrequency ? used! : table.weight!;
            var powers = s.PenaltyPower == 2 ? vectors.square() : vectors.abs().pow(s.PenaltyPower);
            return powers.sum() * (strength / s.PenaltyPower / (s.PenaltyByFrequency ? vectors.shape[0] : 1));
        }
        return (Of(entities, usedEntities, s.EntityPenalty), Of(relations, usedRelations, s.RelationPenalty)) switch
        {
            ({ } e, { } r) => e + r,
            var (e, r) => e ?? r,
        };
    }

    /// <summary>A scorer alone.</summary>
    /// <param name="settings">Which one, and its width.</param>
    public static nn.Module Create(LinkSettings settings)
    {
        long relationWidth = settings.RelationWidth > 0 ? settings.RelationWidth : settings.Width;
        double[] inner = settings.InnerDropouts;
        return settings.Model switch
        {
            LinkModel.Rescal => new Rescal(settings.Width),
            LinkModel.TransE => new TransE(settings.Width, settings.Norm),
            LinkModel.DistMult => new DistMult(settings.Width),
            LinkModel.ComplEx => new ComplEx(settings.Width),
            LinkModel.RotatE => new RotatE(settings.Width),
            LinkModel.TuckER => new TuckER(settings.Width, relationWidth, (inner[0], inner[1], inner[2])),
            LinkModel.MuRE => new MuRE(settings.Width, settings.Stretches),
            _ => new ConvE(settings.Width, inner[0], inner[1], settings.InnerBias),
        };
    }

    /// <summary>Scales vectors to length 1 where the settings say so.</summary>
    internal void Normalize()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        if (settings.NormalizeEntities) Shorten(entities.weight!);
        if (settings.NormalizeRelations) Shorten(relations.weight!);
        static void Shorten(Tensor table) => table.div_(table.norm(1, keepdim: true, p: 2).clamp_min(1e-12));
    }

    private Tensor Dropped(Tensor x, double share) => FastDropout.Apply(x, share, training);

    private void Draw(Parameter table)
    {
        double scale = settings.StartScale;
        _ = settings.Start switch
        {
            LinkStart.Normal => nn.init.normal_(table, 0, scale),
            LinkStart.Uniform => nn.init.uniform_(table, -scale, scale),
            LinkStart.XavierNormal => nn.init.xavier_normal_(table, scale),
            _ => nn.init.xavier_uniform_(table, scale),
        };
    }
}
