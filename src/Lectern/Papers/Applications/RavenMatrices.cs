namespace Lectern.Papers.Applications;

/// <summary>What rules speak of.</summary>
public enum RavenAttribute
{
    /// <summary>How large: 0 to 3.</summary>
    Size,

    /// <summary>Ink in tenths: 1 to 10.</summary>
    Shade,

    /// <summary>Which kinds are there, a bit each: disc 1, square 2, triangle 4, cross 8.</summary>
    Kinds,
}

/// <summary>How an attribute goes along a row; the same rule holds in all three rows.</summary>
public enum RavenRule
{
    /// <summary>One value in the three panels.</summary>
    Constant,

    /// <summary>The same step, not 0, from the first to the second and from the second to the third, in all rows.</summary>
    Progression,

    /// <summary>Three different values, in every row the same three (PGM: consistent union; RAVEN: distribute three).</summary>
    ThreeValues,

    /// <summary>As many kinds in each panel of a row, whichever they are (RAVEN: constant number).</summary>
    SameNumber,

    /// <summary>Kinds that are in both of the first two (PGM: a logical relation of types, as the next two).</summary>
    And,

    /// <summary>Kinds that are in either.</summary>
    Or,

    /// <summary>Kinds that are in one of the two and not in the other.</summary>
    Xor,
}

/// <summary>A panel: an object of each kind that is there, all of one size and shade, each in a slot of its own.</summary>
/// <param name="Size">0 to 3.</param>
/// <param name="Shade">Ink in tenths, 1 to 10.</param>
/// <param name="Kinds">Bit i: kind i is there.</param>
/// <param name="Scatter">Draws the slots: no rule speaks of them, they distract.</param>
public readonly record struct RavenPanel(int Size, int Shade, int Kinds, int Scatter)
{
    /// <summary>The value of an attribute.</summary>
    public int this[RavenAttribute attribute] => attribute switch
    {
        RavenAttribute.Size => Size,
        RavenAttribute.Shade => Shade,
        _ => Kinds,
    };

    /// <summary>The slot of each of the four kinds, whether it is there or not.</summary>
    /// <param name="slots">Slots of a panel.</param>
    internal int[] Slots(int slots)
    {
        int[] order = [.. Enumerable.Range(0, slots)];
        new Random(Scatter).Shuffle(order);
        return order[..4];
    }
}

/// <summary>A matrix of three rows of panels, the last one missing.</summary>
/// <param name="Context">The eight panels that are there, row by row.</param>
/// <param name="Candidates">Eight panels, one of which belongs into the gap.</param>
/// <param name="Answer">Which one.</param>
/// <param name="Rules">The rule of size, of shade and of kinds.</param>
public sealed record RavenMatrix(IReadOnlyList<RavenPanel> Context, IReadOnlyList<RavenPanel> Candidates, int Answer,
    IReadOnlyList<RavenRule> Rules);

/// <summary>What matrices are made of.</summary>
/// <param name="Grid">Slots on a side of a panel: 2 or 3.</param>
/// <param name="Cell">Pixels on a side of a slot, at least 6.</param>
/// <param name="LeastRules">Attributes at least with a rule of change: other than <see cref="RavenRule.Constant"/> and <see cref="RavenRule.SameNumber"/>.</param>
/// <param name="MostRules">And at most: 1 to 3.</param>
/// <param name="Noise">Deviation of the noise of a pixel, of ink from 0 to 1.</param>
public sealed record RavenSettings(int Grid = 2, int Cell = 8, int LeastRules = 1, int MostRules = 2, double Noise = 0.03)
{
    /// <summary>Shades that occur, in order, at least three; training has every other one, so that some are left between and beyond.</summary>
    public IReadOnlyList<int> Shades { get; init; } = [1, 3, 5, 7];

    /// <summary>Which rules of size, shade and kinds may stand together; null: all.</summary>
    public Func<IReadOnlyList<RavenRule>, bool>? Allows { get; init; }

    /// <summary>S, pixels on a side of a panel.</summary>
    public int Side => Grid * Cell;

    /// <summary>The settings of a regime as PGM names them: matrices that differ from training in one way.</summary>
    /// <param name="regime">"neutral": as trained; "interpolation": shades between; "extrapolation": shades beyond; "held-out pairs": size and
    /// kinds have both a rule that they never had together in training.</param>
    /// <exception cref="ArgumentException">There is no such regime.</exception>
    public RavenSettings For(string regime) => regime switch
    {
        "neutral" => this with { Allows = rules => !IsHeldOut(rules) },
        "interpolation" => this with { Allows = rules => !IsHeldOut(rules), Shades = [2, 4, 6] },
        "extrapolation" => this with { Allows = rules => !IsHeldOut(rules), Shades = [8, 9, 10] },
        "held-out pairs" => this with { Allows = IsHeldOut, LeastRules = 2, MostRules = Math.Max(2, MostRules) },
        _ => throw new ArgumentException(
            $"There is no regime '{regime}': neutral, interpolation, extrapolation or held-out pairs.", nameof(regime)),
    };

