using System.CommandLine;
using System.Globalization;
using Nestor.Cli.Reports;
using Nestor.Training;
using Nestor.Training.Sensing;
using Spectre.Console;
using static TorchSharp.torch;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor sense</c>: makes a matrix-sensing problem with a known answer and solves it with group lasso, without telling it the rank.</summary>
internal static class SenseCommand
{
    private static readonly Dictionary<string, FineTuning> FineTunings = new()
    {
        ["gauss-newton"] = new GaussNewton(),
        ["scaled"] = new ScaledGradientDescent(),
        ["descent"] = new GradientDescent(),
    };

    public static Command Create()
    {
        var standard = new SyntheticSensing();
        var dimension = new Option<int>("--dimension") { Description = "Rows of the hidden matrix, d.", DefaultValueFactory = _ => standard.Dimension };
        var rank = new Option<int?>("--rank") { Description = "Its rank, r; without it, 3 or as many as --values." };
        var values = new Option<string?>("--values") { Description = "Singular values of its factor, such as 1,0.9,0.8; without it, evenly spaced from 1 to 0.8." };
        var measurements = new Option<int?>("--measurements") { Description = "Number of measurements, m; without it, 5dr." };
        var noise = new Option<double>("--noise") { Description = "Standard deviation of the noise of an observation.", DefaultValueFactory = _ => standard.Noise };
        var network = new Option<string?>("--network") { Description = "quadratic: measurements are the inputs of a network with quadratic activations." };
        network.AcceptOnlyFromAmong("quadratic");
        var precision = new Option<string>("--type") { Description = "How measurements are stored: f64 or f32.", DefaultValueFactory = _ => "f64" };
        precision.AcceptOnlyFromAmong("f64", "f32");
        var method = new Option<string>("--method") { Description = "accelerated, rotated, plain (the paper's) or proximal.", DefaultValueFactory = _ => "accelerated" };
        method.AcceptOnlyFromAmong([.. Enum.GetNames<SensingMethod>().Select(name => name.ToLowerInvariant())]);
        var lambda = new Option<double?>("--lambda") { Description = "Strength of the penalty; without it, found from the data." };
        var beta = new Option<double?>("--beta") { Description = "Smoothing of the penalty; without it, found from the data." };
        var columns = new Option<int?>("--columns") { Description = "Columns of the factor, k, an upper bound of the rank; without it, d." };
        var stepSize = new Option<double?>("--step-size") { Description = "Step size of the descent; without it, found from the data." };
        var iterations = new Option<int>("--iterations") { Description = "Most steps of the descent.", DefaultValueFactory = _ => new SensingOptions().Iterations };
        var fineTuning = new Option<string>("--fine-tuning") { Description = "gauss-newton, scaled (gradient descent) or descent.", DefaultValueFactory = _ => "gauss-newton" };
        fineTuning.AcceptOnlyFromAmong([.. FineTunings.Keys]);
        var threads = new Option<int>("--threads") { Description = "Threads of a pass over the measurements.", DefaultValueFactory = _ => 1 };
        var (seed, json) = (Arguments.Seed(), Arguments.Json());
        var command = new Command("sense", "Find a hidden low-rank matrix from measurements, and its rank, with group lasso.")
        {
            dimension, rank, values, measurements, noise, network, precision, method, lambda, beta, columns, stepSize, iterations, fineTuning, threads, seed, json,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var lengths = SingularValues(parsed.GetValue(values), parsed.GetValue(rank), parsed.GetValue(dimension));
            var settings = standard with
            {
                Dimension = parsed.GetValue(dimension),
                SingularValues = lengths,
                Measurements = parsed.GetValue(measurements),
                Noise = parsed.GetValue(noise),
                Kind = parsed.GetValue(network) is null ? MeasurementKind.Gaussian : MeasurementKind.QuadraticNetwork,
                Precision = parsed.GetValue(precision) == "f32" ? MeasurementPrecision.Single : MeasurementPrecision.Double,
                Seed = (ulong)parsed.GetValue(seed),
            };
            var options = new SensingOptions
            {
                Method = Enum.Parse<SensingMethod>(parsed.GetRequiredValue(method), ignoreCase: true),
                Lambda = parsed.GetValue(lambda),
                Beta = parsed.GetValue(beta),
                Columns = parsed.GetValue(columns),
                StepSize = parsed.GetValue(stepSize),
                Iterations = parsed.GetValue(iterations),
                FineTuning = FineTunings[parsed.GetRequiredValue(fineTuning)],
                Threads = parsed.GetValue(threads),
                Seed = parsed.GetValue(seed),
            };
            Run(settings, options, parsed.GetValue(json), cancellation);
            return Task.CompletedTask;
        });
        return command;
    }

    private static void Run(SyntheticSensing settings, SensingOptions options, bool json, CancellationToken cancellation)
    {
        settings.Validate();
        options.Validate(settings.Dimension);
        TorchRuntime.EnsureLoaded();
        using var scope = NewDisposeScope();
        var sensed = SensedMatrix.Of(settings, options, json, cancellation);
        foreach (var warning in sensed.Solution.Warnings)
            Console.Error.WriteLine($"nestor: warning {warning}");
        if (json)
            Console.WriteLine(SensingJson.Of(sensed));
        else
            SensingText.Write(AnsiConsole.Console, sensed);
    }

    private static IReadOnlyList<double> SingularValues(string? text, int? rank, int dimension)
    {
        if (text is null)
        {
            var count = rank ?? new SyntheticSensing().Rank;
            return count >= 1 && count <= dimension
                ? SyntheticSensing.Even(count, 1, 0.8)
                : throw new NestorException($"Rank {count} was asked for in dimension {dimension}; a rank from 1 to the dimension is wanted.");
        }

        var values = text.Split(',', StringSplitOptions.TrimEntries).Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new NestorException($"'{part}' in --values is not a number; give singular values such as 1,0.9,0.8.")).ToList();
        return rank is null || rank == values.Count
            ? values
            : throw new NestorException($"Rank {rank} and {values.Count} singular values were given; give as many values as the rank, or leave one of the two out.");
    }
}
