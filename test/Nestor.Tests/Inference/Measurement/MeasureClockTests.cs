using Nestor.Inference.Measurement;

namespace Nestor.Tests.Inference.Measurement;

public sealed class MeasureClockTests
{
    [Fact]
    public void The_clock_of_one_thread_stands_still_while_the_thread_sleeps()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The clock is POSIX's.");
        var clock = MeasureClock.For(threads: 1);
        Assert.Equal("CPU", clock.Name);
        var start = clock.Seconds;
        Thread.Sleep(200);
        Assert.InRange(clock.Seconds - start, 0, 0.1);
    }

    [Fact]
    public void The_clock_of_one_thread_runs_while_the_thread_computes()
    {
        var clock = MeasureClock.For(threads: 1);
        var start = clock.Seconds;
        var patience = DateTime.UtcNow.AddMinutes(1);
        while (clock.Seconds == start)
            Assert.True(DateTime.UtcNow < patience);
    }

    [Fact]
    public void Several_threads_are_measured_by_the_wall()
    {
        var clock = MeasureClock.For(threads: 2);
        Assert.Equal("wall", clock.Name);
        var start = clock.Seconds;
        Thread.Sleep(50);
        Assert.True(clock.Seconds - start >= 0.04);
    }
}
