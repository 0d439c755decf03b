using Lectern.Charts;
using Lectern.Training;

namespace Lectern.Papers.Applications.Molecules;

/// <summary>Draws molecules as chemists do: corners are carbon, other atoms are written with their hydrogens.</summary>
public static class MoleculeDrawing
{
    private static readonly Dictionary<Element, int> Colours = new()
    {
        [Element.N] = 0, [Element.O] = 1, [Element.F] = 2, [Element.Cl] = 2, [Element.S] = 3, [Element.P] = 4, [Element.Br] = 4, [Element.I] = 4,
    };

    /// <summary>
    /// Places on the plane, a bond being about 1 long: those whose distances differ least from what they would be with
    /// angles of 120° along chains and in regular rings (stress majorisation: Gansner, Koren and North 2004).
    /// </summary>
    /// <param name="molecule">The molecule.</param>
    /// <param name="seed">Of the starts.</param>
    public static (double X, double Y)[] Layout(Molecule molecule, int seed = 1)
    {
        ArgumentNullException.ThrowIfNull(molecule);
        double[,] wanted = Distances(molecule);
        (double X, double Y)[]? best = null;
        double least = double.PositiveInfinity;
        for (int start = 0; start < 12; start++)
        {
            var random = new SplitMix(seed, start);
            var places = new (double X, double Y)[molecule.Atoms.Count];
            for (int i = 0; i < places.Length; i++) places[i] = (4 * random.NextSingle() - 2, 4 * random.NextSingle() - 2);
            double stress = 0;
            for (int round = 0; round < 150; round++) stress = Majorise(places, wanted);
            if (stress < least - 1e-9) (least, best) = (stress, places);
        }
        return Lying(best!);
    }

    /// <summary>Distances as they are drawn: between the ends of a zigzag, the corners of a regular ring.</summary>
    private static double[,] Distances(Molecule molecule)
    {
        int n = molecule.Atoms.Count;
        var distance = new double[n, n];
        for (int from = 0; from < n; from++)
        {
            // Where each atom would stand if its way from here were drawn alone.
            var places = new (double X, double Y, double Heading, int Turn)?[n];
            places[from] = (0, 0, 0, 0);
            var open = new Queue<int>([from]);
            while (open.TryDequeue(out int at))
            {
                var (x, y, heading, turn) = places[at]!.Value;
                // What hangs on a triple bond, or on two double ones, is straight.
                if (molecule.Neighbours(at) is not [var a, var b] || a.Order + b.Order != 4) heading += turn * Math.PI / 3;
                foreach (var (next, _) in molecule.Neighbours(at))
                {
                    if (places[next] is not null) continue;
                    places[next] = (x + Math.Cos(heading), y + Math.Sin(heading), heading, turn > 0 ? -1 : 1);
                    open.Enqueue(next);
                }
            }
            for (int to = 0; to < n; to++) distance[from, to] = places[to] is var (x, y, _, _) ? Math.Sqrt(x * x + y * y) : n;
        }
        foreach (var ring in Rings.Shortest(molecule).OrderByDescending(r => r.Atoms.Length))
        {
            int size = ring.Atoms.Length;
            for (int i = 0; i < size; i++)
                for (int j = 0; j < i; j++)
                    distance[ring.Atoms[i], ring.Atoms[j]] = distance[ring.Atoms[j], ring.Atoms[i]] =
                        Math.Sin(Math.PI * (i - j) / size) / Math.Sin(Math.PI / size);
        }
        return distance;
    }

    /// <summary>Moves each atom to where the others want it, weighted by distance⁻³; returns what was still wrong.</summary>
    private static double Majorise((double X, double Y)[] places, double[,] wanted)
    {
        double stress = 0;
        for (int i = 0; i < places.Length; i++)
        {
            var (x, y, mass) = (0.0, 0.0, 0.0);
            for (int j = 0; j < places.Length; j++)
            {
                if (j == i) continue;
                double dx = places[i].X - places[j].X, dy = places[i].Y - places[j].Y;
                double now = Math.Max(1e-9, Math.Sqrt(dx * dx + dy * dy)), d = wanted[i, j], weight = 1 / (d * d * d);
                x += weight * (places[j].X + d * dx / now);
                y += weight * (places[j].Y + d * dy / now);
                mass += weight;
                stress += weight * (now - d) * (now - d);
            }
            if (mass > 0) places[i] = (x / mass, y / mass);
        }
        return stress;
    }

    /// <summary>Turned so that the longest extent lies across, around the middle.</summary>
    private static (double X, double Y)[] Lying((double X, double Y)[] places)
    {
        double mx = places.Average(p => p.X), my = places.Average(p => p.Y);
        double skew = 2 * places.Sum(p => (p.X - mx) * (p.Y - my));
        double angle = Math.Atan2(skew, places.Sum(p => (p.X - mx) * (p.X - mx) - (p.Y - my) * (p.Y - my))) / 2;
        var (cos, sin) = (Math.Cos(angle), Math.Sin(angle));
        (double X, double Y)[] turned = [.. places.Select(p => (cos * (p.X - mx) + sin * (p.Y - my), -sin * (p.X - mx) + cos * (p.Y - my)))];
        static double Middle(IEnumerable<double> some) => (some.Min() + some.Max()) / 2;
        double x = Middle(turned.Select(p => p.X)), y = Middle(turned.Select(p => p.Y));
        return [.. turned.Select(p => (Math.Round(p.X - x, 3), Math.Round(p.Y - y, 3)))];
    }

