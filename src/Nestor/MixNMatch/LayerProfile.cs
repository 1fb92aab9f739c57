using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Models;

namespace Nestor.MixNMatch;

/// <summary>Measures what each layer takes of a decoded token at each width, with the engine on this machine.</summary>
/// <remarks>
/// Layers of one full width have the same shape and run the same code, so they are narrowed together: the time saved by all of them, divided
/// by their number, is far less noisy than one layer's. Plans take turns, round by round, and the median counts. The part of a layer that
/// grows with its width is told apart from what is fixed by the slope over all widths; predictions do not depend on that. Mixed plans, which the
/// table is not made from, are measured in the same rounds and show how good it is.
/// </remarks>
public static class LayerProfile
{
    /// <summary>Measures a model.</summary>
    /// <param name="checkpoint">The open model folder.</param>
    /// <param name="options">How to measure; the defaults if not given.</param>
    /// <param name="time">Says the date; the system's if not given.</param>
    /// <param name="cancellation">Stops before the next measurement.</param>
    /// <exception cref="NestorException">The options do not fit the model, it has only one width, or cannot be held in the type.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static CostTable Measure(Checkpoint checkpoint, ProfileOptions? options = null, TimeProvider? time = null, CancellationToken cancellation = default)
    {
        options ??= new ProfileOptions();
        options.Validate(checkpoint.Config);
        var choices = new WidthChoices(checkpoint.Config);
        var decoder = Decoder.Load(checkpoint, new DecoderOptions { Threads = options.Threads, Weights = options.Type });
        var (narrowed, checks) = (Narrowed(choices).ToList(), Mixed(choices).ToList());
        var times = Times(decoder, [choices.Widest, .. narrowed.Select(n => n.Plan), .. checks], options, cancellation);
        var (fixedPart, layers) = Solve(choices, times[choices.Widest], [.. narrowed.Select(n => (n.Full, n.Width, (times[choices.Widest] - times[n.Plan]) / n.Layers))]);
        var table = new CostTable
        {
            Machine = MachineDescription.Text,
            Date = (time ?? TimeProvider.System).GetUtcNow(),
            Model = checkpoint.Fingerprint,
            Type = decoder.Weights,
            Threads = options.Threads,
            Clock = MeasureClock.For(options.Threads).Name,
            Tokens = options.Tokens,
            Rounds = options.Rounds,
            FixedMilliseconds = fixedPart,
            Layers = layers,
            Checks = [],
        };
        return table with { Checks = [.. checks.Select(plan => new TimeCheck(plan, table.Predict(plan), times[plan]))] };
    }

    /// <summary>Turns times saved by layers into a fixed part and times of layers.</summary>
    /// <param name="choices">The widths of each layer.</param>
    /// <param name="whole">Milliseconds of the full model.</param>
    /// <param name="savings">For layers of a full width and a narrower width: milliseconds that one of them saves.</param>
    internal static (double Fixed, IReadOnlyList<LayerTimes> Layers) Solve(WidthChoices choices, double whole, IReadOnlyList<(int Full, int Width, double Saved)> savings)
    {
        var fullWidths = choices.Widest.AsSpan().ToArray();
        var neurons = fullWidths.Sum(width => (double)width);
        var perNeuron = savings.Sum(s => s.Saved * (s.Full - s.Width)) / savings.Sum(s => Math.Pow(s.Full - s.Width, 2));
        perNeuron = Math.Clamp(perNeuron, 0, whole / neurons);
        double At(int full, int width) => Math.Max(0, perNeuron * full - savings.FirstOrDefault(s => (s.Full, s.Width) == (full, width)).Saved);
        return (
            Math.Max(0, whole - perNeuron * neurons),
            [.. fullWidths.Select((full, layer) => new LayerTimes(choices[layer], [.. choices[layer].Select(width => At(full, width))]))]);
    }

    /// <summary>For each full width and each narrower choice: the plan in which the layers of this full width have it.</summary>
    private static IEnumerable<(int Full, int Width, int Layers, WidthPlan Plan)> Narrowed(WidthChoices choices)
    {
        foreach (var group in Enumerable.Range(0, choices.Layers).GroupBy(layer => choices.Widest[layer]))
        {
            foreach (var width in choices[group.First()].Where(width => width < group.Key))
                yield return (group.Key, width, group.Count(), group.Aggregate(choices.Widest, (plan, layer) => WidthChoices.Replace(plan, layer, width)));
        }
    }

    /// <summary>Mixed plans to check with: two neighbouring widths half and half, either first, and every width by turns.</summary>
    private static IEnumerable<WidthPlan> Mixed(WidthChoices choices)
    {
        var (layers, most) = (choices.Layers, Enumerable.Range(0, choices.Layers).Max(layer => choices[layer].Length));
        WidthPlan Plan(Func<int, int> choice) => choices.Plan([.. Enumerable.Range(0, layers).Select(layer => Math.Min(choice(layer), choices[layer].Length - 1))]);
        var halves = Enumerable.Range(0, most - 1).SelectMany(narrow => new[]
        {
            Plan(layer => layer < layers / 2 ? narrow : narrow + 1),
            Plan(layer => layer < layers / 2 ? narrow + 1 : narrow),
        });
        return halves.Append(Plan(layer => layer % most)).Append(Plan(layer => (layers - 1 - layer) % most)).Where(plan => !plan.IsUniform).Distinct();
    }

    /// <summary>Median milliseconds of a decoded token at each plan.</summary>
    private static Dictionary<WidthPlan, double> Times(Decoder decoder, IEnumerable<WidthPlan> plans, ProfileOptions options, CancellationToken cancellation)
    {
        using var cache = new KvCache(decoder.Config);
        var samples = plans.Distinct().ToDictionary(plan => plan, _ => new Samples());
        for (var round = -1; round < options.Rounds; round++)
        {
            foreach (var (plan, sample) in samples)
            {
                cancellation.ThrowIfCancellationRequested();
                var milliseconds = 1000 / SpeedMeasurement.Decode(decoder, cache, plan, options.Tokens);
                if (round >= 0)
                    sample.Add(milliseconds);
            }
        }

        return samples.ToDictionary(pair => pair.Key, pair => pair.Value.Median);
    }
}
