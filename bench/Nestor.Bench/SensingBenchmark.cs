using System.Globalization;
using Nestor.Inference.Measurement;
using Nestor.Training;
using Nestor.Training.Sensing;
using Nestor.Training.Sensing.Peers;
using static TorchSharp.torch;

namespace Nestor.Bench;

/// <summary>The fused pass over measurements against a plain read of the same bytes, and the time to a certified answer against methods that need no rank.</summary>
internal static unsafe class SensingBenchmark
{
    private const int Dimension = 100, Count = 2500, PassRounds = 31, SolveRounds = 7;

    // Keeps the compiler from leaving the plain read out.
    private static ulong sink;

    private sealed record Race(string Name, SyntheticSensing Settings, SmoothedGroupLasso Penalty, int PlainRounds);

    /// <summary>Measures and prints Markdown tables.</summary>
    public static void Run(TextWriter output)
    {
        TorchRuntime.EnsureLoaded();
        set_num_threads(1);
        output.WriteLine(Machine.Description + ".\n");
        output.WriteLine(Machine.OthersDuring(() =>
        {
            Pass(output);
            Races(output);
        }));
    }

    private static void Pass(TextWriter output)
    {
        output.WriteLine(Line($"## One loss and gradient\n\nd = {Dimension}, m = {Count}: {Count} packed rows of {SymmetricVector.Length(Dimension)} entries, sums in float64. \"Plain read\" reads the same bytes with vectors and does nothing with them. Medians of {PassRounds} rounds, the sides taking turns; processor time of the thread for one, wall time for two.\n"));
        output.WriteLine("| entries | threads | MB | ms | GB/s | plain read, GB/s | of it |\n|---|---:|---:|---:|---:|---:|---:|");
        foreach (var precision in (MeasurementPrecision[])[MeasurementPrecision.Double, MeasurementPrecision.Single])
        {
            using var scope = NewDisposeScope();
            using var made = new SyntheticSensing { Dimension = Dimension, SingularValues = SyntheticSensing.Even(5, 1, 0.8), Measurements = Count, Noise = 0.05, Precision = precision }.Create();
            var measurements = made.Problem.Measurements;
            var gradient = empty_like(made.Truth);
            foreach (var threads in (int[])[1, 2])
            {
                var loss = new EmpiricalLoss(made.Problem, threads);
                Samples pass = new(), read = new();
                for (var round = -3; round < PassRounds; round++)
                {
                    if (round == 0)
                    {
                        pass.Clear();
                        read.Clear();
                    }

                    read.Add(Time(threads, () => Read(measurements, threads)));
                    pass.Add(Time(threads, () => loss.Evaluate(made.Truth, gradient)));
                }

                var bytes = measurements.Bytes / 1e9;
                output.WriteLine(Line($"| {(precision == MeasurementPrecision.Double ? "float64" : "float32")} | {threads} | {1e3 * bytes:F0} | {1e3 * pass.Median:F2} | {bytes / pass.Median:F1} | {bytes / read.Median:F1} | {100 * read.Median / pass.Median:F0} % |"));
            }
        }

        output.WriteLine();
    }

    private static void Races(TextWriter output)
    {
        Race[] races =
        [
            new("d = 50, r = 3, m = 750, noise 0.1", new SyntheticSensing(), new SmoothedGroupLasso(0.05, 0.01), 3),
            new("d = 50, r = 5, m = 1250, noise 0.02, singular values 1 to 0.316", new SyntheticSensing { SingularValues = [1, 0.8, 0.6, 0.45, 0.316], Noise = 0.02 }, new SmoothedGroupLasso(0.01, 0.0025), 1),
            new("d = 100, r = 5, m = 2500, noise 0.05", new SyntheticSensing { Dimension = Dimension, SingularValues = SyntheticSensing.Even(5, 1, 0.8), Noise = 0.05 }, new SmoothedGroupLasso(0.05, 0.01), 1),
        ];
        output.WriteLine(Line($"## Time to a certified answer\n\nFrom measurements to the least-squares factor of a rank that nobody gave, by one thread, in its processor time; Gauss-Newton ends every method. Medians of {SolveRounds} rounds (the plain method: of 1 to 3), the sides taking turns. FISTA's time holds the 30 power iterations for its step size. The trace norm has no certificate: its rank is the number of eigenvalues above 0.001.\n"));
        foreach (var race in races)
        {
            output.WriteLine($"{race.Name}:\n");
            output.WriteLine("| method | ms | of FISTA's | passes | rank | certified | error | oracle |\n|---|---:|---:|---:|---:|---|---:|---:|");
            Run(race, output);
            output.WriteLine();
        }
    }

