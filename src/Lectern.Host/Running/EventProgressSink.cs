using Lectern.Training;

namespace Lectern.Host.Running;

/// <summary>Progress of a lesson that is run without a front end: live to whoever watches the run, and into the notebook.</summary>
/// <param name="send">Takes the events.</param>
internal sealed class EventProgressSink(Action<RunEvent> send) : IProgressSink
{
    private readonly NotebookProgressSink notebook = new();

    /// <inheritdoc/>
    public void Update(ProgressState state)
    {
        send(new RunEvent { Note = state.ToString().Trim(), Fraction = state.Fraction });
        notebook.Update(state);
    }
}
