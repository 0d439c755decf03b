using System.Globalization;
using System.Net;
using System.Text;
using Lectern.Charts;
using static TorchSharp.torch;

namespace Lectern.Host.Formatting;

/// <summary>A tensor as its shape, dtype and device, the head of its values, and a strip of colours for their course; bytes of an image as the image.</summary>
internal static class TensorFormatter
{
    private const int Head = 6;
    private const int Strip = 64;
    private const int PictureSide = 512;

    /// <summary>The tensor for a page.</summary>
    public static string Html(Tensor tensor)
    {
        if (Values(tensor) is not { } values)
        {
            return $"<pre>{WebUtility.HtmlEncode(Text(tensor))}</pre>";
        }
        var html = new StringBuilder($"<div><code>{WebUtility.HtmlEncode(Title(tensor))}</code></div>");
        if (Picture(tensor) is { } picture)
        {
            return html.Append($"<img alt=\"the tensor as an image\" src=\"{picture}\">").ToString();
        }
        html.Append("<table>");
        foreach (var row in values.Rows)
        {
            html.Append("<tr>");
            foreach (var text in row)
            {
                html.Append($"<td style=\"text-align:right\">{text}</td>");
            }
            html.Append("</tr>");
        }
        html.Append("</table>");
        if (values.Strip.Length > 1)
        {
            // One small picture of plain attributes: it survives the sanitising of static viewers.
            var width = Math.Clamp(240 / values.Strip.Length, 5, 24);
            html.Append($"<svg width=\"{values.Strip.Length * width}\" height=\"12\" role=\"img\" aria-label=\"the first values as colours\">");
            for (var i = 0; i < values.Strip.Length; i++)
            {
                html.Append(CultureInfo.InvariantCulture, $"<rect x=\"{i * width}\" width=\"{width}\" height=\"12\" fill=\"{Colour(values.Strip[i])}\"/>");
            }
            html.Append("</svg>");
        }
        return html.ToString();
    }

    /// <summary>The tensor as text.</summary>
    public static string Text(Tensor tensor)
    {
        if (tensor.IsInvalid)
        {
            return "a disposed tensor: it was released with its dispose scope; MoveToOuterDisposeScope() keeps one";
        }
        if (Values(tensor) is not { } values)
        {
            return Title(tensor);
        }
        var width = values.Rows.SelectMany(r => r).Max(t => t.Length);
        var rows = values.Rows.Select(row => "  " + string.Join("  ", row.Select(text => text.PadLeft(width))).TrimEnd());
        return string.Join("\n", rows.Prepend(Title(tensor)));
    }

    /// <summary>Shape, type and place of a tensor.</summary>
    public static string Title(Tensor tensor)
    {
        if (tensor.IsInvalid)
        {
            return "disposed tensor";
        }
        var shape = string.Join(", ", tensor.shape);
        var extra = (tensor.is_sparse ? ", sparse" : "") + (tensor.requires_grad ? ", requires grad" : "");
        return $"[{shape}] {tensor.dtype.ToString().ToLowerInvariant()} on {tensor.device}{extra}";
    }

    private sealed record Shown(List<string[]> Rows, double[] Strip);

    // The first rows and columns of the last two dimensions; null where there is nothing to show.
    private static Shown? Values(Tensor tensor)
    {
        if (tensor.IsInvalid || tensor.is_sparse || tensor.numel() == 0 || tensor.is_complex())
        {
            return null;
        }
        using var scope = NewDisposeScope();
        var matrix = tensor.detach();
        while (matrix.dim() > 2)
        {
            matrix = matrix[0];
        }
        matrix = matrix.dim() == 0 ? matrix.reshape(1, 1) : matrix.dim() == 1 ? matrix.unsqueeze(0) : matrix;
        var (height, width) = (matrix.shape[0], matrix.shape[1]);
        var strip = Numbers(matrix[0].narrow(0, 0, Math.Min(width, Strip)));
        var wide = tensor.dim() == 1 ? 2 * Head : Head;
        var (rows, columns) = ((int)Math.Min(height, Head), (int)Math.Min(width, wide));
        var head = Numbers(matrix.narrow(0, 0, rows).narrow(1, 0, columns).reshape(-1));
        var whole = !tensor.is_floating_point();
        var lines = Enumerable.Range(0, rows).Select(r => Enumerable.Range(0, columns)
            .Select(c => Number(head[(r * columns) + c], whole, tensor.dtype == ScalarType.Bool))
            .Concat(width > columns ? ["…"] : []).ToArray()).ToList();
        if (height > rows || tensor.dim() > 2)
        {
            lines.Add(["…"]);
        }
        return new Shown(lines, strip);
    }

    // Bytes [3, H, W] or [1, H, W], as images are kept; of a large one every second, third … pixel.
    private static string? Picture(Tensor tensor)
    {
        if (tensor.dtype != ScalarType.Byte || tensor.dim() != 3 || tensor.shape is not ([1 or 3, >= 8, >= 8]))
        {
            return null;
        }
        using var scope = NewDisposeScope();
        var step = (Math.Max(tensor.shape[1], tensor.shape[2]) + PictureSide - 1) / PictureSide;
        var pixels = tensor.slice(1, 0, tensor.shape[1], step).slice(2, 0, tensor.shape[2], step).permute(1, 2, 0).cpu().contiguous();
        return Png.DataUri(pixels.data<byte>().ToArray(), (int)pixels.shape[1], (int)pixels.shape[0], (int)pixels.shape[2]);
    }

    private static double[] Numbers(Tensor values) =>
        values.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();

    private static string Number(double value, bool whole, bool truth) =>
        truth ? (value != 0 ? "true" : "false")
        : whole ? value.ToString("0", CultureInfo.InvariantCulture)
        : value.ToString(value != 0 && Math.Abs(value) is < 1e-3 or >= 1e5 ? "0.###e+0" : "0.####", CultureInfo.InvariantCulture);

    // From the palette's blue through white to its vermilion, at arcsinh of the value so that outliers leave the rest visible.
    private static string Colour(double value)
    {
        if (!double.IsFinite(value))
        {
            return "#000000";
        }
        var x = Math.Clamp(Math.Asinh(value) / 2, -1, 1);
        var (r, g, b) = x < 0 ? (0x00, 0x72, 0xB2) : (0xD5, 0x5E, 0x00);
        int Mix(int end) => (int)Math.Round(255 + ((end - 255) * Math.Abs(x)));
        return $"#{Mix(r):X2}{Mix(g):X2}{Mix(b):X2}";
    }
}
