using System.Diagnostics;
using System.Globalization;
using Nestor.Training.Sensing;
using Spectre.Console;

namespace Nestor.Cli.Terminal;

/// <summary>Shows a descent as it runs: one live line on a terminal, elsewhere a line on standard error every few seconds.</summary>
internal static class SensingDisplay
{
    private static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(10), BetweenUpdates = TimeSpan.FromMilliseconds(100);

    /// <summary>Runs <paramref name="solve"/>, which reports to the action it is given.</summary>
    /// <param name="quiet">Whether the terminal is left alone.</param>
    /// <param name="solve">The work.</param>
    public static T Show<T>(bool quiet, Func<Action<SensingProgress>, T> solve)
    {
        if (quiet || !AnsiConsole.Profile.Capabilities.Interactive || Console.IsOutputRedirected)
            return solve(Every(BetweenLines, progress => Console.Error.WriteLine(Text(progress))));
        return AnsiConsole.Status().Start("starting", context => solve(Every(BetweenUpdates, progress => context.Status(Markup.Escape(Text(progress))))));
    }

    private static Action<SensingProgress> Every(TimeSpan interval, Action<SensingProgress> show)
    {
        var watch = Stopwatch.StartNew();
        return progress =>
        {
            if (watch.Elapsed < interval)
                return;
            show(progress);
            watch.Restart();
        };
    }

    private static string Text(SensingProgress progress) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name(progress.Stage)}, step {progress.Iteration}: {progress.Columns} columns, loss {progress.Loss:G4}, {(progress.Stage == SensingStage.FineTuning ? "change" : "gradient")} {progress.Change:G2}");

    private static string Name(SensingStage stage) => stage switch
    {
        SensingStage.Search => "looking for the penalty",
        SensingStage.Descent => "descending",
        _ => "fine-tuning",
    };
}
