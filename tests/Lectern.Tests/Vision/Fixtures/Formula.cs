using System.Text;
using Lectern.Vision;

namespace Lectern.Tests.Vision;

/// <summary>
/// The numbers of formula.py: weights, pictures and objects that Python and C# compute alike.
/// </summary>
internal static class Formula
{
    /// <summary>Number i of a tensor called by a name, in [0, 1).</summary>
    internal static double[] Uniform(string name, long count)
    {
        uint seed = 2166136261;
        foreach (byte letter in Encoding.UTF8.GetBytes(name)) seed = unchecked((seed ^ letter) * 16777619);
        double[] numbers = new double[count];
        Parallel.For(0, (count + 65535) / 65536, part =>
        {
            for (long i = part * 65536; i < Math.Min(count, (part + 1) * 65536); i++)
            {
                uint z = unchecked((uint)i * 0x9E3779B9 + seed);
                z = unchecked((z ^ (z >> 16)) * 0x85EBCA6B);
                z = unchecked((z ^ (z >> 13)) * 0xC2B2AE35);
                numbers[i] = (z ^ (z >> 16)) / 4294967296.0;
            }
        });
        return numbers;
    }

    /// <summary>Sets every parameter and statistic of a network.</summary>
    internal static T Weigh<T>(T network) where T : nn.Module
    {
        using var none = no_grad();
        foreach (var (name, tensor) in network.state_dict())
        {
            if (name.EndsWith(".num_batches_tracked")) continue;
            using var scope = NewDisposeScope();
            long[] shape = tensor.shape;
            var u = torch.tensor(Uniform(name, tensor.numel()));
            double gain = name.Contains("cls_logits") ? 4 : name.Contains("cls_score") ? 6
                : name.Contains("mask_fcn_logits") ? 4 : name.Contains("bbox_pred") ? 0.3 : 1;
            double fan = (double)tensor.numel() / shape[name.Contains("conv5_mask") && shape.Length > 1 ? 1
                : 0];
            var values = name[(name.LastIndexOf('.') + 1)..] switch
            {
                "running_var" => 0.5 + u,
                "running_mean" or "bias" => 0.2 * (2 * u - 1),
                _ when shape.Length == 1 => (name.Contains(".bn3.") ? 0.3 : 0.8) * (0.5 + u),
                _ => gain * Math.Sqrt(6 / fan) * Opposites(name, tensor.numel()),
            };
            tensor.copy_(values.view(shape));
        }
        return network;
    }

    /// <summary>Neighbours are opposites: what all inputs have in common cancels.</summary>
    private static Tensor Opposites(string name, long count)
    {
        var half = 2 * torch.tensor(Uniform(name, (count + 1) / 2)) - 1;
        return stack([half, -half], 1).flatten().narrow(0, 0, count);
    }

    /// <summary>Coloured blocks of 8 pixels with noise on them: [3, H, W].</summary>
    internal static Tensor Picture(string name, int height, int width)
    {
        int rows = (height + 7) / 8, columns = (width + 7) / 8;
        double[] blocks = Uniform(name, 3 * rows * columns),
            noise = Uniform(name + " noise", 3 * height * width);
        float[] pixels = new float[3 * height * width];
        for (int i = 0; i < pixels.Length; i++)
        {
            var (plane, row, column) = (i / (height * width), i / width % height, i % width);
            pixels[i] = (float)(0.8 * blocks[(plane * rows + row / 8) * columns + column / 8]
                + 0.2 * noise[i]);
        }
        return tensor(pixels, [3, height, width]);
    }

    /// <summary>Boxes, labels and elliptic masks of some objects.</summary>
    internal static Instances Objects(string name, int height, int width, int count, int classes)
    {
        double[] u = Uniform(name + " objects", 5 * count);
        var (boxes, labels, masks) =
            (new float[4 * count], new long[count], new bool[count * height * width]);
        for (int k = 0; k < count; k++)
        {
            double x1 = u[5 * k] * 0.5 * width, y1 = u[5 * k + 1] * 0.5 * height;
            double x2 = x1 + (0.2 + 0.3 * u[5 * k + 2]) * width,
                y2 = y1 + (0.2 + 0.3 * u[5 * k + 3]) * height;
            new[] { (float)x1, (float)y1, (float)x2, (float)y2 }.CopyTo(boxes, 4 * k);
            labels[k] = 1 + (long)Math.Floor(u[5 * k + 4] * (classes - 1));
            for (int y = 0; y < height; y++)
                for (int x = 0; x < width; x++)
                {
                    double right = (x + 0.5 - (x1 + x2) / 2) / ((x2 - x1) / 2),
                        down = (y + 0.5 - (y1 + y2) / 2) / ((y2 - y1) / 2);
                    masks[(k * height + y) * width + x] = right * right + down * down <= 1;
                }
        }
        return new Instances(
            tensor(boxes, [count, 4]), tensor(labels), tensor(masks, [count, height, width]));
    }
}
