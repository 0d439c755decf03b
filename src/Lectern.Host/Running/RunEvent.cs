using System.Text.Json;

namespace Lectern.Host.Running;

/// <summary>What a lesson's process tells the one that started it: a line of JSON behind a mark that no text begins with.</summary>
internal sealed record RunEvent
{
    private const char Mark = '\u001e';

    /// <summary>The code cell that begins, from 1; 0 where the event is about something else.</summary>
    public int Cell { get; init; }

    /// <summary>The notebook's code cells.</summary>
    public int Cells { get; init; }

    /// <summary>What the lesson says of its progress.</summary>
    public string? Note { get; init; }

    /// <summary>How far the task is, from 0 to 1.</summary>
    public double? Fraction { get; init; }

    /// <summary>What came out; the last event.</summary>
    public LessonReport? Report { get; init; }

    /// <summary>The event as a line.</summary>
    public string ToLine() => Mark + JsonSerializer.Serialize(this);

    /// <summary>The event in a line of output; null where the line is something else.</summary>
    public static RunEvent? Parse(string line)
    {
        if (line.Length == 0 || line[0] != Mark)
        {
            return null;
        }
        try
        {
            return JsonSerializer.Deserialize<RunEvent>(line[1..]);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
