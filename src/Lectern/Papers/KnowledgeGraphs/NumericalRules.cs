// Numerical rules — P.-W. Wang, D. Stepanova, C. Domokos and J. Z. Kolter, "Differentiable Learning of Numerical
// Rules in Knowledge Graphs", ICLR 2020, on Neural LP: F. Yang, Z. Yang and W. W. Cohen, NeurIPS 2017.
// Idea      A chain rule q(X, Y) ← r_1(X, Z) ∧ r_2(Z, Y) is a product of matrices, and which matrices is chosen by
//           attention. Comparisons of numbers are dense matrices, but sorted order and running sums apply
//           them in linear time.
// Symbols   M_k -> RuleOperator.Apply, [n, B] -> [n, B]; a_t -> Attention.Operators; b_t -> Attention.Memories;
//           u_τ -> the sets of entities after τ operators, one column a question; T -> Length
// Base      relations and their inverses                                                       -> RelationOperator
// Numbers   M_{p<q}: order once, sum along it, read off                                     -> ComparisonOperator
//           M_{¬r} = 1 1ᵀ - M_r                                                                 -> NegatedOperator
//           M_f = diag σ(wᵀx + b), w and b learnt for each target                         -> ClassificationOperator
// Rules     products of the attentions along each way from u_0 to the answer                          -> RulesOf
// Differs   conjunctions on one pair, borders(X, Y) ∧ area(X) < area(Y), are offered as a relation of those edges
//           that pass; the published rules may do so otherwise. What a relation or a comparison gives is
//           brought to sum 1 before it is weighed, since a dense operator would else drown the sparse ones. The
//           first atom is no test: of X alone, it is the same for all answers, and normalising undoes it.
using Lectern.KnowledgeGraphs;
using Lectern.Training;

namespace Lectern.Papers.KnowledgeGraphs;

/// <summary>Settings; the defaults are those of Neural LP's program where it has the setting.</summary>
/// <param name="Length">T; a rule has at most T - 1 atoms.</param>
/// <param name="Hidden">State size of the controller, and width of a target's vector.</param>
/// <param name="Batch">Questions a step.</param>
/// <param name="LearningRate">Adam's.</param>
/// <param name="Epochs">Passes over the questions.</param>
/// <param name="Clip">Gradients are cut to [-Clip, Clip].</param>
/// <param name="Restarts">How often it starts anew: with more than 1, each start gets a third of the passes, and the one
/// of the least training loss the rest.</param>
/// <param name="Seed">Of weights and order.</param>
public sealed record NumericalRuleSettings(int Length = 3, int Hidden = 128, int Batch = 64,
    double LearningRate = 1e-3, int Epochs = 10, double Clip = 5, int Restarts = 1, int Seed = 33);

/// <summary>
/// A comparison as a step between any two entities for which it holds: a dense matrix that is never made.
/// </summary>
/// <remarks>
/// With the entities in ascending order of p (descending for &gt; and ≥), those that pass for j are the first c_j of
/// them. So y_j is the sum of the first c_j values of v in that order. Once: a sort and a binary search each,
/// O(n log n). Each product: a running sum, O(n) a column. Memory: O(n).
/// </remarks>
public sealed class ComparisonOperator : RuleOperator
{
    private readonly Comparison comparison;
    private readonly Tensor order;                                      // entities that have p, in order, int64: [m]
    private readonly Tensor counts;                                     // c_j, 0 where j has no q, int64: [n]

