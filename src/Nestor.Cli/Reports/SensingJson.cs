using System.Text.Json;
using Nestor.Cli.Commands;
using Nestor.Training.Sensing;

namespace Nestor.Cli.Reports;

/// <summary>What <c>nestor sense</c> found, for programs.</summary>
internal static class SensingJson
{
    private static readonly JsonSerializerOptions Options = new() { WriteIndented = true };

    /// <summary>Writes it as text.</summary>
    public static string Of(SensedMatrix sensed)
    {
        var (settings, solution, certificate) = (sensed.Settings, sensed.Solution, sensed.Solution.Descent.Certificate);
        return JsonSerializer.Serialize(
            new
            {
                dimension = settings.Dimension,
                true_rank = settings.Rank,
                singular_values = settings.SingularValues,
                measurements = settings.Count,
                noise = settings.Noise,
                network = settings.Kind == MeasurementKind.QuadraticNetwork ? "quadratic" : null,
                seed = settings.Seed,
                method = sensed.Options.Method.ToString().ToLowerInvariant(),
                lambda = (solution.Penalty as SmoothedGroupLasso)?.Lambda ?? (solution.Penalty as ProximalGroupLasso)?.Lambda,
                beta = (solution.Penalty as SmoothedGroupLasso)?.Beta,
                window = solution.Window is { } window ? new[] { window.Lowest, window.Highest } : null,
                rank = solution.Rank,
                certified = certificate.Holds,
                objection = certificate.Objection,
                survivors = certificate.Live,
                threshold = solution.Penalty.Threshold,
                largest_cosine = certificate.LargestCosine,
                largest_dead_share = certificate.LargestDead,
                growth = certificate.Growth,
                column_norms = sensed.Norms,
                lengths = sensed.Found,
                steps = solution.Descent.Iterations,
                passes = solution.DescentPasses,
                fine_tuning_steps = solution.Tuned?.Iterations,
                fine_tuning_passes = solution.FineTuningPasses,
                fine_tuning_rate = sensed.Rate,
                estimated_noise = solution.Noise,
                error_after_pruning = sensed.PrunedError,
                error = sensed.Error,
                oracle_error = sensed.OracleError,
                warnings = solution.Warnings,
                seconds = sensed.Seconds,
            },
            Options);
    }
}