    private static void Run(Race race, TextWriter output)
    {
        using var scope = NewDisposeScope();
        using var made = race.Settings.Create();
        var oracle = OracleLeastSquares.Solve(made.Problem, made.Factor);
        var trace = TraceNorm.For(race.Settings.Noise, race.Settings.Dimension, race.Settings.Count);
        (string Name, int Rounds, Func<(Tensor Factor, bool? IsCertified, long Passes)> Solve)[] methods =
        [
            ("trace norm, FISTA", SolveRounds, () => Thresholded(loss => new AcceleratedThresholding(trace).Run(loss), certify: false)),
            ("trace norm, our adaptive steps", SolveRounds, () => Thresholded(loss => new AdaptiveThresholding(trace).Run(loss), certify: false)),
            ("half-thresholding, our adaptive steps, λ given", SolveRounds, () => Thresholded(loss => new AdaptiveThresholding(new SchattenHalf(race.Penalty.Lambda)).Run(loss), certify: true)),
            ("group lasso, accelerated, nothing given", SolveRounds, Found),
            ("group lasso, rotation every 25, k = 4r, λ given", SolveRounds, () => Descended(RandomStart.Of(race.Settings.Dimension, 4 * race.Settings.Rank, 0.1, 1), 25)),
            ("group lasso, plain, k = d, λ given", race.PlainRounds, () => Descended(RandomStart.Of(race.Settings.Dimension, race.Settings.Dimension, 0.1, 1), 0)),
        ];
        var times = Array.ConvertAll(methods, _ => new Samples());
        var found = new (Tensor Factor, bool? IsCertified, long Passes)[methods.Length];
        for (var round = 0; round < SolveRounds; round++)
        {
            for (var i = 0; i < methods.Length; i++)
            {
                if (round < methods[i].Rounds)
                    times[i].Add(Time(1, () => found[i] = methods[i].Solve()));
            }
        }

        for (var i = 0; i < methods.Length; i++)
        {
            var (factor, certified, passes) = found[i];
            output.WriteLine(Line($"| {methods[i].Name} | {1e3 * times[i].Median:F0} | {times[i].Median / times[0].Median:F2} | {passes} | {factor.shape[1]} | {(certified is { } holds ? holds ? "yes" : "no" : "none")} | {Error(factor):F4} | {Error(oracle):F4} |"));
        }

        double Error(Tensor factor) => (factor.mm(factor.t()) - made.Truth).norm().item<double>();

        (Tensor, bool?, long) Thresholded(Func<EmpiricalLoss, SensingEstimate> run, bool certify)
        {
            var loss = new EmpiricalLoss(made.Problem);
            var estimate = run(loss);
            var factor = estimate.Factor();
            bool? holds = null;
            if (certify)
            {
                var gradient = empty_like(estimate.Matrix);
                loss.Evaluate(estimate.Matrix, gradient);

                // It rests within 1e-4, a twentieth of the change that a certificate allows.
                holds = estimate.IsAtRest && OrthogonalityCertificate.Of(factor, gradient, race.Penalty, estimate.Matrix, estimate.Matrix).Holds;
            }

            return (new GaussNewton().Run(loss, factor).Factor, holds, loss.Passes);
        }

        (Tensor, bool?, long) Found()
        {
            var solution = GroupLassoSensing.Solve(made.Problem, new SensingOptions());
            return (solution.Factor, solution.Pruned.IsPruned, solution.DescentPasses + solution.FineTuningPasses);
        }

        (Tensor, bool?, long) Descended(Tensor start, int rotateEvery)
        {
            var loss = new EmpiricalLoss(made.Problem);
            var descent = new PerturbedDescent(loss, race.Penalty, new DescentOptions { RotateEvery = rotateEvery }).Run(start);
            return (new GaussNewton().Run(loss, GreedyPruning.Prune(descent).Factor).Factor, descent.Certificate.Holds, loss.Passes);
        }
    }

    private static void Read(PackedMeasurements measurements, int threads)
    {
        // Parts are whole cache lines; what is left over is less than a row.
        var part = measurements.Bytes / threads / 256 * 256;
        if (threads == 1)
            sink += MeasuredRead(0);
        else
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, i => Interlocked.Add(ref sink, MeasuredRead(i)));

        ulong MeasuredRead(int i) => MemoryRead.InOrder(measurements.Start + i * part, part);
    }

    private static double Time(int threads, Action work)
    {
        var clock = MeasureClock.For(threads);
        var start = clock.Seconds;
        work();
        return clock.Seconds - start;
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
