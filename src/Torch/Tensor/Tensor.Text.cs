using System.Globalization;
using System.Text;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>What the text of a tensor shows.</summary>
    public enum TensorStringStyle
    {
        /// <summary>Shape, element type and device.</summary>
        Metadata,

        /// <summary>The numbers, as Python prints them.</summary>
        Numpy,

        /// <summary>Shape, element type and device, then the numbers.</summary>
        Julia,

        /// <summary>As <see cref="Julia"/>.</summary>
        CSharp,

        /// <summary>As <see cref="Julia"/>.</summary>
        Default,
    }

    public partial class Tensor
    {
        private const int EdgeItems = 3;

        /// <summary>Shape, element type and device, as in "[2x3], type = Float32, device = cpu".</summary>
        public override string ToString() => IsInvalid
            ? "disposed tensor"
            : $"[{string.Join("x", shape)}], type = {dtype}, device = {device}";

        /// <summary>The tensor as text; long dimensions are cut in the middle.</summary>
        public string ToString(TensorStringStyle style, string? fltFormat = null, int? width = null, CultureInfo? cultureInfo = null, string newLine = "\n")
        {
            if (style == TensorStringStyle.Metadata || IsInvalid) return ToString();
            var text = new StringBuilder();
            if (style != TensorStringStyle.Numpy) text.Append(ToString()).Append(newLine);
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            var values = LayoutCode == 0 ? this : to_dense();
            if (values.dtype is ScalarType.Float16 or ScalarType.BFloat16) values = values.@float();
            Write(text, values.detach().cpu(), fltFormat ?? Format(values), cultureInfo ?? CultureInfo.InvariantCulture, 0, newLine);
            return text.ToString();
        }

        /// <summary>The tensor as text with its numbers.</summary>
        public string str(string? fltFormat = null, int? width = null, string newLine = "\n", CultureInfo? cultureInfo = null) =>
            ToString(TensorStringStyle.Julia, fltFormat, width, cultureInfo, newLine);

        /// <summary>The tensor's numbers as Python prints them.</summary>
        public string npstr(string? fltFormat = null, string newLine = "\n") => ToString(TensorStringStyle.Numpy, fltFormat, null, null, newLine);

        /// <summary>Prints the tensor with its numbers.</summary>
        public Tensor print(string? fltFormat = null)
        {
            Console.WriteLine(str(fltFormat));
            return this;
        }

        /// <summary>Four decimals where the numbers lie near one; scientific notation where they do not.</summary>
        private static string Format(Tensor values)
        {
            if (!values.is_floating_point() || values.numel() == 0) return "0.0000";
            var magnitudes = values.abs();
            magnitudes = magnitudes[magnitudes.isfinite().logical_and(magnitudes > 0)];
            if (magnitudes.numel() == 0) return "0.0000";
            double largest = magnitudes.max().ToDouble(), smallest = magnitudes.min().ToDouble();
            return largest >= 1e5 || smallest < 1e-4 && largest < 1e-2 ? "0.0000e+00" : "0.0000";
        }

        private static void Write(StringBuilder text, Tensor values, string format, CultureInfo culture, int depth, string newLine)
        {
            if (values.Dimensions == 0)
            {
                text.Append(values.ToScalar() is var number && values.is_floating_point()
                    ? number.ToDouble().ToString(format, culture)
                    : number.ToString());
                return;
            }
            long count = values.size(0);
            text.Append('[');
            for (long i = 0; i < count; i++)
            {
                if (i > 0)
                    text.Append(values.Dimensions == 1 ? ", " : "," + string.Concat(Enumerable.Repeat(newLine, (int)values.Dimensions - 1)) + new string(' ', depth + 1));
                if (i == EdgeItems && count > 2 * EdgeItems + 1 && values.numel() > 100)
                {
                    text.Append("...").Append(values.Dimensions == 1 ? ", " : newLine + new string(' ', depth + 1));
                    i = count - EdgeItems;
                }
                using var part = values[i];
                Write(text, part, format, culture, depth + 1, newLine);
            }
            text.Append(']');
        }
    }
}
