using System.Diagnostics;
using Nestor.Models;

namespace Nestor.Cli.Terminal;

/// <summary>Tells people how many plans were measured, on standard error, every few seconds.</summary>
internal sealed class EvaluationProgress(int most)
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    private readonly Stopwatch sinceStart = Stopwatch.StartNew();
    private TimeSpan last;
    private int measured;

    /// <summary>The measurement, watched.</summary>
    public Func<WidthPlan, double> Watch(Func<WidthPlan, double> measure) => plan =>
    {
        var loss = measure(plan);
        measured++;
        if (sinceStart.Elapsed - last > BetweenLines)
        {
            last = sinceStart.Elapsed;
            Console.Error.WriteLine($"{measured} of at most {most} plans measured, {sinceStart.Elapsed:m\\:ss}");
        }

        return loss;
    };
}