    private static bool IsHeldOut(IReadOnlyList<RavenRule> rules) =>
        (rules[0], rules[2]) is (RavenRule.Progression, RavenRule.Xor) or (RavenRule.ThreeValues, RavenRule.And);
}

/// <summary>Raven matrices: eight candidates by attribute bisection, one of which obeys every rule.</summary>
public static class RavenMatrices
{
    /// <summary>The rules that an attribute can have, the one without change first; each is a bit of the meta-target.</summary>
    public static IReadOnlyList<RavenRule> Family(RavenAttribute attribute) => attribute == RavenAttribute.Kinds
        ? [RavenRule.SameNumber, RavenRule.And, RavenRule.Or, RavenRule.Xor]
        : [RavenRule.Constant, RavenRule.Progression, RavenRule.ThreeValues];

    /// <summary>M, bits of the meta-target: a rule of an attribute each.</summary>
    public const int MetaBits = 10;

    /// <summary>Whether rows of values, any number of them, obey a rule.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="rows">Three values a row.</param>
    public static bool Holds(RavenRule rule, IReadOnlyList<int[]> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        int step = rows[0][1] - rows[0][0];
        return rows.All(row => rule switch
        {
            RavenRule.Constant => row[0] == row[1] && row[1] == row[2],
            RavenRule.Progression => step != 0 && row[1] - row[0] == step && row[2] - row[1] == step,
            RavenRule.ThreeValues => row.Distinct().Count() == 3 && row.ToHashSet().SetEquals(rows[0]),
            RavenRule.SameNumber => row.Select(value => int.PopCount(value)).Distinct().Count() == 1,
            RavenRule.And => row[2] == (row[0] & row[1]),
            RavenRule.Or => row[2] == (row[0] | row[1]),
            _ => row[2] == (row[0] ^ row[1]),
        });
    }

    /// <summary>Draws matrices; each follows from its seed and number alone.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Another seed, other matrices.</param>
    /// <param name="settings">What they are made of.</param>
    /// <exception cref="ArgumentException">Settings that no matrix has.</exception>
    public static IReadOnlyList<RavenMatrix> Draw(int count, int seed, RavenSettings? settings = null)
    {
        settings ??= new RavenSettings();
        if (settings.Grid is < 2 or > 3 || settings.Cell < 6 || settings.Shades.Distinct().Count() < 3 || settings.Shades.Any(s => s is < 1 or > 10)
            || settings.LeastRules < 0 || settings.MostRules > 3 || settings.LeastRules > settings.MostRules)
            throw new ArgumentException("A matrix has 2 or 3 slots a side of 6 or more pixels, three or more shades from 1 to 10 and 0 to 3 rules; given were "
                + $"{settings.Grid} slots of {settings.Cell} pixels, shades {string.Join(", ", settings.Shades)}, {settings.LeastRules} to {settings.MostRules} rules.",
                nameof(settings));
        return [.. Enumerable.Range(0, count).Select(number => DrawOne(new Random(unchecked(seed * 1_000_003 + number)), settings))];
    }

    private static RavenMatrix DrawOne(Random random, RavenSettings settings)
    {
        var attributes = Enum.GetValues<RavenAttribute>();
        for (int attempt = 0; attempt < 10_000; attempt++)
        {
            RavenAttribute[] active = [.. attributes];
            random.Shuffle(active);
            active = active[..random.Next(settings.LeastRules, settings.MostRules + 1)];
            RavenRule[] rules = [.. attributes.Select(a => active.Contains(a) ? Family(a)[random.Next(1, Family(a).Count)] : Family(a)[0])];
            if (settings.Allows?.Invoke(rules) == false) continue;
            var columns = attributes.Select(a => Attribute(random, settings, a, rules[(int)a])).ToArray();
            RavenPanel Panel(Func<int, int> value) => new(value(0), value(1), value(2), random.Next());
            var context = Enumerable.Range(0, 8).Select(i => Panel(a => columns[a].Rows[i / 3][i % 3])).ToArray();
            // Bisection: each attribute's value is the answer's in half of the candidates, so that the candidates alone tell nothing.
            int[] order = [.. Enumerable.Range(0, 8)];
            random.Shuffle(order);
            var candidates = order.Select(bits => Panel(a => (bits >> a & 1) == 0 ? columns[a].Rows[2][2] : columns[a].Other)).ToArray();
            return new RavenMatrix(context, candidates, Array.IndexOf(order, 0), rules);
        }
        throw new ArgumentException("No rules are both allowed and of the wanted number: let Allows accept more of them.", nameof(settings));
    }

