namespace Lectern.Training;

/// <summary>Draws that .NET's generator lacks.</summary>
public static class Draws
{
    /// <summary>A draw of the standard normal distribution (Box and Muller 1958).</summary>
    /// <param name="random">Gives two uniform numbers.</param>
    public static double NextNormal(this Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());     // 1 - u is never 0
    }
}
