using Nestor.Cli.Commands;
using Nestor.Training.Sensing;
using Spectre.Console;

namespace Nestor.Cli.Reports;

/// <summary>What <c>nestor sense</c> tells people.</summary>
internal static class SensingText
{
    public static void Write(IAnsiConsole console, SensedMatrix sensed)
    {
        var (settings, solution, certificate) = (sensed.Settings, sensed.Solution, sensed.Solution.Descent.Certificate);
        var kind = settings.Kind == MeasurementKind.Gaussian ? "Gaussian measurements" : "inputs of a quadratic network";
        Line($"problem: a matrix of rank {settings.Rank} in dimension {settings.Dimension}, {settings.Count} {kind}, noise {settings.Noise}");
        Line($"penalty: {Penalty(solution.Penalty)} ({(sensed.Options is { Lambda: null, Beta: null } ? "found from the data" : "as given")}){Window(solution.Window)}");
        Line($"descent: {solution.Descent.Iterations} steps, {solution.DescentPasses} passes over the measurements with all that led to them; {certificate.Live} columns above {solution.Penalty.Threshold:G3}");
        Line($"certificate: {(certificate.Holds ? "holds" : "does not hold")}; largest cosine {certificate.LargestCosine:G2}, largest dead column {certificate.LargestDead:P1} of the threshold, growth {certificate.Growth:P0}, change {certificate.Change:G2}");
        console.Write(Columns(sensed));
        if (solution.Tuned is { } tuned)
            Line($"fine-tuning: {tuned.Iterations} steps, {solution.FineTuningPasses} passes{(sensed.Rate is { } rate ? FormattableString.Invariant($", each step {rate:F3} of the one before") : "")}");
        Line($"noise: {solution.Noise:G3} estimated");
        Line($"error: {sensed.PrunedError:G4} {(solution.Pruned.IsPruned ? "after pruning" : "of the factor, which was not pruned")}, {sensed.Error:G4} at the end; the least squares from the truth leaves {sensed.OracleError:G4}");
        Line($"rank: {(solution.Rank is { } rank ? rank.ToString(System.Globalization.CultureInfo.InvariantCulture) : "no certificate, so none is told")}");
        Line($"time: {sensed.Seconds:F2} s");

        void Line(FormattableString text) => console.WriteLine(FormattableString.Invariant(text));
    }

    private static string Penalty(ColumnPenalty penalty) => penalty switch
    {
        SmoothedGroupLasso smoothed => FormattableString.Invariant($"smoothed group lasso, lambda {smoothed.Lambda:G3}, beta {smoothed.Beta:G3}"),
        ProximalGroupLasso proximal => FormattableString.Invariant($"proximal group lasso, lambda {proximal.Lambda:G3}"),
        _ => penalty.ToString(),
    };

    private static string Window(LambdaWindow? window) => window is null ? "" : FormattableString.Invariant($"; right are {window.Lowest:G3} to {window.Highest:G3}");

    /// <summary>Lengths of columns at the end of the descent, of the final factor, and of the truth: survivors and one more.</summary>
    private static Table Columns(SensedMatrix sensed)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var heading in (string[])["column", "descent", "final", "truth"])
            table.AddColumn(new TableColumn(heading).RightAligned());
        var truth = sensed.Settings.SingularValues.OrderDescending().ToList();
        var rows = Math.Min(Math.Max(sensed.Solution.Descent.Certificate.Live, truth.Count) + 1, Math.Max(sensed.Norms.Count, truth.Count));
        for (var row = 0; row < rows; row++)
            table.AddRow((row + 1).ToString(System.Globalization.CultureInfo.InvariantCulture), At(sensed.Norms, row), At(sensed.Found, row), At(truth, row));
        return table;
    }

    private static string At(IReadOnlyList<double> lengths, int row) => row < lengths.Count ? FormattableString.Invariant($"{lengths[row]:G4}") : "";
}