    /// <summary>Three rows that obey a rule, and a wrong last value that obeys no rule of the family, as the rows leave it.</summary>
    private static (int[][] Rows, int Other) Attribute(Random random, RavenSettings settings, RavenAttribute attribute, RavenRule rule)
    {
        int[] values = attribute switch
        {
            RavenAttribute.Size => [0, 1, 2, 3],
            RavenAttribute.Shade => [.. settings.Shades],
            _ => [.. Enumerable.Range(1, 15)],
        };
        while (true)
        {
            int[][] rows = Rows(random, values, rule);
            int[] others = attribute == RavenAttribute.Kinds && rule != RavenRule.SameNumber     // what another rule would give
                ? [rows[2][0] & rows[2][1], rows[2][0] | rows[2][1], rows[2][0] ^ rows[2][1], rows[2][0], rows[2][1]] : values;
            int other = others[random.Next(others.Length)];
            bool Obeys(int last) => Family(attribute).Any(r => Holds(r, [rows[0], rows[1], [rows[2][0], rows[2][1], last]]));
            bool Empty(int value) => attribute == RavenAttribute.Kinds && value == 0;
            if (Holds(rule, rows) && !Obeys(other) && !Empty(other) && !rows.Any(row => Empty(row[2]))) return (rows, other);
        }
    }

    private static int[][] Rows(Random random, int[] values, RavenRule rule)
    {
        int Any() => values[random.Next(values.Length)];
        int[] three = random.GetItems(values, 3);
        int step = random.Next(2) == 0 ? 1 : -1;
        return [.. Enumerable.Range(0, 3).Select(row =>
        {
            var (first, second, middle) = (Any(), Any(), random.Next(1, values.Length - 1));
            int[] filled = rule switch
            {
                RavenRule.Constant => [first, first, first],
                RavenRule.Progression => [values[middle - step], values[middle], values[middle + step]],
                RavenRule.ThreeValues => [three[row % 3], three[(row + 1) % 3], three[(row + 2) % 3]],
                RavenRule.SameNumber => random.GetItems(Array.FindAll(values, v => int.PopCount(v) == int.PopCount(first)), 3),
                RavenRule.And => [first, second, first & second],
                RavenRule.Or => [first, second, first | second],
                _ => [first, second, first ^ second],
            };
            return filled;
        })];
    }

    /// <summary>A panel as a picture: ink from 0 to 255, [S, S] row by row.</summary>
    /// <param name="panel">The panel.</param>
    /// <param name="settings">Its size and noise.</param>
    /// <param name="random">Of the noise; null: none.</param>
    public static byte[] Paint(RavenPanel panel, RavenSettings settings, Random? random = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        int side = settings.Side, cell = settings.Cell;
        byte[] picture = new byte[side * side];
        double radius = cell * (0.26 + 0.08 * panel.Size);
        int[] slots = panel.Slots(settings.Grid * settings.Grid);
        for (int i = 0; i < picture.Length; i++)
        {
            int y = i / side, x = i % side, inside = 0, kind = Array.IndexOf(slots, y / cell * settings.Grid + x / cell);
            if (kind >= 0 && (panel.Kinds >> kind & 1) == 1)
                for (int sub = 0; sub < 4; sub++)                           // a pixel's share of ink by four points
                    if (Covers(kind, (x % cell + 0.25 + sub % 2 * 0.5 - cell / 2.0) / radius, (y % cell + 0.25 + sub / 2 * 0.5 - cell / 2.0) / radius))
                        inside++;
            double noise = random is null ? 0 : settings.Noise * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2;
            picture[i] = (byte)Math.Clamp(255 * (panel.Shade / 10.0 * inside / 4 + noise), 0, 255);
        }
        return picture;
    }

    private static bool Covers(int kind, double u, double v) => kind switch
    {
        0 => u * u + v * v < 1,
        1 => Math.Abs(u) < 0.86 && Math.Abs(v) < 0.86,
        2 => v < 0.8 && v > 2 * Math.Abs(u) - 1,
        _ => Math.Min(Math.Abs(u), Math.Abs(v)) < 0.3 && Math.Max(Math.Abs(u), Math.Abs(v)) < 1,
    };

    /// <summary>Matrices as a network sees them: context and then candidates [n, 16, 1, S, S], answers, rule bits.</summary>
    /// <param name="matrices">The matrices.</param>
    /// <param name="settings">Size and noise of the pictures.</param>
    /// <param name="seed">Of the noise.</param>
    public static DiagramData Data(IReadOnlyList<RavenMatrix> matrices, RavenSettings settings, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(matrices);
        var random = new Random(seed);
        byte[] pixels = [.. matrices.SelectMany(m => m.Context.Concat(m.Candidates)).SelectMany(panel => Paint(panel, settings, random))];
        float[] bits = [.. matrices.SelectMany(m => Enum.GetValues<RavenAttribute>().SelectMany(a => Family(a).Select(r => m.Rules[(int)a] == r ? 1f : 0)))];
        return new DiagramData(tensor(pixels, [matrices.Count, 16, 1, settings.Side, settings.Side]).DetachFromDisposeScope(),
            tensor(matrices.Select(m => (long)m.Answer).ToArray()).DetachFromDisposeScope(), tensor(bits).view(matrices.Count, MetaBits).DetachFromDisposeScope());
    }
}