    /// <param name="comparison">The comparison.</param>
    public ComparisonOperator(Comparison comparison)
    {
        this.comparison = comparison;
        var (p, q, how) = (comparison.Left.Values, comparison.Right.Values, comparison.How);
        int[] present = [.. Enumerable.Range(0, p.Length).Where(i => !double.IsNaN(p[i]))];
        bool rising = how is Comparing.Less or Comparing.AtMost;
        double[] keys = [.. present.Select(i => rising ? p[i] : -p[i])];
        Array.Sort(keys, present);
        long[] first = new long[q.Length];
        for (int j = 0; j < q.Length; j++)
            if (!double.IsNaN(q[j]))
                first[j] = Below(keys, rising ? q[j] : -q[j], ties: how is Comparing.AtMost or Comparing.AtLeast);
        order = tensor(present.Select(i => (long)i).ToArray()).DetachFromDisposeScope();
        counts = tensor(first).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor v)
    {
        var sums = v.index_select(0, order.to(v.device)).cumsum(0);                                          // [m, B]
        var none = zeros([1, v.shape[1]], v.dtype, v.device);
        return cat([none, sums]).index_select(0, counts.to(v.device));                                       // [n, B]
    }

    /// <inheritdoc/>
    public override string Text(string from, string to) => comparison.Text(from, to);

    /// <summary>How many of ascending keys lie below a value, those that equal it counted or not.</summary>
    private static int Below(double[] keys, double value, bool ties)
    {
        int low = 0, high = keys.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (keys[middle] < value || (ties && keys[middle] == value)) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}

/// <summary>A step to every entity that another operator does not lead to: M_{¬r} v = (1ᵀv) 1 - M_r v.</summary>
/// <param name="relation">The other operator, a relation.</param>
public sealed class NegatedOperator(RelationOperator relation) : RuleOperator
{
    /// <inheritdoc/>
    public override Tensor Apply(Tensor v) => v.sum([0], keepdim: true) - relation.Apply(v);

    /// <inheritdoc/>
    public override string Text(string from, string to) => $"¬{relation.Text(from, to)}";
}

/// <summary>
/// A test of an entity's own numbers that is learnt: σ(wᵀx + b), x the standardised numbers, w and b for each target. It
/// weighs the entities where the rule is; one that lacks a number gets 0.
/// </summary>
public sealed class ClassificationOperator : RuleOperator
{
    private readonly bool rises;
    private readonly IReadOnlyList<NumericAttribute> attributes;
    private readonly double[] means, deviations;

