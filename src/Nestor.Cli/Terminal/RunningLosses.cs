using System.Globalization;
using Nestor.Models;
using Nestor.Training.Optimization;

namespace Nestor.Cli.Terminal;

/// <summary>The loss of each granularity and the speed, averaged over the last steps.</summary>
internal sealed class RunningLosses(IReadOnlyList<Granularity> granularities)
{
    private const double Keep = 0.95;

    private readonly double?[] losses = new double?[granularities.Count];
    private double? secondsPerToken;

    /// <summary>Average speed.</summary>
    public double TokensPerSecond => 1 / secondsPerToken ?? 0;

    /// <summary>Takes a step in; widths without a name, which the sandwich rule draws, are left out.</summary>
    public void Add(TrainingProgress step)
    {
        secondsPerToken = Average(secondsPerToken, 1 / step.TokensPerSecond);
        for (var i = 0; i < losses.Length; i++)
        {
            foreach (var (name, loss) in step.Losses)
            {
                if (name == granularities[i].Name)
                    losses[i] = Average(losses[i], loss);
            }
        }
    }

    /// <summary>Such as <c>loss S 3.21 M 3.10 L 3.02 XL 2.97</c>.</summary>
    public override string ToString() =>
        "loss " + string.Join(' ', granularities.Zip(losses, (granularity, loss) => $"{granularity.Name} {loss?.ToString("F2", CultureInfo.InvariantCulture) ?? "-"}"));

    private static double Average(double? old, double value) => old is { } mean ? Keep * mean + (1 - Keep) * value : value;
}
