using System.Security.Cryptography;
using Lectern.Vision;

namespace Lectern.Tests.Vision;

public sealed class ShapesTests
{
    private static byte[] Bytes(Tensor tensor) => tensor.contiguous().bytes.ToArray();

    [Fact]
    public void A_scene_has_what_its_settings_say_and_objects_hide_each_other()
    {
        using var scope = NewDisposeScope();
        var settings = new ShapeSettings(64, 80, Least: 3, Most: 5);
        bool hidden = false;
        foreach (var scene in Shapes.Draw(20, seed: 1, settings))
        {
            Assert.Equal([3L, 64, 80], scene.Picture.shape);
            long n = scene.Labels.shape[0];
            Assert.InRange(n, 3, 5);
            Assert.Equal([n, 64, 80], scene.Masks.shape);
            Assert.True(scene.Masks.to(int32).sum(0).max().item<long>() <= 1);           // one owner a pixel
            var masks = RleMask.OfEach(scene.Masks);
            float[] corners = scene.Boxes.data<float>().ToArray();
            for (int i = 0; i < n; i++)
            {
                var (x1, y1, x2, y2) = masks[i].Bounds;
                Assert.Equal([x1, y1, x2, y2], corners[(4 * i)..(4 * i + 4)].Select(value => (int)value));
                Assert.True(masks[i].Area >= 12);
            }
            long[] labels = scene.Labels.data<long>().ToArray();
            Assert.All(labels, label => Assert.InRange(label, 1, 6));
            // A whole disc fills π/4 of its box, unless the border cuts it.
            hidden |= masks.Zip(labels).Any(one => one.Second == 1 && one.First.Area < 0.7
                * (one.First.Bounds.X2 - one.First.Bounds.X1) * (one.First.Bounds.Y2 - one.First.Bounds.Y1));
        }
        Assert.True(hidden);
    }

    [Fact]
    public void All_kinds_come_and_only_those_that_are_wanted()
    {
        using var scope = NewDisposeScope();
        long[] all = [.. Shapes.Draw(30, 2).SelectMany(scene => scene.Labels.data<long>().ToArray())
            .Distinct().Order()];
        Assert.Equal([1L, 2, 3, 4, 5, 6], all);
        Assert.Equal(6, Shapes.Names.Count);
        var some = Shapes.Draw(10, 2, new ShapeSettings { Kinds = [2, 5] });
        Assert.All(some.SelectMany(scene => scene.Labels.data<long>().ToArray()), label =>
            Assert.True(label is 2 or 5));
    }

    [Fact]
    public void A_scene_is_a_function_of_its_seed_and_number_on_every_machine()
    {
        using var scope = NewDisposeScope();
        var settings = new ShapeSettings { Stretch = 2 };
        var scene = Shapes.DrawOne(5, 3, settings);
        Assert.Equal(Bytes(scene.Picture), Bytes(Shapes.Draw(4, 5, settings)[3].Picture));
        Assert.NotEqual(Bytes(scene.Picture), Bytes(Shapes.DrawOne(6, 3, settings).Picture));
        Assert.NotEqual(Bytes(scene.Picture), Bytes(Shapes.DrawOne(5, 4, settings).Picture));
        byte[] all = [.. Bytes(scene.Picture), .. Bytes(scene.Masks), .. Bytes(scene.Labels)];
        Assert.Equal("13e9097b27b8a50f", Convert.ToHexStringLower(SHA256.HashData(all))[..16]);
    }

    [Fact]
    public void What_is_seen_of_a_shape_differs_in_colour_from_what_is_behind_it()
    {
        using var scope = NewDisposeScope();
        var scene = Shapes.DrawOne(1, 1);
        var picture = scene.Picture.to(float32);
        var masks = scene.Masks.to(float32);
        // Mean colour of each object and of the ground: no two alike.
        var ground = 1 - masks.sum(0, keepdim: true);
        var parts = cat([ground, masks]);
        var means = parts.flatten(1).mm(picture.flatten(1).t()) / parts.flatten(1).sum(1, keepdim: true);
        var apart = (means.unsqueeze(1) - means.unsqueeze(0)).abs().sum(2) + eye(means.shape[0]) * 1000;
        Assert.True(apart.min().item<float>() > 10);
    }

    [Fact]
    public void The_ground_truth_judges_perfect_detections_as_perfect()
    {
        using var scope = NewDisposeScope();
        var scenes = Shapes.Draw(6, 9);
        var truth = Shapes.GroundTruth(scenes);
        Assert.Equal(6, truth.Images.Count);
        Assert.Empty(truth.Notes);
        CocoDetection[] found = [.. scenes.SelectMany((scene, i) =>
            CocoDetection.Of(i + 1, scene.Boxes, scene.Labels, ones(scene.Labels.shape[0]), scene.Masks))];
        foreach (var matching in Enum.GetValues<CocoMatching>())
            Assert.Equal(1, CocoEvaluation.Evaluate(truth, found, matching).Ap, 12);
    }

    [Fact]
    public void Settings_that_draw_nothing_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Shapes.DrawOne(1, 1, new ShapeSettings(8, 8)));
        Assert.Throws<ArgumentException>(() => Shapes.DrawOne(1, 1, new ShapeSettings(Least: 4, Most: 3)));
        Assert.Throws<ArgumentException>(() => Shapes.DrawOne(1, 1, new ShapeSettings { Kinds = [7] }));
    }
}
