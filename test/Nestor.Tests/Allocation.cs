namespace Nestor.Tests;

/// <summary>What code allocates once it is warm.</summary>
/// <remarks>The runtime itself allocates now and then on the calling thread, when it compiles a method again: so the least of several rounds counts.</remarks>
internal static class Allocation
{
    private const int Rounds = 10;

    /// <summary>The bytes that the action allocates on this thread every time.</summary>
    public static long OfEach(Action action)
    {
        action();
        return Enumerable.Range(0, Rounds).Min(_ =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
    }
}
