using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace Nestor.Inference.Threads;

/// <summary>A number that one thread changes and others wait for: they spin for a while, because it mostly comes soon, then sleep and leave the processor to others.</summary>
internal sealed class Signal
{
    private const int SpinsBetweenLooksAtTheClock = 64;

    // Longer than a thread that is running takes to arrive, shorter than a turn of the system's scheduler.
    private static readonly long SpinTicks = Stopwatch.Frequency / 10_000;

    private readonly object gate = new();
    private int value;
    private int sleepers;

    /// <summary>The number now.</summary>
    public int Value => Volatile.Read(ref value);

    /// <summary>Adds one, and wakes who sleeps.</summary>
    public void Raise()
    {
        Interlocked.Increment(ref value);
        if (Volatile.Read(ref sleepers) == 0)
            return;
        lock (gate)
            Monitor.PulseAll(gate);
    }

    /// <summary>Returns when the number differs from <paramref name="known"/>.</summary>
    /// <returns>Whether it came without sleeping.</returns>
    public bool Await(int known)
    {
        if (SpinUntilChanged(known))
            return true;
        lock (gate)
        {
            Interlocked.Increment(ref sleepers);
            while (Value == known)
                Monitor.Wait(gate);
            Interlocked.Decrement(ref sleepers);
        }

        return false;
    }

    private bool SpinUntilChanged(int known)
    {
        var start = Stopwatch.GetTimestamp();
        do
        {
            for (var i = 0; i < SpinsBetweenLooksAtTheClock; i++)
            {
                if (Value != known)
                    return true;
                if (X86Base.IsSupported)
                    X86Base.Pause();
                else
                    Thread.SpinWait(1);
            }
        }
        while (Stopwatch.GetTimestamp() - start < SpinTicks);
        return false;
    }
}
