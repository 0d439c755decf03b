using Lectern.Lessons;
using Record = Lectern.Lessons.Record;

namespace Lectern.Tests.Lessons;

public sealed class ShowMaskTrialsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lectern-trials-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private void Save(string lesson, string experiment, params (string Metric, string Unit, double Value)[] results) =>
        new Record(lesson, experiment, "shapes", "", [], [1],
            [.. results.Select(of => Result.Of(of.Metric, of.Unit, [of.Value]))], 1, 1, "", "", new DateOnly(2026, 1, 1), "").Save(folder);

    [Fact]
    public void Lessons_with_a_record_have_a_place_and_the_others_are_named()
    {
        Save("MaskRcnn", "shapes",
            (Show.MaskAp, "", 0.61), ("mask AP with RoIPool", "", 0.5), (Show.PictureTime, "ms", 40));
        Save("MaskRcnn", "coco-mini", (Show.MaskAp, "", 0.9), (Show.PictureTime, "ms", 99));
        Save("Yolact", "shapes", (Show.MaskAp, "%", 55), (Show.PictureTime, "ms", 20));
        Save("PaNet", "shapes", (Show.MaskAp, "%", 60));                    // nobody took the time
        string json = Show.MaskTrials("MaskRcnn", folder).ToJson();
        Assert.Contains("\"x\":[40],\"y\":[61]", json);
        Assert.Contains("\"x\":[20],\"y\":[55]", json);
        Assert.DoesNotContain("\"x\":[99]", json);
        Assert.Contains("no record yet: Sds, DeepMask, SharpMask, MultiPathNet, PaNet, YolactPlusPlus", json);
        Assert.Contains("\"D2\"", json);
    }

    [Fact]
    public void Of_two_that_take_about_as_long_the_higher_has_its_name_above()
    {
        foreach (var (lesson, ap, time) in new[] { ("MaskRcnn", 60.0, 12.7), ("Yolact", 52.0, 6.8), ("YolactPlusPlus", 53.0, 13.1) })
            Save(lesson, "shapes", (Show.MaskAp, "%", ap), (Show.PictureTime, "ms", time));
        string json = Show.MaskTrials(folder: folder).ToJson();
        foreach (var (lesson, side) in new[] { ("MaskRcnn", "top"), ("YolactPlusPlus", "bottom"), ("Yolact", "bottom") })
            Assert.Matches($"\"text\":\\[\"{lesson}\"\\][^{{}}]*\"textposition\":\"{side} center\"|\"textposition\":\"{side} center\"[^{{}}]*\"text\":\\[\"{lesson}\"\\]", json);
    }

    [Fact]
    public void Without_any_record_it_says_so()
    {
        string json = Show.MaskTrials(folder: folder).ToJson();
        Assert.Contains("no record yet: Sds", json);
        Assert.DoesNotContain("milliseconds", json);
    }
}
