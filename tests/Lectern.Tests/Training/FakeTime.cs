namespace Lectern.Tests.Training;

/// <summary>A clock that stands still until it is told to go on.</summary>
internal sealed class FakeTime : TimeProvider
{
    private long now;

    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => now;

    public void Advance(double seconds) => now += (long)Math.Round(seconds * 1_000_000);
}
