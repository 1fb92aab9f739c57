namespace Nestor.Inference.Measurement;

/// <summary>What a computation's time is taken from: the calling thread's own processor time where one thread works, the wall's otherwise.</summary>
/// <remarks>Processor time leaves out what other programs take from a busy machine; for threads that wait for each other there is only the wall.</remarks>
/// <param name="Name">What reports call it.</param>
/// <param name="Time">The clock.</param>
internal sealed record MeasureClock(string Name, TimeProvider Time)
{
    private static readonly MeasureClock Wall = new("wall", TimeProvider.System);
    private static readonly MeasureClock OneThread = ThreadTime.IsKnown ? new("CPU", new ThreadTime()) : Wall;

    /// <summary>Seconds since some moment.</summary>
    public double Seconds => (double)Time.GetTimestamp() / Time.TimestampFrequency;

    /// <summary>The clock for work on a number of threads.</summary>
    public static MeasureClock For(int threads) => threads == 1 ? OneThread : Wall;
}
