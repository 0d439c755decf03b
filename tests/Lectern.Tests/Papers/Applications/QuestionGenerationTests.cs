using Lectern.KnowledgeGraphs;
using Lectern.Papers.Applications;
using TorchSharp.Modules;

namespace Lectern.Tests.Papers.Applications;

/// <summary>Question generation: its parts against loops and invariants, both stages of training, and what training is worth.</summary>
public sealed class QuestionGenerationTests
{
    private static readonly QuestionData World = new CountryPassages(Countries.Table()).Write(60, 10, 20);

    private static readonly QuestionSettings Small = new(Words: 10, Hidden: 8, Vocabulary: 40, Neighbours: 4, WordDropout: 0.1,
        StateDropout: 0.1, Batch: 20, Epochs: 2, RewardEpochs: 1, RewardRate: 1e-3, Most: 12);

    private static GraphToSequence Fresh(QuestionSettings? settings = null, QuestionData? data = null)
    {
        var model = QuestionTraining.Create(data ?? World, settings ?? Small);
        model.eval();
        return model;
    }

    private static QuestionBatch Batch(GraphToSequence model, int from = 0, int count = 5) => new([.. World.Train.Skip(from).Take(count)], model.Vocabulary);

    private static Dictionary<string, Tensor> Parameters(GraphToSequence model) => model.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);

    private static void Near(Tensor expected, Tensor actual, double tolerance = 1e-5)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True((expected - actual).abs().max().item<float>() <= tolerance, $"differs by {(expected - actual).abs().max().item<float>()}");
    }

    private static Tensor Begin(QuestionBatch batch) => zeros_like(batch.Lengths);

    // ------------------------------------------------------------------------------------ alignment

    [Fact]
    public void Alignment_by_hand()
    {
        using var scope = NewDisposeScope();
        var w = nn.Linear(2, 2, hasBias: false);
        using (no_grad()) w.weight!.copy_(eye(2));
        // u = (1, 0); v = (2, -5), whose -5 the ReLU takes away, and (0, 1): scores 2 and 0.
        var v = tensor(new float[] { 2, -5, 0, 1, 9, 9 }).view(1, 3, 2);
        var aligned = GraphToSequence.Align(w, tensor(new float[] { 1, 0 }).view(1, 1, 2), v, v, tensor(new[] { true, true, false }).view(1, 3));
        double first = 1 / (1 + Math.Exp(-2));
        Near(tensor(new[] { (float)(2 * first), (float)(-5 * first + 1 - first) }).view(1, 1, 2), aligned);
    }

    [Fact]
    public void The_order_of_the_answers_words_does_not_matter_at_word_level_and_one_word_is_all_there_is_to_see()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        var example = World.Train.First(e => e.Answer.Count >= 2);
        var turned = example with { Answer = [.. example.Answer.Reverse()] };
        Near(model.AlignedWords(new QuestionBatch([example], model.Vocabulary)), model.AlignedWords(new QuestionBatch([turned], model.Vocabulary)));
        var single = new QuestionBatch([example with { Answer = [example.Answer[0]] }], model.Vocabulary);
        Near(single.Answers.expand(1, example.Passage.Count, 10), model.AlignedWords(single), 1e-6);
    }

    [Fact]
    public void Without_alignment_the_answer_is_not_seen_and_each_level_shows_it()
    {
        using var scope = NewDisposeScope();
        foreach (var (words, context) in new[] { (false, false), (true, false), (false, true), (true, true) })
        {
            using var model = Fresh(Small with { AlignWords = words, AlignContext = context });
            var example = World.Train[0];
            Tensor First(params string[] answer)
            {
                var batch = new QuestionBatch([example with { Answer = answer }], model.Vocabulary);
                var memory = model.Encode(batch);
                return model.Step(memory, memory.Start, Begin(batch)).P;
            }
            Assert.Equal(words || context, (First("eur") - First("new", "delhi")).abs().max().item<float>() > 1e-7);
        }
    }

    // ------------------------------------------------------------------------------------ graph

    [Fact]
    public void What_is_fused_lies_between_and_equals_fuse_to_themselves()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        var (a, b) = (randn(3, 7, 8), randn(3, 7, 8));
        Near(a, model.Fuse(a, a), 1e-6);
        var fused = model.Fuse(a, b);
        Assert.True((fused - a.minimum(b)).min().item<float>() >= -1e-6 && (a.maximum(b) - fused).min().item<float>() >= -1e-6);
    }

    [Fact]
    public void A_word_without_arcs_keeps_itself_and_turning_all_arcs_swaps_the_directions()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        var lone = World.Train[0] with { Passage = [.. World.Train[0].Passage, new PassageToken("alone")] };
        var batch = new QuestionBatch([lone], model.Vocabulary);
        var h = randn(1, lone.Passage.Count, 8);
        Near(h.select(1, -1), batch.Into.bmm(h).select(1, -1));
        var turned = new QuestionBatch([lone with { Arcs = [.. lone.Arcs.Select(a => (a.Dependent, a.Head))] }], model.Vocabulary);
        Near(batch.Into, turned.From, 0);
        Near(batch.From, turned.Into, 0);
        // By loops: the mean over a word and its heads.
        for (int v = 0; v < lone.Passage.Count; v++)
        {
            long[] all = [v, .. lone.Arcs.Where(a => a.Dependent == v).Select(a => (long)a.Head).Distinct()];
            Near(h.index_select(1, tensor(all)).mean([1]), batch.Into.bmm(h).select(1, v));
        }
    }

    [Fact]
    public void Three_hops_reach_three_arcs_and_no_further()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        PassageToken[] chain = [.. "abcdefg".Select(c => new PassageToken($"{c}"))];
        var batch = new QuestionBatch([new(chain, [.. Enumerable.Range(0, 6).Select(v => (v, v + 1))], ["a"], [])], model.Vocabulary);
        var h = randn(1, 7, 8).requires_grad_();
        model.Hops(h, batch.Into, batch.From).select(1, 0).square().sum().backward();
        float[] reach = [.. h.grad!.abs().sum(2).view(-1).data<float>()];
        Assert.All(reach[..4], x => Assert.True(x > 0));
        Assert.All(reach[4..], x => Assert.Equal(0, x));
    }

    [Fact]
    public void A_hop_is_the_gated_units_formula()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        var p = Parameters(model);
        var batch = Batch(model, count: 2);
        var h = randn(2, batch.Mask.shape[1], 8);
        var (a, b) = (batch.Into.bmm(h), batch.From.bmm(h));
        var gate = (cat([a, b, a * b, a - b], 2).matmul(p["fuse.weight"].t()) + p["fuse.bias"]).sigmoid();
        var x = a + gate * (b - a);
        var z = cat([h, x], 2).matmul(p["update.weight"].t()).sigmoid();
        var r = cat([h, x], 2).matmul(p["reset.weight"].t()).sigmoid();
        Near((1 - z) * h + z * cat([r * h, x], 2).matmul(p["candidate.weight"].t()).tanh(), model.Hop(h, batch.Into, batch.From));
    }

    [Fact]
    public void Rows_of_the_dynamic_graph_have_k_weights_that_add_up_and_its_columns_are_the_other_direction()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh(Small with { Graph = PassageGraph.Dynamic });
        var u = Parameters(model)["learnGraph.weight"];
        var r = randn(2, 9, u.shape[1]);
        var mask = arange(9).unsqueeze(0) < tensor(new long[] { 9, 3 }).unsqueeze(1);
        var (into, from) = model.DynamicGraph(r, mask);
        Assert.Equal([4, 3], into.ne(0).sum(2).amax(1).data<long>());
        Near(mask.to(float32), into.sum(2));
        Near(into.ne(0).to(float32), from.ne(0).transpose(1, 2).to(float32), 0);
        Assert.All(from.sum(2).view(-1).data<float>(), sum => Assert.True(sum == 0 || Math.Abs(sum - 1) < 1e-5));
        // By loops, the first passage.
        var one = r[0].mm(u.t()).relu();
        var a = one.mm(one.t());
        for (int v = 0; v < 9; v++)
        {
            float[] row = [.. a[v].data<float>()];
            int[] kept = [.. Enumerable.Range(0, 9).OrderByDescending(i => row[i]).Take(4)];
            double sum = kept.Sum(i => Math.Exp(row[i] - row.Max()));
            foreach (int i in kept) Assert.Equal(Math.Exp(row[i] - row.Max()) / sum, into[0, v, i].item<float>(), 1e-5);
        }
    }

    // ------------------------------------------------------------------------------------ decoder

    [Fact]
    public void A_step_is_the_papers_formulas_word_by_word()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = Fresh();
        var p = Parameters(model);
        Tensor Lin(string name, Tensor x) => p[$"{name}.weight"].mv(x) + (p.TryGetValue($"{name}.bias", out var bias) ? bias : zeros(1));
        var batch = Batch(model, count: 2);
        var memory = model.Encode(batch);
        var first = model.Step(memory, memory.Start, Begin(batch)).State;
        var word = tensor(new long[] { 5, model.Vocabulary.Words.Count });                      // the second is no word of the vocabulary
        var step = model.Step(memory, first, word);
        for (int b = 0; b < 2; b++)
        {
            int n = batch.Examples[b].Passage.Count;
            float[] Vector(string w) => model.Vocabulary.Vectors[w];
            var y = tensor(Vector(model.Vocabulary.Words[b == 0 ? 5 : QuestionVocabulary.Unknown]));
            var gates = p["cell.weight_ih"].mv(Lin("input", cat([y, first.Context[b]]))) + p["cell.bias_ih"] + p["cell.weight_hh"].mv(first.Hidden[b]) + p["cell.bias_hh"];
            var c = gates[8..16].sigmoid() * first.Cell[b] + gates[..8].sigmoid() * gates[16..24].tanh();
            var h = gates[24..].sigmoid() * c.tanh();
            var s = cat([h, c]);
            double[] e = [.. Enumerable.Range(0, n).Select(i => (double)Lin("attendScore", (Lin("attendNode", memory.Nodes[b, i])
                + Lin("attendState", s) + Lin("attendCoverage", first.Coverage[b, i].view(1))).tanh()).item<float>())];
            double[] a = [.. e.Select(x => Math.Exp(x) / e.Sum(Math.Exp))];
            var context = zeros(8);
            for (int i = 0; i < n; i++) context += a[i] * memory.Nodes[b, i];
            var t = Lin("toWord", cat([h, context])).tanh();
            double[] scores = [.. model.Vocabulary.Words.Select(w => Math.Exp(tensor(Vector(w)).dot(t).item<float>()))];
            double copy = 1 / (1 + Math.Exp(-Lin("copy", cat([y, s, context])).item<float>()));
            double[] expected = [.. scores.Select(x => (1 - copy) * x / scores.Sum()), .. new double[batch.UnknownCount]];
            for (int i = 0; i < n; i++) expected[batch.Numbers[b, i].item<long>()] += copy * a[i];
            float[] actual = [.. step.P[b].data<float>()];
            Assert.Equal(expected.Length, actual.Length);
            for (int w = 0; w < expected.Length; w++) Assert.Equal(expected[w], actual[w], 1e-5);
        }
    }

    [Fact]
    public void Probabilities_add_up_and_the_copy_share_decides_where_they_lie()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = Fresh();
        var batch = Batch(model);
        var memory = model.Encode(batch);
        long v = model.Vocabulary.Words.Count;
        Tensor P(float bias)
        {
            Parameters(model)["copy.bias"].fill_(bias);
            return model.Step(memory, memory.Start, Begin(batch)).P;
        }
        Near(ones(5), P(0).sum(1));
        Near(zeros(5), P(-1000).narrow(1, v, batch.UnknownCount).sum(1), 0);
        var copied = P(1000);
        Near(ones(5), copied.sum(1));
        for (int b = 0; b < 5; b++)
        {
            var words = batch.Numbers[b].narrow(0, 0, batch.Examples[b].Passage.Count).data<long>().ToHashSet();
            for (int w = 0; w < copied.shape[1]; w++)
                if (!words.Contains(w)) Assert.Equal(0, copied[b, w].item<float>());
        }
    }

    [Fact]
    public void Coverage_is_the_sum_before_the_step_and_costs_nothing_at_first_and_at_most_one_a_step()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = Fresh();
        var batch = Batch(model);
        var memory = model.Encode(batch);
        var (state, previous) = (memory.Start, Begin(batch));
        for (int t = 1; t <= 4; t++)
        {
            Near(full(5, t - 1f), state.Coverage.sum(1));
            var step = model.Step(memory, state, previous);
            Assert.InRange(step.Attention.minimum(state.Coverage).sum(1).max().item<float>(), 0, t == 1 ? 0 : 1 + 1e-5f);
            Near(state.Coverage + step.Attention, step.State.Coverage, 1e-6);
            state = step.State;
        }
    }

    [Theory]
    [InlineData(PassageGraph.None)]
    [InlineData(PassageGraph.Static)]
    [InlineData(PassageGraph.Dynamic)]
    public void Two_side_by_side_are_each_by_itself(PassageGraph graph)
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = Fresh(Small with { Graph = graph });
        var batch = new QuestionBatch([World.Train.MinBy(e => e.Passage.Count)!, World.Train.MaxBy(e => e.Passage.Count)!], model.Vocabulary);
        double together = Loss(batch), apart = batch.Examples.Average(e => Loss(new QuestionBatch([e], model.Vocabulary)));
        Assert.Equal(apart, together, 1e-4);
        Assert.Equal(batch.Examples.SelectMany(e => model.Search(new QuestionBatch([e], model.Vocabulary))), model.Search(batch));
        double Loss(QuestionBatch some) => model.Likelihood(model.Encode(some), some, 1, new Random(1)).item<float>();
    }

    [Fact]
    public void A_beam_of_one_writes_the_greedy_question()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = Fresh(Small with { Least = 0 });
        var batch = Batch(model, count: 20);
        Assert.Equal(GraphToSequence.Texts(batch, model.Write(model.Encode(batch), sample: false).Words), model.Search(batch, beam: 1));
    }

    // ------------------------------------------------------------------------------------ training

    [Fact]
    public void The_likelihood_is_the_references_words_and_coverage_added_up()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = Fresh();
        var batch = Batch(model);
        var memory = model.Encode(batch);
        double expected = 0;
        for (int b = 0; b < 5; b++)
        {
            var alone = new QuestionBatch([batch.Examples[b]], model.Vocabulary);
            var m = model.Encode(alone);
            var (state, previous) = (m.Start, Begin(alone));
            for (int t = 0; t <= batch.Examples[b].Question.Count; t++)
            {
                var step = model.Step(m, state, previous);
                long target = alone.Targets[0, t].item<long>();
                expected += -Math.Log(step.P[0, target].item<float>()) + 0.4 * step.Attention.minimum(state.Coverage).sum().item<float>();
                (state, previous) = (step.State, tensor(new[] { target }));
            }
        }
        Assert.Equal(expected / 5, model.Likelihood(memory, batch, 1, new Random(1)).item<float>(), 1e-3);
    }

    [Fact]
    public void Forcing_decides_step_by_step_whose_words_go_on()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = Fresh();
        var batch = Batch(model);
        var memory = model.Encode(batch);
        double Loss(double forcing, int seed = 1) => model.Likelihood(memory, batch, forcing, new Random(seed)).item<float>();
        Assert.NotEqual(Loss(1), Loss(0));
        Assert.Equal(Loss(0), Loss(0, seed: 2));                        // chance has no part in 0 and 1
        Assert.Equal(Loss(1), Loss(1, seed: 2));
        Assert.NotEqual(Loss(0.5), Loss(0.5, seed: 2));
    }

    [Fact]
    public void The_hybrid_loss_is_the_papers_and_gamma_zero_is_stage_one()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = Fresh();
        var batch = Batch(model);
        var memory = model.Encode(batch);
        double likelihood = model.Likelihood(memory, batch, 1, new Random(1)).item<float>();
        static double Reward(IReadOnlyList<string> question, IReadOnlyList<string> reference) => question.Sum(w => w.Length) / 10.0;
        manual_seed(3);
        var (drawn, logP) = model.Write(memory, sample: true);
        var greedy = model.Write(memory, sample: false).Words;
        double[] Rewards(Tensor words) => [.. GraphToSequence.Texts(batch, words).Select(q => Reward(q, []))];
        double reinforced = Rewards(greedy).Zip(Rewards(drawn), (g, s) => g - s).Zip(logP.data<float>(), (gap, log) => gap * log).Average();
        Assert.NotEqual(0, reinforced);
        Assert.Equal(0.9 * reinforced + 0.1 * likelihood, Hybrid(0.9, Reward), 1e-3);
        Assert.Equal(likelihood, Hybrid(0, Reward), 1e-5);
        double Hybrid(double gamma, Func<IReadOnlyList<string>, IReadOnlyList<string>, double> reward)
        {
            manual_seed(3);
            return model.SelfCritical(batch, gamma, reward, 1, new Random(1)).item<float>();
        }
    }

    [Fact]
    public void Only_differences_of_rewards_teach_and_a_sample_that_is_the_greedy_question_teaches_nothing()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        var batch = Batch(model);
        Tensor[] Gradients(Func<IReadOnlyList<string>, IReadOnlyList<string>, double> reward)
        {
            manual_seed(4);
            model.zero_grad();
            model.SelfCritical(batch, 1, reward, 1, new Random(1)).backward();
            return [.. model.parameters().Select(p => p.grad!.clone())];
        }
        static double Length(IReadOnlyList<string> question, IReadOnlyList<string> reference) => question.Count % 3;
        var plain = Gradients(Length);
        Assert.Contains(plain, g => g.abs().max().item<float>() > 1e-4);
        foreach (var (a, b) in plain.Zip(Gradients((q, r) => Length(q, r) + 8))) Near(a, b, 1e-6);
        // All is copied, from one place: what is drawn is what is likeliest.
        using (no_grad())
        {
            Parameters(model)["copy.bias"].fill_(1000);
            Parameters(model)["attendScore.weight"].mul_(1e6);
        }
        using (no_grad()) Assert.Equal(1, model.Step(model.Encode(batch), model.Encode(batch).Start, Begin(batch)).P.amax(1).min().item<float>(), 1e-3);
        Assert.All(Gradients(Length), g => Assert.Equal(0, g.abs().max().item<float>()));
    }

    [Theory]
    [InlineData(PassageGraph.Static, ArcDirections.Both, true, true)]
    [InlineData(PassageGraph.Dynamic, ArcDirections.Both, true, true)]
    [InlineData(PassageGraph.Static, ArcDirections.Forward, true, false)]
    [InlineData(PassageGraph.None, ArcDirections.Both, false, true)]
    public void The_loss_moves_every_parameter(PassageGraph graph, ArcDirections directions, bool context, bool copy)
    {
        using var scope = NewDisposeScope();
        using var model = Fresh(Small with { Graph = graph, Directions = directions, AlignContext = context, Copy = copy });
        model.train();
        var batch = Batch(model, count: 20);
        model.Likelihood(model.Encode(batch), batch, 0.75, new Random(1)).backward();
        Assert.All(model.named_parameters(), p => Assert.True(p.parameter.grad is { } g && g.abs().max().item<float>() > 0, p.name));
    }

    [Fact]
    public void Names_that_training_never_saw_are_copied_and_training_beats_asking_the_commonest_question_of_the_first_country()
    {
        using var scope = NewDisposeScope();
        var passages = new CountryPassages(Countries.Table(), ways: 1);
        var data = passages.Write(700, 60, 150, sentences: 1);
        var settings = Small with { Words = 32, Hidden = 32, Batch = 25, LearningRate = 6e-3, Epochs = 6, WordDropout = 0, StateDropout = 0 };
        var (model, history) = QuestionTraining.Train(data, settings, new WordVectors(32, passages.Kinds));
        var scores = QuestionTraining.Score(model, data.Test);
        // The baseline: the best of the five questions, about the country that begins the passage.
        string[] Fill(string pattern, QuestionExample e) => pattern.Replace("{0}", string.Join(' ', e.Passage.SkipWhile(t => t.Tag != "PROPN")
            .TakeWhile(t => t.Tag == "PROPN").Select(t => t.Word))).Split(' ');
        double baseline = new[] { "from where is {0} governed ?", "what do people pay with in {0} ?", "how do people talk in {0} ?",
            "where does one find {0} ?", "who lives next to {0} ?" }.Max(pattern => 100 * TextScores.Bleu(
                [.. data.Test.Select(e => Fill(pattern, e))], [.. data.Test.Select(e => (IReadOnlyList<string>[])[e.Question])]));
        Assert.True(scores.Bleu4 > baseline + 25, $"BLEU-4 {scores.Bleu4:0.0}, baseline {baseline:0.0}.");
        Assert.True(scores.Right > 50, $"{scores.Right:0.0} % right.");
        Assert.True(history.Loss[^1] < 0.5 * history.Loss[0]);
    }

    [Fact]
    public void It_goes_on_from_a_checkpoint_as_if_it_had_not_stopped()
    {
        using var scope = NewDisposeScope();
        string file = Path.Combine(Path.GetTempPath(), $"lectern-questions-{Environment.ProcessId}.zip");
        try
        {
            var (whole, _) = QuestionTraining.Train(World, Small);
            QuestionTraining.Train(World, Small with { Epochs = 1 }, checkpoint: file);
            var (resumed, history) = QuestionTraining.Train(World, Small, checkpoint: file);
            Assert.Equal(2, history.Epochs);
            foreach (var (a, b) in whole.parameters().Zip(resumed.parameters())) Near(a, b);
            QuestionTraining.FineTune(whole, World);
            QuestionTraining.FineTune(resumed, World);
            foreach (var (a, b) in whole.parameters().Zip(resumed.parameters())) Near(a, b);
            Assert.NotEqual(QuestionTraining.Create(World, Small).parameters().First().sum().item<float>(), whole.parameters().First().sum().item<float>());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void Numbers_beyond_the_vocabulary_are_words_of_the_passage_and_own_texts_are_tagged_as_training_has_it()
    {
        using var scope = NewDisposeScope();
        var vocabulary = Fresh().Vocabulary;
        QuestionExample example = vocabulary.Tag(Squad.Passage("Arrakis prints EUR .", "EUR"));
        Assert.Equal([("PROPN", "GPE"), ("VERB", ""), ("PROPN", "MONEY"), ("PUNCT", "")], example.Passage.Select(t => (t.Tag, t.Kind)));
        var batch = new QuestionBatch([example with { Question = ["which", "currency", "is", "used", "in", "arrakis", "today"] }], vocabulary);
        Assert.Equal(vocabulary.Words.Count, batch.Targets[0, 5].item<long>());
        Assert.Equal(QuestionVocabulary.Unknown, batch.Targets[0, 6].item<long>());
        Assert.Equal(["which", "currency", "is", "used", "in", "arrakis", "<unknown>"], batch.Text(0, batch.Targets[0].data<long>().ToArray()));
    }

    [Fact]
    public void What_cannot_be_read_or_built_is_said()
    {
        using var scope = NewDisposeScope();
        var vocabulary = Fresh().Vocabulary;
        Assert.Contains("at least a word", Assert.Throws<ArgumentException>(() => new QuestionBatch([World.Train[0] with { Answer = [] }], vocabulary)).Message);
        Assert.Contains("from 0 to 99", Assert.Throws<ArgumentException>(() => new QuestionBatch([World.Train[0] with { Arcs = [(0, 99)] }], vocabulary)).Message);
        Assert.Contains("7 and 10", Assert.Throws<ArgumentException>(() => QuestionTraining.Create(World, Small with { Hidden = 7 })).Message);
        Assert.Contains("vectors have 3", Assert.Throws<ArgumentException>(() => QuestionTraining.Create(World, Small, new WordVectors(3))).Message);
        Assert.Throws<ArgumentException>("examples", () => QuestionTraining.Create(World with { Train = [] }, Small));
        Assert.Throws<ArgumentException>("examples", () => QuestionTraining.Score(Fresh(), []));
    }
}
