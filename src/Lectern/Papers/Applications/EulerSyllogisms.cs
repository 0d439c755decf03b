namespace Lectern.Papers.Applications;

/// <summary>How one set stands to another, both having members. Equal sets are no diagram of two circles, and no answer here.</summary>
public enum EulerRelation
{
    /// <summary>All of the first is in the second, which has more.</summary>
    Inside,

    /// <summary>The other way round.</summary>
    Contains,

    /// <summary>No member in common.</summary>
    Disjoint,

    /// <summary>Some in common, some in either alone.</summary>
    Overlap,
}

/// <summary>A contour of a diagram of side 1.</summary>
/// <param name="X">Of the centre, from the left.</param>
/// <param name="Y">Of the centre, from the top.</param>
/// <param name="Radius">Its radius.</param>
/// <param name="Colour">Which of the six colours; the same colour is the same set.</param>
public readonly record struct EulerCircle(double X, double Y, double Radius, int Colour);

/// <summary>Two premises and what can be concluded.</summary>
/// <param name="First">Circles of A and B.</param>
/// <param name="Second">Circles of B, in the same colour, and C.</param>
/// <param name="Premises">The relation of A to B and of B to C.</param>
/// <param name="Possible">Which relations of A to C remain possible, in the order of <see cref="EulerRelation"/>.</param>
public sealed record EulerSyllogism((EulerCircle A, EulerCircle B) First, (EulerCircle B, EulerCircle C) Second,
    (EulerRelation First, EulerRelation Second) Premises, IReadOnlyList<bool> Possible);