    /// <param name="rises">Whether it starts as a test for large numbers; otherwise for small ones.</param>
    /// <param name="attributes">Its numbers.</param>
    /// <exception cref="ArgumentException">A number is the same for all entities: it tells nothing apart.</exception>
    public ClassificationOperator(bool rises, params IReadOnlyList<NumericAttribute> attributes)
    {
        (this.rises, this.attributes) = (rises, attributes);
        int n = attributes[0].Values.Length;
        double[][] present = [.. attributes.Select(a => a.Values.Where(v => !double.IsNaN(v)).ToArray())];
        foreach (var (values, attribute) in present.Zip(attributes))
            if (values.Distinct().Count() < 2)
                throw new ArgumentException($"'{attribute.Name}' has {values.Distinct().Count()} different values; a "
                    + "threshold needs two.", nameof(attributes));
        means = [.. present.Select(v => v.Average())];
        deviations = [.. present.Select((v, k) => Math.Sqrt(v.Average(x => (x - means[k]) * (x - means[k]))))];
        bool[] all = [.. Enumerable.Range(0, n).Select(i => attributes.All(a => !double.IsNaN(a.Values[i])))];
        Numbers = tensor(Enumerable.Range(0, n).SelectMany(i => attributes.Select((a, k) =>
            all[i] ? (float)((a.Values[i] - means[k]) / deviations[k]) : 0)).ToArray()).view(n, -1).DetachFromDisposeScope();
        Present = tensor(all.Select(has => has ? 1f : 0).ToArray()).view(n, 1).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public override bool Stays => true;

    /// <summary>Number of attributes.</summary>
    public int Width => attributes.Count;

    /// <summary>w and b before training: a rather sharp test at the mean, since one that lets all pass alike teaches
    /// nothing: [A + 1, targets].</summary>
    internal Tensor Start(long targets) =>
        cat([full([Width, targets], rises ? 3f : -3f), zeros(1, targets)]);

    private Tensor Numbers { get; }                                    // [n, A]

    private Tensor Present { get; }                                     // [n, 1]

    /// <summary>Weighs by w and b.</summary>
    /// <param name="v">[n, B].</param>
    /// <param name="weights">w in the first rows and b in the last, one column a question: [A + 1, B].</param>
    public Tensor Apply(Tensor v, Tensor weights) =>
        (Numbers.to(v.device).mm(weights.narrow(0, 0, Width)) + weights.narrow(0, Width, 1)).sigmoid() * Present.to(v.device) * v;

    /// <inheritdoc/>
    public override Tensor Apply(Tensor v) => Present.to(v.device) * v;

    /// <inheritdoc/>
    public override string Text(string from, string to) => $"f({string.Join(", ", attributes.Select(a => $"{a.Name}({from})"))})";

    /// <summary>The test in the numbers' own units.</summary>
    /// <param name="from">The variable.</param>
    /// <param name="weights">w and then b: A + 1 numbers.</param>
    public string Text(string from, float[] weights)
    {
        static string Number(double x)                                  // three digits, 42500 rather than 4.25E+04
        {
            double unit = Math.Abs(x) >= 1000 ? Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(x))) - 2) : 0;
            return unit > 0 ? FormattableString.Invariant($"{Math.Round(x / unit) * unit:0}") : FormattableString.Invariant($"{x:G3}");
        }
        if (Width == 1)
            return $"{attributes[0].Name}({from}) {(weights[0] >= 0 ? "≥" : "≤")} {Number(Threshold(weights))}";
        double free = weights[Width] - Enumerable.Range(0, Width).Sum(k => weights[k] * means[k] / deviations[k]);
        return string.Join(" + ", attributes.Select((a, k) => $"{Number(weights[k] / deviations[k])} {a.Name}({from})"))
            + $" ≥ {Number(-free)}";
    }

    /// <summary>Where a test of one number turns, in its own unit: -b/w.</summary>
    internal double Threshold(float[] weights) => means[0] - deviations[0] * weights[1] / weights[0];

    /// <summary>Whether an entity passes.</summary>
    internal bool Holds(int entity, float[] weights)
    {
        if (attributes.Any(a => double.IsNaN(a.Values[entity]))) return false;
        return Enumerable.Range(0, Width).Sum(k => weights[k] * (attributes[k].Values[entity] - means[k]) / deviations[k])
            + weights[Width] >= 0;
    }
}

/// <summary>A rule that was found.</summary>
/// <param name="Target">Number of the target.</param>
/// <param name="Operators">Its atoms, as places in the list of operators.</param>
/// <param name="Text">The rule as one reads it.</param>
/// <param name="Weight">Its share of the target's attention; all rules of a target add up to 1.</param>
public sealed record LearntRule(int Target, int[] Operators, string Text, double Weight);

/// <summary>How often a rule's body and head go together, over all pairs of entities.</summary>
/// <param name="Body">Pairs for which the body holds.</param>
/// <param name="Both">Those of them that are facts.</param>
/// <param name="Facts">Facts in all.</param>
public sealed record RuleSupport(int Body, int Both, int Facts)
{
    /// <summary>Share of the pairs of the body that are facts.</summary>
    public double Confidence => Body == 0 ? 0 : Both / (double)Body;

    /// <summary>Share of the facts that the body gives.</summary>
    public double Coverage => Facts == 0 ? 0 : Both / (double)Facts;
}

/// <summary>Neural LP over a list of operators: plain with relations alone, numerical with the others among
/// them.</summary>
public sealed class NumericalRules : nn.Module
{
    private readonly IReadOnlyList<string> targets;
    private readonly int entityCount, length;
    private readonly Embedding embedding;                               // a vector a target, and END
    private readonly LSTM controller;
    private readonly Linear attend;                                     // W, b
    private readonly ParameterList tests = [];                          // of each classification: [A + 1, targets]
    private readonly ClassificationOperator[] classifications;

