namespace Lectern.Vision;

/// <summary>Scenes of overlapping coloured and textured shapes with the exact mask of what is seen of
/// each: the data that every segmentation lesson brings along.</summary>
/// <remarks>
/// Objects are painted one over the other on a textured ground, each with a place, size, rotation, colour
/// and texture of its own. A scene is a function of its seed and number alone: only additions,
/// multiplications and divisions are computed, which every machine rounds alike. Time O(objects · pixels).
/// </remarks>
public static class Shapes
{
    // Corners of a five-pointed star: an outer one up, an inner one, and so on; sines and cosines of
    // tenths of a turn.
    private static readonly (double X, double Y)[] Star =
    [
        (0, -1), (0.2351, -0.3236), (0.9511, -0.3090), (0.3804, 0.1236), (0.5878, 0.8090),
        (0, 0.4), (-0.5878, 0.8090), (-0.3804, 0.1236), (-0.9511, -0.3090), (-0.2351, -0.3236),
    ];

    private static readonly (double X, double Y)[] Triangle = [(0, -1), (0.8660, 0.5), (-0.8660, 0.5)];

    /// <summary>What the labels 1 to 6 are.</summary>
    public static IReadOnlyList<string> Names { get; } = ["disc", "rectangle", "triangle", "ring", "star",
        "thin bar"];

    /// <summary>Draws scenes.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Another seed, other scenes: one for training, one for validation.</param>
    /// <param name="settings">What they look like.</param>
    public static IReadOnlyList<ShapeScene> Draw(int count, int seed, ShapeSettings? settings = null) =>
        [.. Enumerable.Range(0, count).Select(number => DrawOne(seed, number, settings))];

    /// <summary>Draws one scene.</summary>
    /// <param name="seed">The seed of all scenes.</param>
    /// <param name="number">Which of them.</param>
    /// <param name="settings">What it looks like.</param>
    public static ShapeScene DrawOne(int seed, int number, ShapeSettings? settings = null)
    {
        settings ??= new ShapeSettings();
        Require(settings);
        var random = new Random(unchecked(seed * 1_000_003 + number));
        var (height, width) = (settings.Height, settings.Width);
        byte[] owner = new byte[height * width];                            // 0: the ground; i: object i
        var objects = new List<Placed>();
        int wanted = random.Next(settings.Least, settings.Most + 1);
        // A place that hides too much of what is there is not taken.
        for (int attempt = 0; objects.Count < wanted && attempt < 40 * wanted; attempt++)
        {
            var one = Placed.Random(random, settings, objects);
            byte[] painted = [.. owner];
            int own = one.Paint(painted, height, width, (byte)(objects.Count + 1));
            if (own < 12) continue;
            int[] seen = new int[objects.Count + 2];
            foreach (byte of in painted) seen[of]++;
            if (objects.Where((other, i) => seen[i + 1] < Math.Max(12, settings.Visible * other.Pixels))
                .Any()) continue;
            objects.Add(one with { Pixels = own });
            owner = painted;
        }
        return Scene(random, settings, owner, objects);
    }

    /// <summary>The ground truth of scenes as COCO has it: images 1, 2, …, the six kinds, and masks as
    /// run lengths.</summary>
    /// <param name="scenes">The scenes.</param>
    public static CocoDataset GroundTruth(IReadOnlyList<ShapeScene> scenes)
    {
        ArgumentNullException.ThrowIfNull(scenes);
        var images = new List<CocoImage>();
        var objects = new List<CocoAnnotation>();
        foreach (var scene in scenes)
        {
            var (height, width) = ((int)scene.Picture.shape[1], (int)scene.Picture.shape[2]);
            images.Add(new CocoImage(images.Count + 1, $"{images.Count + 1}.png", height, width));
            long[] labels = scene.Labels.data<long>().ToArray();
            foreach (var (mask, label) in RleMask.OfEach(scene.Masks).Zip(labels))
                objects.Add(new CocoAnnotation(objects.Count + 1, images.Count, (int)label,
                    CocoBox.Around(mask),
                    mask.Area, new CocoSegmentation(mask)));
        }
        return new CocoDataset("shapes", images,
            [.. Names.Select((name, i) => new CocoCategory(i + 1, name))], objects);
    }

