namespace Lectern.Training;

/// <summary>A learning rate that rises in a line over the first steps and then falls as half a cosine.</summary>
/// <param name="Highest">What it is multiplied by.</param>
/// <param name="Steps">Steps of the whole training.</param>
/// <param name="Rise">The share of them in which it rises.</param>
public sealed record CosineRate(double Highest, int Steps, double Rise = 0.05)
{
    /// <summary>The rate of a step, from 0.</summary>
    public double At(int step) =>
        Highest * Math.Min(1, (step + 1) / (Rise * Steps + 1)) * (1 + Math.Cos(Math.PI * step / Steps)) / 2;
}
