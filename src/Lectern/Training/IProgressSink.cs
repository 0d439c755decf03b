namespace Lectern.Training;

/// <summary>Where progress is shown: a terminal line, a notebook's output, a log.</summary>
public interface IProgressSink
{
    /// <summary>Shows a task's state; called at most about ten times a second for each task, from any
    /// thread.</summary>
    /// <param name="state">The state now; the last one of a task has <see cref="ProgressState.Finished"/>
    /// set.</param>
    void Update(ProgressState state);
}