    private static ShapeScene Scene(Random random, ShapeSettings settings, byte[] owner, List<Placed> objects)
    {
        var (height, width) = (settings.Height, settings.Width);
        byte[] pixels = new byte[3 * height * width];
        bool[] masks = new bool[objects.Count * height * width];
        var ground = new Ground(random, height, width);
        for (int i = 0; i < owner.Length; i++)
        {
            int y = i / width, x = i % width;
            int noise = random.Next(-10, 11);
            for (int c = 0; c < 3; c++)
            {
                int value = owner[i] == 0 ? ground.Colour(y, x, c) : objects[owner[i] - 1].Colour(y, x, c);
                pixels[c * height * width + i] = (byte)Math.Clamp(value + noise, 0, 255);
            }
            if (owner[i] > 0) masks[(owner[i] - 1) * height * width + i] = true;
        }
        using var scope = NewDisposeScope();
        var seen = tensor(masks, [objects.Count, height, width]);
        return new ShapeScene(
            tensor(pixels, [3, height, width]).MoveToOuterDisposeScope(),
            Boxes.Around(seen).MoveToOuterDisposeScope(),
            tensor(objects.Select(one => (long)one.Kind).ToArray()).MoveToOuterDisposeScope(),
            seen.MoveToOuterDisposeScope());
    }

    private static void Require(ShapeSettings settings)
    {
        if (Math.Min(settings.Height, settings.Width) < 16)
            throw new ArgumentException(
                $"A scene of {settings.Height}×{settings.Width} holds no shapes: 16 pixels a side.");
        if (settings.Least < 1 || settings.Most < settings.Least || settings.Most > 200)
            throw new ArgumentException(
                $"A scene has 1 to 200 objects, not {settings.Least} to {settings.Most}.");
        if (settings.Kinds.Count == 0 || settings.Kinds.Any(kind => kind < 1 || kind > Names.Count))
            throw new ArgumentException(
                $"Kinds are 1 to {Names.Count}; given were {string.Join(", ", settings.Kinds)}.");
    }

