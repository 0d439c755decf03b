using System.Runtime.CompilerServices;

namespace TorchSharp.Modules;

/// <summary>Checks of the numbers that optimizers are made with.</summary>
internal static class Check
{
    public static double NotNegative(double value,
        [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= 0 ? value : throw new ArgumentException($"{name} is {value}, but must not be below 0.");

    public static double Share(double value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value is >= 0 and < 1 ? value : throw new ArgumentException(
            $"{name} is {value}, but must be in [0, 1).");
}
