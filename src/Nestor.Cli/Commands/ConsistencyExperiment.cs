using Nestor.Cli.Reports;
using Nestor.Evaluation.Consistency;
using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Inference.Speculation;
using Nestor.Models;

namespace Nestor.Cli.Commands;

/// <summary>Compares the models of <c>nestor reproduce matlm</c> with their XL: predictions on held-out text, texts they write, and what they are worth as drafters.</summary>
internal sealed class ConsistencyExperiment
{
    private readonly ConsistencyOptions options;
    private readonly CancellationToken cancellation;
    private readonly ModelConfig config;
    private readonly IReadOnlyList<ReadOnlyMemory<int>> texts, prefixes;
    private readonly Dictionary<WidthPlan, ReadingCost> costs;
    private readonly List<ConsistencyRow> rows = [];

    /// <summary>Prepares the texts and measures what reading costs the models.</summary>
    /// <param name="held">Held-out tokens.</param>
    /// <param name="models">A model of every plan that is to be compared or compared with; one of the same widths that was trained otherwise computes the same.</param>
    /// <param name="options">How much is looked at.</param>
    /// <param name="cancellation">Stops the work.</param>
    public ConsistencyExperiment(ReadOnlyMemory<int> held, IReadOnlyList<DecoderAtPlan> models, ConsistencyOptions options, CancellationToken cancellation)
    {
        (this.options, this.cancellation, config) = (options, cancellation, models[0].Decoder.Config);
        var windows = new LossWindows(held.Length, config.ContextLength, options.Positions);
        texts = [.. windows.Starts.Select(start => held.Slice(start, windows.Predictions(start)))];
        var (prefix, spread) = (ConsistencyOptions.PrefixTokens(config), new LossWindows(held.Length, config.ContextLength, (long)options.Texts * config.ContextLength));
        prefixes = [.. spread.Starts.Where(start => start + prefix <= held.Length).Select(start => held.Slice(start, prefix))];
        costs = models.Select(model => model.Plan).Zip(ReadingCostMeasurement.Run(models, ConsistencyOptions.LongestDraft + 1, cancellation)).ToDictionary();
    }

    /// <summary>What was found, in the order of comparisons.</summary>
    public IReadOnlyList<ConsistencyRow> Rows => rows;

    /// <summary>Prefixes after which predictions are compared.</summary>
    public int Positions => texts.Sum(text => text.Length);

    /// <summary>Prefixes that are continued.</summary>
    public int Prefixes => prefixes.Count;

    /// <summary>What the reading of one to some tokens costs at a plan, in seconds.</summary>
    public ReadingCost CostOf(WidthPlan plan) => costs[plan];

    /// <summary>Compares models with a reference.</summary>
    public void Compare(ConsistencyGroup group, ComparedModel reference, IReadOnlyList<ComparedModel> others)
    {
        var models = others.Select(other => other.Model).ToList();
        var held = new ConsistencyMeasurement(texts).Measure(reference.Model, models, cancellation);
        var (greedy, sampled) = (Write(reference, SamplingOptions.Greedy), Write(reference, new SamplingOptions { Temperature = options.Temperature, Seed = 1 }));
        var alongGreedy = Along(greedy).Measure(reference.Model, models, cancellation);
        var alongSampled = Along(sampled).Measure(reference.Model, models, cancellation);
        for (var i = 0; i < others.Count; i++)
        {
            rows.Add(new ConsistencyRow
            {
                Group = group,
                Model = others[i],
                Held = held[i],
                Written = MatchingTokens.Of(greedy, Write(others[i], SamplingOptions.Greedy)),
                Greedy = Predict(alongGreedy[i].Agreement.Value, others[i], reference),
                Sampled = Predict(alongSampled[i].Acceptances[0].Value, others[i], reference),
            });
        }
    }

    private int[][] Write(ComparedModel model, SamplingOptions sampling) =>
        Continuations.Write(model.Model, prefixes, ConsistencyOptions.WrittenTokens(config), sampling, cancellation);

    /// <summary>Predictions of the tokens that were written, each after its prefix and those before it.</summary>
    private ConsistencyMeasurement Along(int[][] written) => new(
        [.. prefixes.Zip(written, (prefix, tokens) => (ReadOnlyMemory<int>)(int[])[.. prefix.Span, .. tokens.AsSpan(..^1)])],
        first: ConsistencyOptions.PrefixTokens(config) - 1,
        [options.Temperature]);

    private PredictedDrafting Predict(double acceptance, ComparedModel drafter, ComparedModel verifier)
    {
        var (draft, reading) = (costs[drafter.Model.Plan].Of(1), costs[verifier.Model.Plan]);
        var cost = draft / reading.Of(1);
        return new PredictedDrafting(
            acceptance,
            cost,
            PredictedSpeedUp.Of(acceptance, cost, ReadingCost.Given(1, 0), ConsistencyOptions.LongestDraft),
            PredictedSpeedUp.Of(acceptance, draft, reading, ConsistencyOptions.LongestDraft));
    }
}
