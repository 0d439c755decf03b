using Lectern.Host.Engine;
using Lectern.Training;

namespace Lectern.Host.Running;

/// <summary>Progress of a lesson: live to whoever watches the run, and its last state alone into the notebook.</summary>
/// <param name="send">Takes the events.</param>
internal sealed class EventProgressSink(Action<RunEvent> send) : IProgressSink
{
    /// <inheritdoc/>
    public void Update(ProgressState state)
    {
        send(new RunEvent { Note = state.ToString().Trim(), Fraction = state.Fraction });
        if (state is { Finished: true, Depth: 0 })
        {
            Session.Current?.WriteStream("stdout", state + "\n");
        }
    }
}
