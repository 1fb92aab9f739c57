namespace Nestor.Bench;

/// <summary><see cref="ThreadClock"/> for what takes its time from a <see cref="TimeProvider"/>.</summary>
internal sealed class ThreadTime : TimeProvider
{
    public override long TimestampFrequency => 1_000_000_000;

    public override long GetTimestamp() => (long)(ThreadClock.Seconds * TimestampFrequency);
}