    /// <summary>Molecules beside and under each other.</summary>
    /// <param name="molecules">The molecules, row by row.</param>
    /// <param name="captions">A text under each; its SMILES where none is given.</param>
    /// <param name="columns">How many in a row.</param>
    /// <exception cref="ArgumentException">There is no molecule, or captions and molecules differ in number.</exception>
    public static Figure Draw(IReadOnlyList<Molecule> molecules, IReadOnlyList<string>? captions = null, int columns = 5)
    {
        ArgumentNullException.ThrowIfNull(molecules);
        captions ??= [.. molecules.Select(m => m.Smiles)];
        if (molecules.Count == 0 || captions.Count != molecules.Count)
            throw new ArgumentException(
                $"{molecules.Count} molecules and {captions.Count} captions: give at least one, and as many of both.", nameof(molecules));
        var layouts = molecules.Select(m => Layout(m)).ToList();
        double width = 2 + 2 * layouts.Max(l => l.Max(p => p.X)), height = 2.2 + 2 * layouts.Max(l => l.Max(p => p.Y));
        var (x, y) = (new List<double>(), new List<double>());
        var texts = new List<(double X, double Y, string Text, string Colour)>();
        for (int m = 0; m < molecules.Count; m++)
        {
            var (dx, dy) = (m % columns * width, -(m / columns) * height);
            (double X, double Y)[] places = [.. layouts[m].Select(p => (p.X + dx, p.Y + dy))];
            string[] labels = [.. molecules[m].Atoms.Select((a, i) => Label(a, molecules[m].Neighbours(i).Count == 0))];
            foreach (var bond in molecules[m].Bonds) AddBond(places, bond, labels, x, y);
            for (int i = 0; i < places.Length; i++)
                if (labels[i].Length > 0)
                {
                    bool coloured = Colours.TryGetValue(molecules[m].Atoms[i].Element, out int colour);
                    texts.Add((places[i].X, places[i].Y, labels[i], coloured ? Theme.Colour(colour) : "#6B727C"));
                }
            texts.Add((dx, dy - height / 2 + 0.45, captions[m], "#8A8F98"));
        }
        int rows = (molecules.Count + columns - 1) / columns;
        return Chart.Combine([
            Chart.Line(x, y, LineColor: "#6B727C", LineWidth: 2, ShowLegend: false).WithTrace("hoverinfo", "skip"),
            .. texts.GroupBy(t => t.Colour).Select(group => Chart.Scatter(group.Select(t => t.X), group.Select(t => t.Y),
                StyleParam.Mode.Text, MultiText: group.Select(t => t.Text), ShowLegend: false)
                .WithTrace("textposition", "middle center").WithTrace("textfont.color", group.Key).WithTrace("hoverinfo", "skip")),
        ]).WithXAxisStyle(Visible: false, MinMax: (-width / 2, (Math.Min(columns, molecules.Count) - 0.5) * width))
            .WithYAxisStyle(Visible: false, MinMax: (-(rows - 0.5) * height, height / 2))
            .WithLayout("yaxis.scaleanchor", "x")
            .WithSize(Height: 130 + (int)(rows * height * Math.Min(45, 620 / (columns * width))));     // 620 pixels across
    }

    /// <summary>What is written at an atom; nothing at a carbon with neighbours.</summary>
    private static string Label(Atom atom, bool alone)
    {
        if (atom.Element == Element.C && atom.Charge == 0 && !alone) return "";
        string hydrogens = atom.Hydrogens switch { 0 => "", 1 => "H", var h => $"H<sub>{h}</sub>" };
        string charge = atom.Charge switch { 0 => "", 1 => "<sup>+</sup>", -1 => "<sup>−</sup>", var q => $"<sup>{q:+0;−0}</sup>" };
        return atom.Element + hydrogens + charge;
    }

    /// <summary>One to three parallel lines, which keep clear of what is written.</summary>
    private static void AddBond((double X, double Y)[] places, Bond bond, string[] labels, List<double> x, List<double> y)
    {
        var (a, b) = (places[bond.A], places[bond.B]);
        double dx = b.X - a.X, dy = b.Y - a.Y, length = Math.Max(1e-9, Math.Sqrt(dx * dx + dy * dy));
        (dx, dy) = (dx / length, dy / length);
        static double Clear(string label) => label.Length switch { 0 => 0, 1 => 0.3, _ => 0.42 };
        double from = Clear(labels[bond.A]), to = length - Clear(labels[bond.B]);
        for (int k = 0; k < bond.Order; k++)
        {
            double aside = 0.16 * (k - (bond.Order - 1) / 2.0);
            foreach (double along in (double[])[from, to])
            {
                x.Add(Math.Round(a.X + along * dx - aside * dy, 3));
                y.Add(Math.Round(a.Y + along * dy + aside * dx, 3));
            }
            x.Add(double.NaN);
            y.Add(double.NaN);
        }
    }
}
