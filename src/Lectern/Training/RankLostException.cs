namespace Lectern.Training;

/// <summary>Another process of the job has died or cannot be reached any more, so this one cannot go on.</summary>
/// <param name="message">Which, as far as it is known, and what to do.</param>
/// <param name="error">What libtorch said.</param>
public sealed class RankLostException(string message, Exception? error = null) : Exception(message, error);
