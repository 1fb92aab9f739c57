using System.Globalization;
using Nestor.Models;
using Nestor.Training.Optimization;
using Spectre.Console;

namespace Nestor.Cli.Terminal;

/// <summary>Shows training: a live bar on a terminal, a line every few seconds elsewhere.</summary>
internal static class TrainingDisplay
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10);

    /// <summary>Runs <paramref name="train"/>, which reports every step to the action it is given; the speed is in units per second.</summary>
    public static bool Show(IAnsiConsole console, IReadOnlyList<Granularity> granularities, long totalSteps, Func<Action<TrainingProgress>, bool> train, string unit = "tokens")
    {
        var losses = new RunningLosses(granularities);
        if (!console.Profile.Capabilities.Interactive || Console.IsOutputRedirected)
        {
            var last = DateTime.MinValue;
            return train(step =>
            {
                losses.Add(step);
                if (DateTime.UtcNow - last < BetweenLines && step.Step < step.TotalSteps)
                    return;
                last = DateTime.UtcNow;
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"step {step.Step}/{step.TotalSteps}  {losses}  {losses.TokensPerSecond:N0} {unit}/s  {Remaining(step, losses)} left"));
            });
        }

        return console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask("training", maxValue: totalSteps);
                return train(step =>
                {
                    losses.Add(step);
                    task.Value = step.Step;
                    task.Description = string.Create(CultureInfo.InvariantCulture, $"{losses}  {losses.TokensPerSecond:N0} {unit}/s");
                });
            });
    }

    private static string Remaining(TrainingProgress step, RunningLosses losses)
    {
        var tokensLeft = step.Tokens / (double)step.Step * (step.TotalSteps - step.Step);
        return TimeSpan.FromSeconds(tokensLeft / losses.TokensPerSecond).ToString(@"h\:mm\:ss", CultureInfo.InvariantCulture);
    }
}