/// <summary>Euler-diagram syllogisms: A with B, B with C, and what follows for A with C, by going through all models.</summary>
public static class EulerSyllogisms
{
    /// <summary>The colours as ink in red, green and blue.</summary>
    public static IReadOnlyList<(int Red, int Green, int Blue)> Colours { get; } =
        [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 0), (1, 0, 1), (0, 1, 1)];

    /// <summary>The relation of two of the sets A, B, C in a model; null: they are equal, or one has no member.</summary>
    /// <param name="model">Bit r, 1 to 7: region r has members; region r lies in A if r has bit 1, in B by bit 2, in C by bit 4.</param>
    /// <param name="x">Bit of the first set.</param>
    /// <param name="y">Bit of the second set.</param>
    public static EulerRelation? Relation(int model, int x, int y)
    {
        bool Some(bool inX, bool inY) => Enumerable.Range(1, 7).Any(r => (model >> r & 1) == 1 && (r & x) != 0 == inX && (r & y) != 0 == inY);
        var (both, left, right) = (Some(true, true), Some(true, false), Some(false, true));
        return (both, left, right) switch
        {
            (true, true, true) => EulerRelation.Overlap,
            (true, false, true) => EulerRelation.Inside,
            (true, true, false) => EulerRelation.Contains,
            (false, true, true) => EulerRelation.Disjoint,
            _ => null,
        };
    }

    /// <summary>Which relations of A to C some model of both premises has; all 2⁷ patterns of regions with members are tried.</summary>
    /// <param name="first">A to B.</param>
    /// <param name="second">B to C.</param>
    public static IReadOnlyList<bool> Possible(EulerRelation first, EulerRelation second)
    {
        var models = Enumerable.Range(0, 128).Select(pattern => pattern << 1)
            .Where(model => Relation(model, 1, 2) == first && Relation(model, 2, 4) == second).ToList();
        return [.. Enum.GetValues<EulerRelation>().Select(relation => models.Any(model => Relation(model, 1, 4) == relation))];
    }

    /// <summary>Draws syllogisms; each follows from its seed and number alone.</summary>
    /// <param name="count">How many.</param>
    /// <param name="seed">Another seed, other syllogisms.</param>
    /// <param name="allows">Which colours A, B and C may have; null: any three.</param>
    /// <exception cref="ArgumentException">No three colours are allowed.</exception>
    public static IReadOnlyList<EulerSyllogism> Draw(int count, int seed, Func<int, int, int, bool>? allows = null)
    {
        var colours = (from a in Enumerable.Range(0, 6) from b in Enumerable.Range(0, 6) from c in Enumerable.Range(0, 6)
                       where a != b && b != c && a != c && allows?.Invoke(a, b, c) != false select (A: a, B: b, C: c)).ToList();
        if (colours.Count == 0) throw new ArgumentException("No three colours are allowed: let the rule accept some.", nameof(allows));
        var relations = Enum.GetValues<EulerRelation>();
        var possible = (from first in relations from second in relations select Possible(first, second)).ToList();
        return [.. Enumerable.Range(0, count).Select(number =>
        {
            var random = new Random(unchecked(seed * 1_000_003 + number));
            var (first, second, (a, b, c)) = (relations[random.Next(4)], relations[random.Next(4)], colours[random.Next(colours.Count)]);
            return new EulerSyllogism(Circles(random, first, a, b), Circles(random, second, b, c), (first, second), possible[4 * (int)first + (int)second]);
        })];
    }

    /// <summary>The relation that two circles show; null where they touch or nearly do.</summary>
    public static EulerRelation? Relation(EulerCircle one, EulerCircle other, double margin = 0.06)
    {
        double distance = Math.Sqrt(Math.Pow(one.X - other.X, 2) + Math.Pow(one.Y - other.Y, 2));
        return distance + one.Radius + margin < other.Radius ? EulerRelation.Inside
            : distance + other.Radius + margin < one.Radius ? EulerRelation.Contains
            : distance > one.Radius + other.Radius + margin ? EulerRelation.Disjoint
            : distance < one.Radius + other.Radius - margin && distance > Math.Abs(one.Radius - other.Radius) + margin ? EulerRelation.Overlap : null;
    }

    private static (EulerCircle, EulerCircle) Circles(Random random, EulerRelation relation, int one, int other)
    {
        EulerCircle Circle(int colour)
        {
            double radius = 0.1 + 0.3 * random.NextDouble(), room = 0.94 - 2 * radius;
            return new EulerCircle(0.03 + radius + room * random.NextDouble(), 0.03 + radius + room * random.NextDouble(), radius, colour);
        }
        while (true)
        {
            var (a, b) = (Circle(one), Circle(other));
            if (Relation(a, b) == relation) return (a, b);
        }
    }

    /// <summary>A diagram as a picture: ink of three colours from 0 to 255, [3, S, S]; a contour hides those before it.</summary>
    /// <param name="circles">Its contours.</param>
    /// <param name="side">S.</param>
    public static byte[] Paint(IReadOnlyList<EulerCircle> circles, int side)
    {
        ArgumentNullException.ThrowIfNull(circles);
        byte[] picture = new byte[3 * side * side];
        foreach (var circle in circles)
            for (int i = 0; i < side * side; i++)
            {
                double x = (i % side + 0.5) / side - circle.X, y = (i / side + 0.5) / side - circle.Y;
                double ink = Math.Clamp(1.3 - side * Math.Abs(Math.Sqrt(x * x + y * y) - circle.Radius), 0, 1);
                if (ink < 0.1) continue;
                var (red, green, blue) = Colours[circle.Colour];
                foreach (var (channel, has) in new[] { red, green, blue }.Index()) picture[channel * side * side + i] = (byte)(255 * ink * has);
            }
        return picture;
    }

    /// <summary>Syllogisms as a network sees them: both diagrams [n, 2, 3, S, S], four bits of what is possible [n, 4].</summary>
    /// <param name="syllogisms">The syllogisms.</param>
    /// <param name="side">S, pixels on a side of a diagram, at least 16.</param>
    /// <exception cref="ArgumentOutOfRangeException">The side is below 16.</exception>
    public static DiagramData Data(IReadOnlyList<EulerSyllogism> syllogisms, int side)
    {
        ArgumentNullException.ThrowIfNull(syllogisms);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 16);
        // Which contour is painted first must not tell which set it is.
        IReadOnlyList<EulerCircle> InOrder((EulerCircle, EulerCircle) two) => [.. new[] { two.Item1, two.Item2 }.OrderBy(circle => circle.Colour)];
        byte[] pixels = [.. syllogisms.SelectMany(s => Paint(InOrder(s.First), side).Concat(Paint(InOrder(s.Second), side)))];
        float[] bits = [.. syllogisms.SelectMany(s => s.Possible.Select(possible => possible ? 1f : 0))];
        return new DiagramData(tensor(pixels, [syllogisms.Count, 2, 3, side, side]).DetachFromDisposeScope(),
            tensor(bits).view(syllogisms.Count, 4).DetachFromDisposeScope());
    }
}
