using Lectern.Vision;

namespace Lectern.Bench;

/// <summary>COCO's evaluation at three sizes up to 5,000 pictures of 100 detections, and the suppression of 10⁴ boxes
/// beside torchvision's.</summary>
internal static class VisionEvalBench
{
    private const int Kinds = 80, Objects = 7, Found = 100;
    private static readonly int[] Sizes = [1000, 2500, 5000];

    internal static void Run(Report report)
    {
        var times = new List<double>();
        foreach (int pictures in Sizes)
        {
            var (truth, found) = Make(pictures);
            double seconds = Timing.Of(() => CocoEvaluation.Evaluate(truth, found), seconds: 0);
            times.Add(seconds);
            report.Add($"boxes of {pictures:N0} pictures, {Found} detections each", seconds, [],
                pictures == Sizes[^1] ? "(target: under a minute)" : "");
        }
        double slope = Math.Log(times[^1] / times[0]) / Math.Log(Sizes[^1] / (double)Sizes[0]);
        report.Notes.Add(FormattableString.Invariant(
            $"growth of the evaluation: pictures to the power of {slope:0.00}"));

        var (some, masked) = Make(500, masks: true);
        report.Add($"masks of 500 pictures, {Found} detections each",
            Timing.Of(() => CocoEvaluation.Evaluate(some, masked, CocoMatching.Masks), seconds: 0), []);

        string folder = Directory.CreateTempSubdirectory("lectern-suppression").FullName;
        try
        {
            foreach (var (name, spread) in new[] { ("apart", 3000.0), ("crowded", 300.0) })
            {
                using var scope = NewDisposeScope();
                var (boxes, scores) = MakeBoxes(10_000, spread);
                File.WriteAllBytes(Path.Combine(folder, "boxes.bin"), boxes.bytes.ToArray());
                File.WriteAllBytes(Path.Combine(folder, "scores.bin"), scores.bytes.ToArray());
                long[] kept = Suppression.Nms(boxes, scores, 0.5).data<long>().ToArray();
                double sum = kept.Select((box, place) => (place + 1) * (box + 1) % 1_000_003).Sum();
                var theirs = Peer.RunWith("torchvision", "suppression.py", folder, "0.5");
                report.Add($"suppression of 10,000 boxes, {name}: {kept.Length:N0} stay",
                    Timing.Of(() => Suppression.Nms(boxes, scores, 0.5).Dispose()),
                    [("torchvision", theirs.Of("seconds"))],
                    theirs.Of("sum") is { } other ? other == sum ? "(the same boxes)" : "(other boxes)" : "");
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (Tensor Boxes, Tensor Scores) MakeBoxes(int n, double spread)
    {
        var random = new Random(1);
        float[] corners = [.. Enumerable.Range(0, n).SelectMany(_ =>
        {
            float x = (float)(random.NextDouble() * spread), y = (float)(random.NextDouble() * spread);
            return new[] { x, y, x + 5 + 60 * random.NextSingle(), y + 5 + 60 * random.NextSingle() };
        })];
        return (tensor(corners, [n, 4]),
            tensor(Enumerable.Range(0, n).Select(_ => random.NextSingle()).ToArray()));
    }

    // Detections near objects and anywhere, of a few kinds a picture, as a detector's are.
    private static (CocoDataset, List<CocoDetection>) Make(int pictures, bool masks = false)
    {
        const int size = 512;
        var random = new Random(1);
        CocoBox Some() => new(random.Next(400), random.Next(400), 8 + random.Next(100), 8 + random.Next(100));
        CocoSegmentation Shape(CocoBox box) => new([[
            box.X, box.Y, box.X + box.Width, box.Y + box.Height / 3,
            box.X + box.Width * 0.7, box.Y + box.Height, box.X, box.Y + box.Height]]);
        var objects = new List<CocoAnnotation>();
        var found = new List<CocoDetection>();
        for (int picture = 1; picture <= pictures; picture++)
        {
            int first = objects.Count;
            for (int i = 0; i < Objects; i++)
            {
                var box = Some();
                objects.Add(new CocoAnnotation(
                    objects.Count + 1, picture, 1 + random.Next(Kinds), box, box.Area,
                        masks ? Shape(box) : null));
            }
            for (int i = 0; i < Found; i++)
            {
                var near = objects[first + random.Next(Objects)];
                var box = random.Next(2) == 0 ? Some() : near.Box with { X = near.Box.X + random.Next(9) };
                found.Add(new CocoDetection(picture, random.Next(4) > 0 ? near.CategoryId : 1
                    + random.Next(Kinds),
                    random.NextDouble(), box, masks ? Shape(box).Mask(size, size) : null));
            }
        }
        return (new CocoDataset("bench",
            [.. Enumerable.Range(1, pictures).Select(id => new CocoImage(id, "", size, size))],
            [.. Enumerable.Range(1, Kinds).Select(id => new CocoCategory(id, $"{id}"))], objects), found);
    }
}