    /// <param name="operators">What rules are made of.</param>
    /// <param name="targets">What rules are about, by name.</param>
    /// <param name="entityCount">n.</param>
    /// <param name="settings">Length and width.</param>
    /// <exception cref="ArgumentException">There is no operator or no target, or the length is below 2.</exception>
    public NumericalRules(IReadOnlyList<RuleOperator> operators, IReadOnlyList<string> targets, int entityCount,
        NumericalRuleSettings settings) : base(nameof(NumericalRules))
    {
        ArgumentNullException.ThrowIfNull(settings);
        if (operators.Count == 0 || targets.Count == 0 || settings.Length < 2)
            throw new ArgumentException($"Rules need an operator, a target and a length of 2; given were "
                + $"{operators.Count}, {targets.Count} and {settings.Length}.", nameof(operators));
        (Operators, this.targets, this.entityCount, length) = (operators, targets, entityCount, settings.Length);
        embedding = nn.Embedding(targets.Count + 1, settings.Hidden);
        using (no_grad()) embedding.weight!.div_(embedding.weight!.norm(1, keepdim: true));     // rows of norm 1
        controller = nn.LSTM(settings.Hidden, settings.Hidden);
        attend = nn.Linear(settings.Hidden, operators.Count);
        nn.init.normal_(attend.weight!, 0, 0.1);
        nn.init.zeros_(attend.bias!);
        classifications = [.. operators.OfType<ClassificationOperator>()];
        foreach (var test in classifications) tests.append(new Parameter(test.Start(targets.Count)));
        RegisterComponents();
    }

    /// <summary>What rules are made of.</summary>
    public IReadOnlyList<RuleOperator> Operators { get; }

    /// <summary>What the controller attends to for some targets.</summary>
    /// <param name="Operators">a_1 .. a_{T-1}: [Q, K] each.</param>
    /// <param name="Memories">b_1 .. b_T, b_t over u_0 .. u_{t-1}: [Q, t] each.</param>
    public sealed record Attention(IReadOnlyList<Tensor> Operators, IReadOnlyList<Tensor> Memories);

    /// <summary>The attentions of targets.</summary>
    /// <param name="target">Numbers of targets, int64: [Q].</param>
    public Attention Attend(Tensor target)
    {
        var end = full([target.shape[0]], targets.Count, int64, target.device);
        var inputs = stack([.. Enumerable.Range(1, length).Select(t => embedding.call(t < length ? target : end))]);
        var (h, _, _) = controller.call(inputs, null);                                          // [T, Q, H]
        var tested = tensor(Operators.Select(k => k.Stays).ToArray(), device: target.device).unsqueeze(0);             // [1, K]
        return new Attention(
            [.. Enumerable.Range(0, length - 1).Select(t =>
                (t == 0 ? attend.call(h[t]).masked_fill(tested, float.NegativeInfinity) : attend.call(h[t])).softmax(1))],
            [.. Enumerable.Range(0, length).Select(t =>
                (h.narrow(0, 0, t + 1) * h[t]).sum(-1).t().softmax(1))]);                       // h_tᵀ [h_1 .. h_t]
    }

    /// <summary>How strongly each entity answers (x, target, ?).</summary>
    /// <param name="starts">x, int64: [B].</param>
    /// <param name="target">The targets, int64: [B].</param>
    /// <returns>[n, B]; a column adds up to 1 at most.</returns>
    public Tensor Answers(Tensor starts, Tensor target)
    {
        using var scope = NewDisposeScope();
        var attention = Attend(target);
        long count = starts.shape[0];
        var memories = new List<Tensor> { zeros(entityCount, count, device: starts.device)
            .scatter_(0, starts.unsqueeze(0), ones(1, count, device: starts.device)) };
        Tensor Recall(int t) => memories.Select((u, tau) => attention.Memories[t].select(1, tau) * u).Aggregate((a, b) => a + b);
        for (int t = 0; t + 1 < length; t++)
        {
            var z = Recall(t);
            Tensor? sum = null;
            for (int k = 0; k < Operators.Count; k++)
            {
                var reached = Step(k, z, target);                                               // [n, B]
                var weight = attention.Operators[t].select(1, k).unsqueeze(0);                  // [1, B]
                var part = reached * (Operators[k].Stays ? weight : weight / Total(reached));
                sum = sum is null ? part : sum + part;
            }
            memories.Add(sum! / Total(sum!));
        }
        return Recall(length - 1).MoveToOuterDisposeScope();
    }

