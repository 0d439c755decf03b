using System.CommandLine;
using System.Globalization;
using Lectern.Papers.InstanceSegmentation;
using Lectern.Vision;

namespace Lectern.Host.Commands;

/// <summary><c>./lectern segment</c>: finds the objects in a picture with one of the lessons' models.</summary>
internal static class SegmentCommand
{
    /// <summary>The command, for the host's root command.</summary>
    public static Command Create()
    {
        var models = SegmentationModels.All;
        var image = new Argument<string>("IMAGE") { Description = "A PNG or JPEG picture." };
        var model = new Option<string>("--model")
        {
            Description = "One of: " + string.Join("; ", models.Select(one => $"{one.Name} ({one.About})")) + ".",
            Required = true,
        };
        var weights = new Option<string>("--weights")
        {
            Description = "The model's weights: a file that SegmentationFile.Save wrote (.safetensors), or a state "
                + "dictionary (.pth) that PyTorch or the kit saved.",
            Required = true,
        };
        var json = new Option<string?>("--json")
        {
            Description = "Writes all that was found, as COCO results with masks. "
                + "Its image_id is the number that the picture's name is, or 1.",
        };
        var png = new Option<string?>("--png") { Description = "Writes the picture with boxes and masks over it." };
        var score = new Option<double>("--score")
        {
            Description = "How sure the model has to be of what is printed and drawn, from 0 to 1.",
            DefaultValueFactory = _ => 0.3,
        };
        var limit = new Option<long>("--limit")
        {
            Description = "The most pixels of a picture that is read.",
            DefaultValueFactory = _ => Images.DefaultLimit,
        };
        var command = new Command("segment", "Finds the objects in a picture: boxes, classes and masks.")
        {
            image, model, weights, json, png, score, limit,
        };
        command.SetAction(parsed =>
        {
            try
            {
                Run(
                    models, parsed.GetValue(image)!, parsed.GetValue(model)!, parsed.GetValue(weights)!,
                    parsed.GetValue(json), parsed.GetValue(png), parsed.GetValue(score), parsed.GetValue(limit),
                    parsed.InvocationConfiguration.Output);
                return 0;
            }
            // What a reader can put right is one clear line, not a stack trace.
            catch (Exception error) when (error is IOException or InvalidDataException or ArgumentException
                or UnauthorizedAccessException or DllNotFoundException)
            {
                parsed.InvocationConfiguration.Error.WriteLine(error.Message);
                return 1;
            }
        });
        return command;
    }

    private static void Run(
        IReadOnlyList<SegmentationModel> models, string image, string model, string weights, string? json,
        string? png, double score, long limit, TextWriter output)
    {
        var chosen = models.FirstOrDefault(one => one.Name.Equals(model, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"There is no model '{model}'. There are: {string.Join(", ", models.Select(one => one.Name))}.");
        // What is quick to find wrong comes first.
        using var picture = Images.Read(image, limit: limit);
        using var segmenter = chosen.Load(weights);
        var found = segmenter.Find(picture, ImageId(image));
        var sure = found.Where(one => one.Score >= score).ToList();
        Print(sure, found.Count, segmenter.Categories, score, output);
        if (json is not null)
        {
            CocoDetection.Write(json, found);
            output.WriteLine($"All {found.Count} in {json}");
        }
        if (png is not null)
        {
            using var drawn = Overlay.Draw(picture, sure);
            Images.WritePng(png, drawn);
            output.WriteLine($"Drawn in {png}");
        }
    }

    private static long ImageId(string path) => long.TryParse(
        Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out long id) ? id : 1;

    private static void Print(
        List<CocoDetection> sure, int all, IReadOnlyList<CocoCategory> categories, double score, TextWriter output)
    {
        if (sure.Count > 0)
        {
            var names = categories.ToDictionary(one => one.Id, one => one.Name);
            int width = sure.Max(one => names[one.CategoryId].Length);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{"",3}  {"what".PadRight(width)}  score  {"x",6}  {"y",6}  {"width",6}  {"height",6}  {"pixels",8}"));
            for (int i = 0; i < sure.Count; i++)
            {
                var (one, box) = (sure[i], sure[i].Box);
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{i + 1,3}  {names[one.CategoryId].PadRight(width)}  {one.Score,5:0.00}  {box.X,6:0.0}  "
                    + $"{box.Y,6:0.0}  {box.Width,6:0.0}  {box.Height,6:0.0}  {one.Mask!.Area,8}"));
            }
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{sure.Count} objects of a score of {score:0.##} or more, of {all} found."));
    }
}
