using System.Diagnostics;
using Nestor.Training.Robustness;

namespace Nestor.Cli.Terminal;

/// <summary>Tells people how far attacks are, on standard error, every few seconds.</summary>
internal sealed class AttackDisplay
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(5);

    private readonly Stopwatch sinceStart = Stopwatch.StartNew();
    private TimeSpan last;

    /// <summary>Tells of a batch.</summary>
    /// <param name="attacked">What is attacked.</param>
    /// <param name="step">How far it is.</param>
    public void Show(string attacked, AttackProgress step)
    {
        if (sinceStart.Elapsed - last < BetweenLines)
            return;
        last = sinceStart.Elapsed;
        Console.Error.WriteLine($"{attacked}: {step.Attack}, {step.Done} of {step.Attacked} images, {step.Robust} still answered rightly, {sinceStart.Elapsed:m\\:ss}");
    }
}
