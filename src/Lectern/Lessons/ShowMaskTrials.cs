using Lectern.Charts;

namespace Lectern.Lessons;

public static partial class Show
{
    /// <summary>The experiment whose record <see cref="MaskTrials"/> reads: the trial that the lessons share.</summary>
    public const string MaskTrial = "shapes";

    /// <summary>The metric that <see cref="MaskTrials"/> reads as height: of 1, or of 100 where its unit is %.</summary>
    public const string MaskAp = "mask AP";

    /// <summary>The metric that <see cref="MaskTrials"/> reads as time.</summary>
    public const string PictureTime = "milliseconds a picture";

    private static readonly string[] Segmenters =
        ["Sds", "DeepMask", "SharpMask", "MultiPathNet", "MaskRcnn", "PaNet", "Yolact", "YolactPlusPlus"];

    /// <summary>
    /// How good the masks of the eight lessons on instance segmentation are, against the time that a picture takes:
    /// from the records of the trial that they share. Lessons without a record are named below the title.
    /// </summary>
    /// <param name="lesson">The lesson that is marked among the others; null: none.</param>
    /// <param name="folder">Where the records are; the kit's own where none is given.</param>
    public static Figure MaskTrials(string? lesson = null, string? folder = null)
    {
        var all = Segmenters.Select(name => (Name: name, Place: PlaceOf(name, folder))).ToList();
        var missing = all.Where(one => one.Place is null).Select(one => one.Name).ToList();
        var measured = all.Where(one => one.Place is not null)
            .Select(one => (one.Name, Place: one.Place!.Value)).OrderBy(one => one.Place.Milliseconds).ToList();
        const string title = "Masks against time, drawn scenes";
        string? none = missing.Count == 0 ? null : "no record yet: " + string.Join(", ", missing);
        if (measured.Count == 0)
            return Chart.Point<double, double>([], []).WithTitle(title, none)
                .WithXAxisStyle(Visible: false).WithYAxisStyle(Visible: false).WithSize(Height: 160);
        double least = measured.Min(one => one.Place.Milliseconds), most = measured.Max(one => one.Place.Milliseconds);
        // Of the two that are nearest in time the higher one has its name above, the lower one below: neither crosses the other's.
        double Between(int i, int j) => Math.Abs(Math.Log(measured[i].Place.Milliseconds / measured[j].Place.Milliseconds));
        bool IsAbove(int i)
        {
            var others = Enumerable.Range(0, measured.Count).Where(j => j != i).ToList();
            return others.Count == 0 || measured[i].Place.Ap >= measured[others.MinBy(j => Between(i, j))].Place.Ap;
        }
        return Chart.Combine(measured.Select((one, i) => Chart.Scatter(
                [one.Place.Milliseconds], [one.Place.Ap], StyleParam.Mode.Markers_Text, ShowLegend: false,
                MultiText: [one.Name], MarkerSize: 12, MarkerColor: Theme.Colour(one.Name == lesson ? 1 : 0))
            .WithTrace("textposition", IsAbove(i) ? "top center" : "bottom center")))
            .WithTitle(title, none)
            .WithXAxisStyle(PictureTime, StyleParam.AxisType.Log, MinMax: (least / 2, 2 * most))
            .WithYAxisStyle($"{MaskAp} (%)", MinMax: (0, 100))
            // Powers of ten alone are too few marks for a narrow range.
            .WithLayout("xaxis.dtick", most / least < 25 ? "D2" : 1).WithSize(Height: 420);
    }

    private static (double Milliseconds, double Ap)? PlaceOf(string lesson, string? folder)
    {
        var results = Record.Load(lesson, folder).FirstOrDefault(one => one.Experiment == MaskTrial)?.Results ?? [];
        Result? Of(string metric) => results.FirstOrDefault(result => result.Metric == metric);
        return Of(PictureTime)?.Measured is { } time && Of(MaskAp) is { Measured: { } ap, Unit: var unit }
            ? (time, unit == "%" ? ap : 100 * ap)
            : null;
    }
}