    private Tensor Step(int k, Tensor v, Tensor target) => Operators[k] is ClassificationOperator test
        ? test.Apply(v, tests[Array.IndexOf(classifications, test)].index_select(1, target))
        : Operators[k].Apply(v);

    private Tensor Numbers(IEnumerable<long> of) => tensor(of.ToArray(), device: embedding.weight!.device);

    /// <summary>Sums of columns, to divide by: 1 for a column of zeros, which stays one: [1, B].</summary>
    private static Tensor Total(Tensor v)
    {
        var sum = v.sum([0], keepdim: true);
        return sum + sum.eq(0).to(v.dtype);
    }

    /// <summary>-log of what the right answers get, the mean over questions.</summary>
    /// <param name="questions">Facts whose tails are asked for; their relation is the target's number.</param>
    public Tensor Loss(IReadOnlyList<Triple> questions)
    {
        ArgumentNullException.ThrowIfNull(questions);
        Tensor Column(Func<Triple, long> part) => Numbers(questions.Select(part));
        var answers = Answers(Column(t => t.Head), Column(t => t.Relation));
        return -answers.gather(0, Column(t => t.Tail).unsqueeze(0)).clamp_min(1e-20).log().mean();
    }

    /// <summary>Trains on facts that are not among the operators' edges.</summary>
    /// <param name="questions">Facts of the targets; their relation is the target's number.</param>
    /// <param name="settings">Rate, batch, passes.</param>
    public History Train(IReadOnlyList<Triple> questions, NumericalRuleSettings settings)
    {
        using var optimizer = optim.Adam(parameters(), settings.LearningRate);
        return new Trainer(this, optimizer)
        {
            Task = "rules",
            Epochs = settings.Epochs,
            BeforeStep = () => nn.utils.clip_grad_value_(parameters(), settings.Clip),
        }.Run(epoch =>
        {
            var shuffled = questions.ToArray();
            new Random(unchecked(settings.Seed * 7919 + epoch)).Shuffle(shuffled);
            return shuffled.Chunk(settings.Batch);
        }, Loss);
    }

