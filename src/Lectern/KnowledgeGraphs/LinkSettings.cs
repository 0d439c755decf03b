namespace Lectern.KnowledgeGraphs;

/// <summary>The scorers.</summary>
public enum LinkModel
{
    /// <summary><see cref="KnowledgeGraphs.Rescal"/>.</summary>
    Rescal,

    /// <summary><see cref="KnowledgeGraphs.TransE"/>.</summary>
    TransE,

    /// <summary><see cref="KnowledgeGraphs.DistMult"/>.</summary>
    DistMult,

    /// <summary><see cref="KnowledgeGraphs.ComplEx"/>.</summary>
    ComplEx,

    /// <summary><see cref="KnowledgeGraphs.RotatE"/>.</summary>
    RotatE,

    /// <summary><see cref="KnowledgeGraphs.TuckER"/>.</summary>
    TuckER,

    /// <summary><see cref="KnowledgeGraphs.MuRE"/>.</summary>
    MuRE,

    /// <summary><see cref="KnowledgeGraphs.ConvE"/>.</summary>
    ConvE,
}

/// <summary>What a training step compares (Ruffinelli et al. 2020, section 2).</summary>
public enum LinkTrainingType
{
    /// <summary>A triple with some corrupted ones: a row of 1 + k scores for each side.</summary>
    NegativeSampling,

    /// <summary>A triple with all entities in its place: a row of n scores with one label for each side.</summary>
    OneVsAll,

    /// <summary>A question with all entities: a row of n scores with all training answers as labels.</summary>
    KvsAll,
}

/// <summary>How a row of scores is judged.</summary>
public enum LinkLoss
{
    /// <summary>Softmax over the row against the labels, normalised to add up to one.</summary>
    CrossEntropy,

    /// <summary>Each score by itself, as a logit; summed over the row.</summary>
    BinaryCrossEntropy,

    /// <summary>max(0, η - s⁺ + s⁻) a negative; for negative sampling only.</summary>
    Margin,

    /// <summary>-log σ(s⁺ + c) - Σ p log σ(-s⁻ - c), where p is the softmax of the negatives' scores times a
    /// temperature, taken as constant (Sun et al. 2019, eq. 5); for negative sampling only.</summary>
    SelfAdversarial,
}

/// <summary>How tables of vectors start.</summary>
public enum LinkStart
{
    /// <summary>N(0, scale²).</summary>
    Normal,

    /// <summary>Uniform between -scale and scale.</summary>
    Uniform,

    /// <summary>Glorot's normal distribution; the scale is its gain.</summary>
    XavierNormal,

    /// <summary>Glorot's uniform distribution; the scale is its gain.</summary>
    XavierUniform,
}

/// <summary>What changes the weights.</summary>
public enum LinkOptimizer
{
    /// <summary>Adagrad.</summary>
    Adagrad,

    /// <summary>Adam.</summary>
    Adam,

    /// <summary>Plain gradient descent.</summary>
    Sgd,
}

/// <summary>
/// Everything that is chosen about training a link predictor; the defaults are those of the library of Ruffinelli
/// et al. 2020.
/// </summary>
public sealed record LinkSettings
{
    /// <summary>The scorer.</summary>
    public LinkModel Model { get; init; } = LinkModel.ComplEx;

    /// <summary>d, real numbers an entity.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Numbers a relation, for TuckER; 0: as many as an entity has.</summary>
    public int RelationWidth { get; init; }

    /// <summary>TransE's norm, 1 or 2.</summary>
    public int Norm { get; init; } = 2;

    /// <summary>Whether MuRE's relations stretch; without it is MuRE_I.</summary>
    public bool Stretches { get; init; } = true;

    /// <summary>Dropouts inside TuckER (head, matrix, product) and ConvE (maps, projection).</summary>
    public double[] InnerDropouts { get; init; } = [0.2, 0.3, 0.3];

    /// <summary>Whether ConvE's convolution has biases.</summary>
    public bool InnerBias { get; init; } = true;

    /// <summary>Whether relations have a second vector for questions about heads, which are then asked as questions
    /// about tails.</summary>
    public bool Reciprocal { get; init; }

    /// <summary>What a step compares.</summary>
    public LinkTrainingType Training { get; init; } = LinkTrainingType.KvsAll;

    /// <summary>How it is judged.</summary>
    public LinkLoss Loss { get; init; } = LinkLoss.CrossEntropy;

    /// <summary>η of the margin loss.</summary>
    public double Margin { get; init; } = 1;

    /// <summary>c, added to scores before binary cross-entropy and the self-adversarial loss: distances are never
    /// positive.</summary>
    public double Offset { get; init; }

    /// <summary>How much the self-adversarial loss prefers the negatives of high score; 0: all count alike.</summary>
    public double Temperature { get; init; } = 0.5;

    /// <summary>Corrupted heads a triple.</summary>
    public int HeadNegatives { get; init; } = 3;

    /// <summary>Corrupted tails a triple.</summary>
    public int TailNegatives { get; init; } = 3;

    /// <summary>Whether a step's triples share their corrupted entities: a product of matrices scores them then,
    /// and their vectors are not gathered triple by triple.</summary>
    public bool SharedNegatives { get; init; }

    /// <summary>ε of label smoothing: y ← (1 - ε) y + 1/n where it is above 0; for training against all
    /// entities.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Triples (for KvsAll questions) a step.</summary>
    public int Batch { get; init; } = 512;

    /// <summary>What changes the weights.</summary>
    public LinkOptimizer Optimizer { get; init; } = LinkOptimizer.Adagrad;

    /// <summary>The learning rate.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>What the learning rate is multiplied by when validation does not improve.</summary>
    public double PlateauFactor { get; init; } = 0.95;

    /// <summary>Evaluations without improvement before that.</summary>
    public int PlateauPatience { get; init; } = 5;

    /// <summary>How the vectors start.</summary>
    public LinkStart Start { get; init; } = LinkStart.Normal;

    /// <summary>The scale of that.</summary>
    public double StartScale { get; init; } = 0.1;

    /// <summary>p of the penalty λ/p ‖x‖ᵖ.</summary>
    public int PenaltyPower { get; init; } = 2;

    /// <summary>Whether a vector is penalised as often as it is used; otherwise the whole table is, in every
    /// step.</summary>
    public bool PenaltyByFrequency { get; init; }

    /// <summary>λ of entities.</summary>
    public double EntityPenalty { get; init; }

    /// <summary>λ of relations.</summary>
    public double RelationPenalty { get; init; }

    /// <summary>Dropout of the entities' vectors.</summary>
    public double EntityDropout { get; init; }

    /// <summary>Dropout of the relations' vectors.</summary>
    public double RelationDropout { get; init; }

    /// <summary>Whether the entities' vectors are scaled to length 1 before each step.</summary>
    public bool NormalizeEntities { get; init; }

    /// <summary>Whether the relations' are.</summary>
    public bool NormalizeRelations { get; init; }

    /// <summary>Passes over the training triples at most.</summary>
    public int Epochs { get; init; } = 100;

    /// <summary>Passes from one evaluation to the next.</summary>
    public int EvaluateEvery { get; init; } = 5;

    /// <summary>Evaluations without a better validation MRR after which training ends.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>Passes after which a run whose validation MRR was never above <see cref="HopelessMrr"/> ends;
    /// 0: never.</summary>
    public int HopelessAfter { get; init; }

    /// <summary>What a run must be above by then.</summary>
    public double HopelessMrr { get; init; } = 0.05;

    /// <summary>Of the vectors, the order, the negatives, the dropout.</summary>
    public int Seed { get; init; } = 1;
}
