namespace Lectern.Host.Grading;

/// <summary>What a student's notebook may use.</summary>
/// <param name="CellSeconds">For each cell.</param>
/// <param name="Minutes">For the notebook in all.</param>
/// <param name="MemoryGigabytes">For its process.</param>
internal sealed record GradeLimits(double CellSeconds = 60, double Minutes = 15, double MemoryGigabytes = 4);
