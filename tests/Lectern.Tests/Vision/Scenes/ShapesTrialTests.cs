using Lectern.Vision;

namespace Lectern.Tests.Vision.Scenes;

public sealed class ShapesTrialTests
{
    private static readonly ShapesTrial Small = new()
    {
        Scenes = new ShapeSettings(48, 48), Training = 10, Validation = 4, Epochs = 2, Batch = 4, LearningRate = 0.01,
    };

    [Fact]
    public void Who_knows_the_scenes_finds_all_and_who_finds_nothing_gets_nothing()
    {
        using var scope = NewDisposeScope();
        int next = 0;
        var scenes = Shapes.Draw(4, 1_000_001, Small.Scenes);
        var perfect = Small.Measure(pictures =>
        {
            var scene = scenes[next++];
            Assert.True(allclose(pictures[0] * 255, scene.Picture.to(float32), atol: 1e-3));
            return [new Detections(scene.Boxes, scene.Labels, ones(scene.Labels.shape[0]), scene.Masks.to(float32))];
        });
        Assert.Equal(1, perfect.Masks.Ap, 1e-9);
        Assert.Equal(1, perfect.Boxes.Ap, 1e-9);

        var nothing = Small.Measure(_ => [new Detections(
            zeros(1, 4) + tensor(new float[] { 0, 0, 1, 1 }), ones(1, int64), ones(1), zeros(1, 48, 48))]);
        Assert.Equal(0, nothing.Masks.Ap, 1e-9);
    }

    [Fact]
    public void Networks_take_turns_on_the_scenes_that_none_has_seen()
    {
        var (turns, seen) = (new List<int>(), new List<float>());
        Func<IReadOnlyList<Tensor>, Detections[]> Sleeper(int number, int milliseconds) => pictures =>
        {
            turns.Add(number);
            if (number == 0) seen.Add(pictures[0].mean().item<float>());
            Thread.Sleep(milliseconds);
            return [];
        };
        double[] times = Small.Milliseconds(Sleeper(0, 5), Sleeper(1, 40));
        Assert.Equal([0, 1, 0, 1, 0, 1, 0, 1], turns);
        Assert.Equal(Shapes.Draw(4, 1_000_001, Small.Scenes)
            .Select(scene => (scene.Picture.to(float32) / 255).mean().item<float>()), seen);
        Assert.True(times[0] >= 4.5 && times[1] >= 39 && times[1] > times[0]);
    }

    [Fact]
    public void Masks_are_ranked_by_what_the_network_says_of_them()
    {
        using var scope = NewDisposeScope();
        int next = 0;
        var scenes = Shapes.Draw(4, 1_000_001, Small.Scenes);
        // Each object is found twice, once as a mask of nothing; which of them comes first is another score's matter.
        var found = Small.Measure(_ =>
        {
            var scene = scenes[next++];
            long n = scene.Labels.shape[0];
            var low = full(n, 0.2f);
            var high = full(n, 0.9f);
            return [new Detections(cat([scene.Boxes, scene.Boxes]), cat([scene.Labels, scene.Labels]),
                cat([low, high]), cat([scene.Masks.to(float32), zeros_like(scene.Masks).to(float32)]))
            { MaskScores = cat([high, low]) }];
        });
        Assert.Equal(1, found.Masks.Ap, 1e-9);
    }

    [Fact]
    public void Every_scene_is_seen_once_an_epoch_and_the_same_seed_shows_the_same()
    {
        (List<float> Means, List<long> Objects, float Weight) Run(int seed)
        {
            using var scope = NewDisposeScope();
            using var network = nn.Linear(1, 1);
            nn.init.ones_(network.weight!);
            var (means, objects) = (new List<float>(), new List<long>());
            (Small with { Seed = seed }).Train(network, (pictures, of) =>
            {
                Assert.Equal(pictures.Count, of.Count);
                means.AddRange(pictures.Select(picture => picture.mean().item<float>()));
                objects.AddRange(of.Select(one => one.Boxes.shape[0]));
                Assert.All(of, one => Assert.Equal([one.Labels.shape[0], 48, 48], one.Masks.shape));
                return (network.weight! * 3).sum();
            });
            Assert.False(network.training);
            return (means, objects, network.weight![0, 0].item<float>());
        }
        var (first, again, other) = (Run(1), Run(1), Run(2));
        Assert.Equal(20, first.Means.Count);                            // two epochs of ten scenes
        Assert.Equal(first.Means, again.Means);
        Assert.Equal(first.Objects, again.Objects);
        Assert.NotEqual(first.Means, other.Means);
        Assert.NotEqual(first.Means[..10].Order(), first.Means[10..].Order());      // changed anew in each
        // Adam moves by the learning rate a step: it rises over the first steps and falls as half a cosine.
        double rates = Enumerable.Range(0, 6).Sum(step =>
            0.01 * Math.Min(1, (step + 1) / 1.3) * (1 + Math.Cos(Math.PI * step / 6)) / 2);
        Assert.Equal(1 - rates, first.Weight, 1e-5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Fresh_scenes_are_seen_once_and_none_of_them_is_measured_on(bool fresh)
    {
        using var scope = NewDisposeScope();
        using var network = nn.Linear(1, 1);
        var seen = new List<float>();
        (Small with { Fresh = fresh, Changes = null }).Train(network, (pictures, _) =>
        {
            seen.AddRange(pictures.Select(picture => picture.mean().item<float>()));
            return network.weight!.sum();
        });
        Assert.Equal(20, seen.Count);                                   // two epochs of ten scenes
        Assert.Equal(fresh ? 20 : 10, seen.Distinct().Count());
        Assert.Empty(seen.Intersect(
            Small.Unseen().Select(scene => (scene.Picture.to(float32) / 255).mean().item<float>())));
    }
}
