using System.Globalization;

namespace Lectern.Lessons;

public static partial class Show
{
    /// <summary>A model's layers with their weights, their number of parameters and, after a run, the shapes
    /// they give.</summary>
    /// <param name="model">The model.</param>
    /// <param name="run">Runs the model once, such as <c>() => model.call(x)</c>, to see the shapes; without
    /// it they are left out.</param>
    public static View Summary(nn.Module model, Action? run = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var layers = model.named_modules().Where(entry => !entry.module.named_children().Any())
            .DistinctBy(entry => entry.name).ToList();
        if (layers.Count == 0) layers.Add((model.GetName(), model));
        var shapes = run is null ? [] : Watch(layers, run);
        var rows = layers.Select(layer => new[]
        {
            layer.name, layer.module.GetType().Name, shapes.GetValueOrDefault(layer.name, "–"),
            string.Join(" ",
                layer.module.named_parameters().Select(p => $"{p.name} {Shape(p.parameter.shape)}")),
            Count(layer.module.parameters()),
        }).ToList();
        var rest = model.named_parameters()
            .Where(p => !layers.Any(layer => p.name.StartsWith(layer.name + ".", StringComparison.Ordinal))
                && layers[0].module != model);
        rows.AddRange(rest.Select(p => new[] { p.name, "Parameter", "–", Shape(p.parameter.shape),
            Count([p.parameter]) }));
        rows.Add(["total", "", "", "", Count(model.parameters())]);
        string[] columns = ["Layer", "Type", "Output", "Weights", "Parameters"];
        int[] shown = run is null ? [0, 1, 3, 4] : [0, 1, 2, 3, 4];
        return HtmlTable.Write([.. shown.Select(c => columns[c])],
            [.. rows.Select(row => (string[])[.. shown.Select(c => row[c])])]);
    }

    // Looks at what each layer that takes a tensor gives, while the model runs once.
    private static Dictionary<string, string> Watch(List<(string name, nn.Module module)> layers, Action run)
    {
        var shapes = new Dictionary<string, string>();
        var hooks = new List<Action>();
        foreach (var (name, module) in layers)
        {
            if (module is nn.Module<Tensor, Tensor> layer)
            {
                var hook = layer.register_forward_hook((_, _, output) =>
                {
                    shapes[name] = Shape(output.shape);
                    return output;
                });
                hooks.Add(hook.remove);
            }
            else if (module is nn.Module<Graphs.Graph, Tensor, Tensor> convolution)
            {
                var hook = convolution.register_forward_hook((_, _, _, output) =>
                {
                    shapes[name] = Shape(output.shape);
                    return output;
                });
                hooks.Add(hook.remove);
            }
        }
        try
        {
            using var scope = NewDisposeScope();
            using var quiet = no_grad();
            run();
        }
        finally
        {
            hooks.ForEach(remove => remove());
        }
        return shapes;
    }

    private static string Shape(long[] shape) => $"[{string.Join(", ", shape)}]";

    private static string Count(IEnumerable<Tensor> parameters) =>
        parameters.Sum(p => p.numel()).ToString(CultureInfo.InvariantCulture);
}
