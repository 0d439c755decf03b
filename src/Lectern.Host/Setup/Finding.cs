namespace Lectern.Host.Setup;

/// <summary>One line of the doctor's report.</summary>
/// <param name="Subject">What was looked at.</param>
/// <param name="Verdict">How it stands.</param>
/// <param name="Says">What was found, in a few words.</param>
/// <param name="Remedy">What to do about it; none where there is nothing to do.</param>
public sealed record Finding(string Subject, Verdict Verdict, string Says, string? Remedy = null);