    /// <summary>A model trained on a problem. Attention that has settled on a rule seldom leaves it, so that it pays to
    /// start more than once and to go on with the best.</summary>
    /// <param name="problem">Facts to learn from.</param>
    /// <param name="operators">What rules are made of.</param>
    /// <param name="settings">Everything that is chosen.</param>
    /// <exception cref="ArgumentException">There is no start, no operator or no target, or the length is below 2.</exception>
    public static NumericalRules Learn(
        RuleProblem problem, IReadOnlyList<RuleOperator> operators, NumericalRuleSettings settings)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(settings);
        int trial = settings.Restarts > 1 ? Math.Max(1, settings.Epochs / 3) : settings.Epochs;
        NumericalRules? best = null;
        double least = double.PositiveInfinity;
        for (int start = 0; start < settings.Restarts; start++)
        {
            manual_seed(settings.Seed + 1000 * start);
            var model = new NumericalRules(operators, problem.Targets, problem.EntityCount, settings).to(Devices.Chosen);
            double loss = model.Train(problem.Train, settings with { Epochs = trial }).Loss[^1];
            if (loss < least)
            {
                best?.Dispose();
                (best, least) = (model, loss);
            }
            else model.Dispose();
        }
        if (best is null) throw new ArgumentException($"{settings.Restarts} starts give no model.", nameof(settings));
        if (trial < settings.Epochs)
            best.Train(problem.Train, settings with { Epochs = settings.Epochs - trial, Seed = settings.Seed + 1 });
        return best;
    }

    /// <summary>Filtered ranks of the tails of facts among all entities, with ties in the middle.</summary>
    /// <param name="questions">Facts whose tails are asked for.</param>
    /// <param name="known">All facts of the targets: other right answers are left out.</param>
    public LinkMetrics Rank(IReadOnlyList<Triple> questions, TripleIndex known)
    {
        ArgumentNullException.ThrowIfNull(questions);
        ArgumentNullException.ThrowIfNull(known);
        using var quiet = no_grad();
        var ranks = new List<int>();
        foreach (var some in questions.Chunk(64))
        {
            using var scope = NewDisposeScope();
            var scores = Answers(Numbers(some.Select(t => (long)t.Head)),
                Numbers(some.Select(t => (long)t.Relation))).log().t().contiguous();   // ties are of ratios
            float[] all = scores.cpu().data<float>().ToArray();
            ranks.AddRange(some.Select((t, i) => LinkRanking.RankOf(
                all.AsSpan(i * entityCount, entityCount), t.Tail, known.Tails(t.Head, t.Relation))));
        }
        return LinkMetrics.Of(ranks);
    }

    // ------------------------------------------------------------------------------------ rules

    /// <summary>The rules that a target's attention spells, the heaviest first.</summary>
    /// <param name="target">The target's number.</param>
    /// <param name="least">Rules of less weight are left out.</param>
    public IReadOnlyList<LearntRule> RulesOf(int target, double least = 0.01)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        var attention = Attend(Numbers([target]));
        float[][] a = [.. attention.Operators.Select(x => x.cpu().data<float>().ToArray())];
        float[][] b = [.. attention.Memories.Select(x => x.cpu().data<float>().ToArray())];
        var rules = new Dictionary<string, (int[] Operators, double Weight)>();
        // Backwards: the answer is read from a memory, that was made by an operator from an earlier one, and so on.
        void Follow(int t, double weight, int[] after)
        {
            for (int tau = 0; tau <= t; tau++)
            {
                double read = weight * b[t][tau];
                if (read < least / 100) continue;                       // too light to matter
                if (tau > 0)
                {
                    for (int k = 0; k < Operators.Count; k++) Follow(tau - 1, read * a[tau - 1][k], [k, .. after]);
                    continue;
                }
                string key = string.Join(' ', after);
                rules[key] = (after, read + rules.GetValueOrDefault(key).Weight);
            }
        }
        Follow(length - 1, 1, []);
        return [.. rules.Values.Where(rule => rule.Weight >= least).OrderByDescending(rule => rule.Weight)
            .Select(rule => new LearntRule(target, rule.Operators, Text(target, rule.Operators), rule.Weight))];
    }

    private string Text(int target, int[] atoms)
    {
        int moves = atoms.Count(k => !Operators[k].Stays), at = 0;
        string Variable(int move) => move == 0 ? "X" : move == moves ? "Y" : moves == 2 ? "Z" : $"Z{move}";
        var texts = new List<string>();
        foreach (int k in atoms)
            texts.Add(Operators[k] is ClassificationOperator test
                ? test.Text(Variable(at), TestOf(test, target))
                : Operators[k].Text(Variable(at), Operators[k].Stays ? Variable(at) : Variable(++at)));
        string head = $"{targets[target]}(X, {(moves == 0 ? "X" : "Y")})";
        return texts.Count == 0 ? $"{head} ←" : $"{head} ← {string.Join(" ∧ ", texts)}";
    }

    /// <summary>w and then b of a test, for a target.</summary>
    internal float[] TestOf(ClassificationOperator test, int target) =>
        tests[Array.IndexOf(classifications, test)].select(1, target).detach().cpu().data<float>().ToArray();

    /// <summary>Counts a rule over all pairs of entities; a learnt test passes from one half on.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="facts">The facts of the targets.</param>
    public RuleSupport Support(LearntRule rule, IReadOnlyCollection<Triple> facts)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var heads = facts.Where(fact => fact.Relation == rule.Target).Select(fact => (fact.Head, fact.Tail)).ToHashSet();
        int body = 0, both = 0;
        using var quiet = no_grad();
        foreach (int[] starts in Enumerable.Range(0, entityCount).Chunk(256))
        {
            using var scope = NewDisposeScope();
            var places = tensor(starts.Select(x => (long)x).ToArray()).unsqueeze(0);
            var v = zeros(entityCount, starts.Length).scatter_(0, places, ones(1, starts.Length));      // [n, B]
            foreach (int k in rule.Operators)
                v = (Operators[k] is ClassificationOperator test
                    ? v * tensor(Enumerable.Range(0, entityCount).Select(e => test.Holds(e, TestOf(test, rule.Target)) ? 1f : 0)
                        .ToArray()).unsqueeze(1)
                    : Operators[k].Apply(v)).gt(0.5).to(float32);
            float[] reached = v.t().contiguous().data<float>().ToArray();
            for (int at = 0; at < reached.Length; at++)
            {
                if (reached[at] == 0) continue;
                body++;
                if (heads.Contains((starts[at / entityCount], at % entityCount))) both++;
            }
        }
        return new RuleSupport(body, both, heads.Count);
    }

    // ------------------------------------------------------------------------------------ lists of operators

    /// <summary>Every relation, and its inverse where that is another one: plain Neural LP.</summary>
    /// <param name="background">The facts that rules walk on.</param>
    /// <param name="relations">Names of the relations.</param>
    /// <param name="entityCount">n.</param>
    public static IReadOnlyList<RuleOperator> Relations(
        IEnumerable<Triple> background, IReadOnlyList<string> relations, int entityCount) =>
        [.. Edges(background, relations.Count).SelectMany((edges, r) => Directions(edges).Select(inverse =>
            new RelationOperator(relations[r], edges, entityCount, inverse)))];

    /// <summary>
    /// The relations, and for each number: the comparisons &lt; and &gt; of two entities, of the two ends of each relation
    /// (the extension), and a learnt test. Numbers of different names are not compared.
    /// </summary>
    /// <param name="background">The facts that rules walk on.</param>
    /// <param name="relations">Names of the relations.</param>
    /// <param name="attributes">The numbers.</param>
    /// <param name="entityCount">n.</param>
    /// <param name="negated">Whether each relation's negation is there, too.</param>
    public static IReadOnlyList<RuleOperator> WithNumbers(IEnumerable<Triple> background, IReadOnlyList<string> relations,
        IReadOnlyList<NumericAttribute> attributes, int entityCount, bool negated = false)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        var edges = Edges(background, relations.Count);
        List<RuleOperator> all = [.. Relations(background, relations, entityCount)];
        if (negated) all.AddRange([.. all.Cast<RelationOperator>().Select(relation => new NegatedOperator(relation))]);
        foreach (var attribute in attributes)
        {
            foreach (var how in (Comparing[])[Comparing.Less, Comparing.More])
            {
                var comparison = new Comparison(attribute, how, attribute);
                all.Add(new ComparisonOperator(comparison));
                all.AddRange(edges.SelectMany((some, r) => Directions(some)
                        .Select(inverse => new RelationOperator(relations[r], some, entityCount, inverse, comparison)))
                    .Where(relation => relation.Entries > 0));
            }
            all.Add(new ClassificationOperator(rises: true, attribute));
            all.Add(new ClassificationOperator(rises: false, attribute));
        }
        return all;
    }

    /// <summary>Forwards and backwards; once where both are the same, or the attention would be split between
    /// them.</summary>
    private static bool[] Directions((int Head, int Tail)[] edges)
    {
        var all = edges.ToHashSet();
        return all.All(edge => all.Contains((edge.Tail, edge.Head))) ? [false] : [false, true];
    }

    private static (int Head, int Tail)[][] Edges(IEnumerable<Triple> background, int relations)
    {
        var by = background.ToLookup(triple => triple.Relation, triple => (triple.Head, triple.Tail));
        return [.. Enumerable.Range(0, relations).Select(r => by[r].ToArray())];
    }
}
