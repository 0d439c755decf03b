using Lectern.KnowledgeGraphs;
using Lectern.Papers.KnowledgeGraphs;

namespace Lectern.Tests.Papers.KnowledgeGraphs;

/// <summary>Query2Box: box operators against points and by hand, the sheet's invariants, and what training is worth.</summary>
public sealed class Query2BoxTests
{
    private static readonly Query2BoxSettings Small = new(Width: 6, Gamma: 4, Negatives: 8, Batch: 16, Steps: 4, Period: 2);

    private static readonly QueryGraph World = new(LinkDataset.Cut(Countries.Graph(), name: "countries"));

    private static Query2Box Fresh(Query2BoxSettings? settings = null, int entities = 50, int relations = 8)
    {
        manual_seed(1);
        return new Query2Box(entities, relations, settings ?? Small);
    }

    private static Box RandomBoxes(long count, long d) => new(2 * rand(count, d) - 1, rand(count, d));

    /// <summary>Whether points lie in the boxes of their rows.</summary>
    private static Tensor Holds(Box box, Tensor points) => (points - box.Centre).abs().le(box.Half! + 1e-6).all(1);

    // ------------------------------------------------------------------------------------ operators

    [Fact]
    public void Whatever_lies_in_a_box_lies_in_its_projection_once_it_is_moved_likewise()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        var box = RandomBoxes(200, 6);
        var relations = randint(0, 8, [200]);
        var projected = model.Project(box, relations);
        var shift = projected.Centre - box.Centre;
        for (int sample = 0; sample < 50; sample++)
        {
            var inside = box.Centre + (2 * rand(200, 6) - 1) * box.Half!;
            Assert.True(Holds(box, inside).all().item<bool>());
            Assert.True(Holds(projected, inside + shift).all().item<bool>());
        }
        Assert.True((projected.Half! - box.Half!).min().item<float>() >= 0);
        // The same relation moves every box alike, and the order of two relations does not matter.
        var others = randint(0, 8, [200]);
        var (one, two) = (model.Project(projected, others), model.Project(model.Project(box, others), relations));
        Assert.True((one.Centre - two.Centre).abs().max().item<float>() < 1e-5);
        Assert.True((one.Half! - two.Half!).abs().max().item<float>() < 1e-5);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void An_intersection_is_no_larger_than_any_input_and_its_centre_lies_between_theirs(int k)
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        Box[] boxes = [.. Enumerable.Range(0, k).Select(_ => RandomBoxes(300, 6))];
        var both = model.Intersect(boxes);
        var centres = stack([.. boxes.Select(b => b.Centre)]);
        Assert.True((both.Centre - centres.amin(0)).min().item<float>() >= -1e-5);
        Assert.True((centres.amax(0) - both.Centre).min().item<float>() >= -1e-5);
        Assert.All(boxes, box => Assert.True((box.Half! - both.Half!).min().item<float>() >= 0));
        // Volume by sampling the hull of all: no larger a share of points falls into it than into the smallest input.
        double Share(Box box) => Enumerable.Range(0, 40).Average(_ => Holds(box, 4 * rand(300, 6) - 2).to(float32).mean().item<float>());
        Assert.True(Share(both) <= boxes.Min(Share));
        // The order of the inputs does not matter.
        var reversed = model.Intersect([.. boxes.Reverse()]);
        Assert.True((both.Centre - reversed.Centre).abs().max().item<float>() < 1e-5);
        Assert.True((both.Half! - reversed.Half!).abs().max().item<float>() < 1e-5);
        // A box with itself keeps its centre.
        var same = model.Intersect([.. Enumerable.Repeat(boxes[0], k)]);
        Assert.True((same.Centre - boxes[0].Centre).abs().max().item<float>() < 1e-5);
    }

    [Fact]
    public void Distances_are_zero_outside_the_box_exactly_for_the_points_that_it_holds()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh(Small with { Alpha = 0 }, entities: 2000);
        var box = new Box(zeros(1, 6), full(1, 6, 0.6f));
        var held = (model.Entities - box.Centre).abs().le(box.Half!).all(1);
        var distances = model.Distances(box).squeeze(0);
        Assert.InRange(held.to(float32).mean().item<float>(), 0.01, 0.9);
        Assert.True(distances.eq(0).eq(held).all().item<bool>());
    }

    [Fact]
    public void An_intersection_by_hand()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh(Small with { Width = 2 });
        foreach (var (_, weight) in model.named_parameters().Where(p => p.name.StartsWith("centre", StringComparison.Ordinal) || p.name.StartsWith("half", StringComparison.Ordinal)))
            using (no_grad()) weight.copy_(eye(2));
        var both = model.Intersect(
        [
            new Box(tensor(new float[] { 1, -1 }).view(1, 2), tensor(new float[] { 2, 0 }).view(1, 2)),
            new Box(tensor(new float[] { 3, 0 }).view(1, 2), tensor(new float[] { 1, 4 }).view(1, 2)),
        ]);
        static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
        // W = 1: attention e^ReLU(c): dimension 0 from 1 and 3, dimension 1 from 0 and 0.
        Assert.Equal(Sigmoid(-2) * 1 + Sigmoid(2) * 3, both.Centre[0, 0].item<float>(), 1e-6);
        Assert.Equal(-0.5, both.Centre[0, 1].item<float>(), 1e-6);
        Assert.Equal(1 * Sigmoid(1.5), both.Half![0, 0].item<float>(), 1e-6);
        Assert.Equal(0, both.Half![0, 1].item<float>(), 1e-6);
    }

    public static TheoryData<string, bool> Structures =>
        [.. from s in QueryStructure.All from boxes in (bool[])[true, false] select (s.Name, boxes)];

    [Theory]
    [MemberData(nameof(Structures))]
    public void Every_structure_in_a_batch_is_each_query_by_itself_and_a_union_is_its_nearest_branch(string name, bool boxes)
    {
        using var scope = NewDisposeScope();
        using var model = Fresh(Small with { Boxes = boxes });
        var structure = QueryStructure.All.Single(s => s.Name == name);
        var (anchors, relations) = (randint(0, 50, [7, structure.Anchors]), randint(0, 8, [7, structure.Relations]));
        var together = model.Distances(structure.Shape, anchors, relations);
        Assert.Equal([7, 50], together.shape);
        for (int q = 0; q < 7; q++)
        {
            var alone = model.Distances(structure.Shape, anchors.narrow(0, q, 1), relations.narrow(0, q, 1));
            Assert.True((alone - together.narrow(0, q, 1)).abs().max().item<float>() < 1e-4);
        }
        var branches = structure.Shape.Branches().Select(b => model.Distances(b, anchors, relations)).ToList();
        Assert.True(branches.Aggregate((a, b) => a.minimum(b)).eq(together).all().item<bool>());
        if (branches.Count > 1) Assert.Throws<ArgumentException>(() => model.Embed(structure.Shape, anchors, relations));
    }

    [Fact]
    public void Boxes_of_no_size_are_GQE()
    {
        using var scope = NewDisposeScope();
        using var points = Fresh(Small with { Boxes = false });
        var (centre, zero) = (rand(3, 6), zeros(3, 6));
        var distances = points.Distances(new Box(centre, null));
        Assert.True((distances - points.Distances(new Box(centre, zero))).abs().max().item<float>() < 1e-5);
        Assert.True((distances - (centre.unsqueeze(1) - points.Entities).abs().sum(-1)).abs().max().item<float>() < 1e-5);
        Assert.DoesNotContain(points.named_parameters(), p => p.name.StartsWith("half", StringComparison.Ordinal) || p.name == "offsets");
    }

    // ------------------------------------------------------------------------------------ training

    [Fact]
    public void The_loss_is_the_papers_written_out_and_moves_every_parameter()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh(entities: World.EntityCount, relations: World.RelationCount);
        var set = QuerySampling.Make(World, QueryStructure.All[3], QueryEdges.Training, QueryEdges.Training, 40, 1);
        var batch = Query2BoxTraining.Batches([set], Small, World.EntityCount, 0).First();
        double total = 0, mass = 0;
        for (int i = 0; i < 16; i++)
        {
            var query = batch.Queries[i];
            long[] candidates = batch.Candidates[(9 * i)..(9 * i + 9)];
            Assert.Contains((int)candidates[0], query.Easy);
            Assert.All(candidates[1..], other => Assert.DoesNotContain((int)other, query.Easy));
            var (anchors, relations) = model.Slots([query.Anchors], [query.Relations]);
            double[] d = [.. model.Distances(set.Structure.Shape, anchors, relations, tensor(candidates).view(1, -1)).data<float>().Select(x => (double)x)];
            static double LogSigmoid(double x) => -Math.Log(1 + Math.Exp(-x));
            double weight = 1 / Math.Sqrt(4 + query.Easy.Length);
            total += weight * -(LogSigmoid(4 - d[0]) + d[1..].Average(x => LogSigmoid(x - 4))) / 2;
            mass += weight;
        }
        var loss = Query2BoxTraining.Loss(model, Small, batch);
        Assert.Equal(total / mass, loss.item<float>(), 1e-4);
        loss.backward();
        Assert.All(model.named_parameters(), p => Assert.True(p.parameter.grad!.abs().max().item<float>() > 0, p.name));
    }

    [Fact]
    public void A_step_has_a_batch_of_each_trained_structure_and_periods_cover_all_steps()
    {
        var sets = QuerySampling.Training(World, 20, 1);
        var settings = Small with { Steps = 5, Period = 2 };
        int[] batches = [.. Enumerable.Range(0, 3).Select(p => Query2BoxTraining.Batches(sets, settings, World.EntityCount, p).Count())];
        Assert.Equal([10, 10, 5], batches);
    }

    [Fact]
    public void Ranks_leave_the_other_answers_out_and_are_averaged_a_query_first()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh(Small with { Boxes = false, Width = 1 }, entities: 6, relations: 2);
        foreach (var (name, parameter) in model.named_parameters())
            using (no_grad())
                parameter.copy_(name == "entities" ? tensor(new float[] { 0, 1, 2, 3, 4, 5 }).view(6, 1) : zeros_like(parameter));
        // From 0 by a relation that moves nothing: the order is 0, 1, 2, 3, 4, 5.
        var set = new QuerySet(QueryStructure.All[0],
        [
            new SampledQuery([0], [0], Easy: [1], Hard: [2, 5]),                        // without 1 and each other: ranks 2 and 4
            new SampledQuery([0], [1], Easy: [], Hard: [0]),                            // rank 1
        ]);
        var metrics = Query2BoxTraining.Rank(model, set);
        Assert.Equal(0.5, metrics.Hits1);
        Assert.Equal((0.5 + 1) / 2, metrics.Hits3);
        Assert.Equal(1, metrics.Hits10);
        Assert.Equal(((0.5 + 0.25) / 2 + 1) / 2, metrics.Mrr, 12);
        Assert.Equal(metrics, Query2BoxTraining.Rank(model, set, chunk: 1));
    }

    [Fact]
    public void It_goes_on_from_a_checkpoint_as_if_it_had_not_stopped()
    {
        using var scope = NewDisposeScope();
        string file = Path.Combine(Path.GetTempPath(), $"lectern-box-{Environment.ProcessId}.zip");
        try
        {
            var sets = QuerySampling.Training(World, 50, 1);
            var settings = Small with { Steps = 6, Period = 2 };
            var (whole, _) = Query2BoxTraining.Train(World, sets, settings);
            int periods = 0;
            var stop = new CancellationTokenSource();
            using (Lectern.Training.Interrupt.Use(stop.Token))
            {
                Assert.Throws<OperationCanceledException>(() => Query2BoxTraining.Train(World, new Stopping(sets, () => { if (++periods > 20) stop.Cancel(); }), settings, file));
            }
            Assert.True(File.Exists(file));
            var (resumed, history) = Query2BoxTraining.Train(World, sets, settings, file);
            Assert.Equal(3, history.Epochs);
            Assert.True((whole.Entities - resumed.Entities).abs().max().item<float>() < 1e-5);     // but for rounding
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Says when a structure is asked for: once a structure a step.</summary>
    private sealed class Stopping(IReadOnlyList<QuerySet> sets, Action asked) : IReadOnlyList<QuerySet>
    {
        public int Count => sets.Count;

        public QuerySet this[int index] => sets[index];

        public IEnumerator<QuerySet> GetEnumerator()
        {
            foreach (var set in sets)
            {
                asked();
                yield return set;
            }
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    [Fact]
    public void Training_finds_answers_that_no_training_edge_gives_far_above_chance()
    {
        using var scope = NewDisposeScope();
        var settings = new Query2BoxSettings(Width: 32, Gamma: 12, Negatives: 32, Batch: 128, LearningRate: 1e-2, Steps: 150, Period: 50);
        var (model, history) = Query2BoxTraining.Train(World, QuerySampling.Training(World, 1000, 1), settings);
        var hard = QuerySampling.Test(World, 100, 2);
        double hits = hard.Average(set => Query2BoxTraining.Rank(model, set).Hits3);
        Assert.True(hits > 0.2, $"Hits@3 {hits:0.000}; chance is {3.0 / World.EntityCount:0.000}.");
        Assert.True(history.Loss[^1] < 0.5 * history.Loss[0]);

        // The same questions in names.
        var answers = model.Ask(World, Query.Where("speaks", "German").And("neighbor", "Germany"), 5);
        Assert.Contains(answers, answer => answer.IsTrue);
        Assert.Equal(answers.OrderBy(answer => answer.Distance), answers);
        var parts = model.Parts(World, Query.Where("speaks", "German").And("neighbor", "Germany"));
        Assert.Equal(["x = German", "speaks(x, German)", "x = Germany", "neighbor(x, Germany)", "speaks(x, German) ∧ neighbor(x, Germany)"],
            parts.Select(part => part.Formula));
        Assert.True(parts[^1].Half.Sum() < Math.Min(parts[1].Half.Sum(), parts[3].Half.Sum()));
        Assert.Equal(0, parts[0].Half.Sum());
    }

    [Fact]
    public void An_unknown_relation_in_a_question_is_named_with_those_that_there_are()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh(entities: World.EntityCount, relations: World.RelationCount);
        var error = Assert.Throws<ArgumentException>(() => model.Ask(World, Query.Where("speak", "French")));
        Assert.Contains("There is no relation 'speak' among the 5 relations of 'countries', in the query speak(x, French)", error.Message, StringComparison.Ordinal);
        Assert.Contains("There are: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("speaks", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_trained_or_ranked_is_said()
    {
        using var scope = NewDisposeScope();
        using var model = Fresh();
        Assert.Contains("1p has 0", Assert.Throws<ArgumentException>(() =>
            Query2BoxTraining.Train(World, [new QuerySet(QueryStructure.All[0], [])], Small)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Query2BoxTraining.Rank(model, new QuerySet(QueryStructure.All[0], [new([0], [0], [1], [])])));
    }
}