    /// <summary>An object at its place. (Cos, Sin) is its rotation; Along and Across are its half
    /// extents.</summary>
    private sealed record Placed(int Kind, double Y, double X, double Cos, double Sin, double Along,
        double Across,
        int[] Light, int[] Dark, int Texture, double Period)
    {
        /// <summary>How many pixels it had before others hid some.</summary>
        internal int Pixels { get; init; }

        internal static Placed Random(Random random, ShapeSettings settings, List<Placed> others)
        {
            int side = Math.Min(settings.Height, settings.Width);
            double share = random.NextDouble();
            // Squared, so that small ones are more frequent than large ones.
            double radius = side * (settings.SmallestRadius
                + (settings.LargestRadius - settings.SmallestRadius) * share * share);
            double stretch = 1 + (settings.Stretch - 1) * random.NextDouble();
            // A rotation without sine and cosine: a point of the unit circle from a number from -1 to 1,
            // and a half turn.
            double t = 2 * random.NextDouble() - 1, turn = random.Next(2) == 0 ? 1 : -1;
            double y = random.NextDouble() * settings.Height, x = random.NextDouble() * settings.Width;
            // Every other object lies near one that is there, so that some hide others.
            if (others.Count > 0 && random.Next(2) == 0)
            {
                var other = others[random.Next(others.Count)];
                y = Math.Clamp(other.Y + (y / settings.Height - 0.5) * 4 * other.Across, 0, settings.Height);
                x = Math.Clamp(other.X + (x / settings.Width - 0.5) * 4 * other.Across, 0, settings.Width);
            }
            int[] light = [random.Next(60, 256), random.Next(60, 256), random.Next(60, 256)];
            return new Placed(settings.Kinds[random.Next(settings.Kinds.Count)],
                y, x, turn * (1 - t * t) / (1 + t * t), turn * 2 * t / (1 + t * t), radius * stretch, radius,
                light, [.. light.Select(value => value * random.Next(30, 80) / 100)], random.Next(5),
                3 + random.NextDouble() * radius / 2);
        }

        /// <summary>Puts a number wherever the object is, and counts how often.</summary>
        internal int Paint(byte[] owner, int height, int width, byte number)
        {
            int count = 0;
            double reach = Math.Max(Along, Across) + 2;
            for (int y = Math.Max(0, (int)(Y - reach)); y < Math.Min(height, Y + reach); y++)
            {
                for (int x = Math.Max(0, (int)(X - reach)); x < Math.Min(width, X + reach); x++)
                {
                    var (u, v) = Local(y, x);
                    if (!Holds(u / Along, v / Across)) continue;
                    owner[y * width + x] = number;
                    count++;
                }
            }
            return count;
        }

        internal int Colour(int y, int x, int channel)
        {
            var (u, v) = Local(y, x);
            int i = (int)Math.Floor(u / Period), j = (int)Math.Floor(v / Period);
            double du = u / Period - i - 0.5, dv = v / Period - j - 0.5;
            return Texture switch
            {
                1 => i % 2 == 0 ? Light[channel] : Dark[channel],                       // stripes
                2 => (i + j) % 2 == 0 ? Light[channel] : Dark[channel],                 // squares
                3 => du * du + dv * dv < 0.1 ? Dark[channel] : Light[channel],          // dots
                4 => (int)(Dark[channel] + (Light[channel] - Dark[channel]) * (u / Along + 1) / 2),
                _ => Light[channel],
            };
        }

        private (double U, double V) Local(int y, int x)
        {
            double dy = y + 0.5 - Y, dx = x + 0.5 - X;
            return (Cos * dx + Sin * dy, Cos * dy - Sin * dx);
        }

        private bool Holds(double u, double v) => Kind switch
        {
            1 => u * u + v * v < 1,
            2 => Math.Abs(u) < 0.95 && Math.Abs(v) < 0.6,
            3 => Within(Triangle, u, v),
            4 => u * u + v * v is < 1 and > 0.36,
            5 => Within(Star, u, v),
            // A bar is never thinner than two pixels.
            _ => Math.Abs(u) < 1 && Math.Abs(v) < Math.Max(0.12, 1.1 / Across),
        };

        // A ray to the right crosses the border of a shape that holds its start an odd number of times.
        private static bool Within((double X, double Y)[] corners, double x, double y)
        {
            bool inside = false;
            for (int i = 0, j = corners.Length - 1; i < corners.Length; j = i++)
            {
                var (a, b) = (corners[i], corners[j]);
                if (a.Y > y != b.Y > y && x < (b.X - a.X) * (y - a.Y) / (b.Y - a.Y) + a.X) inside = !inside;
            }
            return inside;
        }
    }

    /// <summary>Two colours that pass into each other over a coarse grid of random heights.</summary>
    private sealed class Ground
    {
        private const int Cell = 12;
        private readonly double[,] heights;
        private readonly int[] low, high;

        internal Ground(Random random, int height, int width)
        {
            heights = new double[height / Cell + 2, width / Cell + 2];
            for (int i = 0; i < heights.GetLength(0); i++)
                for (int j = 0; j < heights.GetLength(1); j++) heights[i, j] = random.NextDouble();
            low = [random.Next(20, 130), random.Next(20, 130), random.Next(20, 130)];
            high = [.. low.Select(value => value + random.Next(30, 110))];
        }

        internal int Colour(int y, int x, int channel)
        {
            int i = y / Cell, j = x / Cell;
            double a = y % Cell / (double)Cell, b = x % Cell / (double)Cell;
            double mix = (1 - a) * ((1 - b) * heights[i, j] + b * heights[i, j + 1])
                + a * ((1 - b) * heights[i + 1, j] + b * heights[i + 1, j + 1]);
            return (int)(low[channel] + (high[channel] - low[channel]) * mix);
        }
    }
}
