namespace Lectern.Lessons;

public static partial class Check
{
    /// <summary>Whether a gradient reaches every parameter: one that gets none was left out of
    /// forward.</summary>
    /// <param name="model">The model; its gradients are set to none before and after.</param>
    /// <param name="loss">Computes the loss, a single number, with the model.</param>
    /// <returns>Right, or the parameters that would never learn.</returns>
    public static CheckResult AllParametersLearn(nn.Module model, Func<Tensor> loss)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loss);
        var parameters = model.named_parameters().ToList();
        if (parameters.Count == 0)
        {
            return new CheckResult(
                false, "The model has no parameters. Are its layers fields, and does its constructor end with RegisterComponents()?");
        }

        using var scope = NewDisposeScope();
        model.zero_grad();
        var value = loss();
        if (!value.requires_grad) return new CheckResult(false, "The loss does not depend on any parameter.");
        value.backward();
        var asleep = parameters.Where(p => p.parameter.requires_grad && !Moves(p.parameter))
            .Select(p => p.name).ToList();
        model.zero_grad();
        return asleep.Count == 0
            ? Yes
            : new CheckResult(false,
                $"No gradient reaches {string.Join(", ", asleep)}. Does forward use it, and does nothing cut the path?");
    }

    private static bool Moves(Tensor parameter)
    {
        var gradient = parameter.grad;
        if (gradient is null) return false;
        var largest = gradient.abs().max().to(float64).item<double>();
        return double.IsFinite(largest) && largest > 0;
    }
}
