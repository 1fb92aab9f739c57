using System.Diagnostics;
using System.Globalization;
using Nestor.Inference;
using Nestor.Inference.Speculation;
using Nestor.Models;

namespace Nestor.Bench;

/// <summary>One way to draft, and what it took in each round.</summary>
/// <param name="name">What drafts.</param>
/// <param name="length">How long drafts are.</param>
/// <param name="plan">The plan whose text it is.</param>
/// <param name="options">How to draft; null to decode plainly.</param>
internal sealed class SpeculationRow(string name, string length, WidthPlan plan, SpeculationOptions? options)
{
    private readonly List<(double Own, double Wall, double Ratio)> rounds = [];   // seconds a token, and how many times as fast as the whole model alone
    private readonly LearnedCosts costs = new();
    private readonly int[] drafts = new int[3], drafted = new int[3], accepted = new int[3];
    private (int Tokens, double Own, double Wall, double Plain) current;

    /// <summary>Plain decoding first; then every draft plan at every length, cascades, prompt lookup, caches of their own, and draft models.</summary>
    public static List<SpeculationRow> All(ModelConfig config, IReadOnlyList<Decoder> draftModels)
    {
        var (whole, narrower) = (config.FullWidths, config.Granularities.Select(g => WidthPlan.Uniform(g.Width, config.Layers)).Where(plan => !plan.Equals(config.FullWidths)).ToArray());
        string Name(WidthPlan plan) => WidthPlanText.Print(plan, config.Granularities);
        SpeculationOptions Of(params WidthPlan[] plans) => new() { Drafts = plans };
        SpeculationOptions Fixed(int length, SpeculationOptions options) => options with { DraftTokens = length, Adaptive = false };

        var rows = new List<SpeculationRow> { new($"none, {Name(whole)} alone", "", whole, null) };
        rows.AddRange(narrower.Select(plan => new SpeculationRow($"none, {Name(plan)} alone", "", plan, null)));
        void Add(string drafts, string length, SpeculationOptions options) => rows.Add(new SpeculationRow(drafts, length, whole, options));
        void AddLengths(string drafts, SpeculationOptions options)
        {
            for (var length = 1; length <= 4; length++)
                Add(drafts, $"{length}", Fixed(length, options));
            Add(drafts, "adaptive", options);
        }

        foreach (var plan in narrower)
            AddLengths(Name(plan), Of(plan));
        foreach (var plan in narrower)
        {
            Add(Name(plan), "2", Fixed(2, Of(plan)) with { SeparateCaches = true });
            Add(Name(plan), "adaptive", Of(plan) with { SeparateCaches = true });
        }

        Add($"{Name(narrower[0])}, until unsure (0.4)", "at most 4", Fixed(4, Of(narrower[0])) with { StopBelow = 0.4 });
        foreach (var plan in narrower)
            Add($"{Name(plan)}, until unsure (0.6)", "adaptive", Of(plan) with { StopBelow = 0.6 });
        Add($"{Name(narrower[0])}, greedily", "adaptive", Of(narrower[0]) with { GreedyDrafts = true });
        foreach (var middle in narrower.Skip(1))
        {
            Add($"{Name(narrower[0])}, {Name(middle)} in a cascade", "4", Fixed(4, Of(narrower[0], middle)));
            Add($"{Name(narrower[0])}, {Name(middle)} in a cascade", "adaptive", Of(narrower[0], middle));
        }

        AddLengths("prompt lookup", new SpeculationOptions { PromptLookup = true });
        Add($"prompt lookup, {Name(narrower[0])}", "adaptive", Of(narrower[0]) with { PromptLookup = true });
        foreach (var model in draftModels)
        {
            foreach (var plan in narrower.Append(whole))
                AddLengths($"{Name(plan)} in {model.Weights}", Of(plan) with { DraftModel = model });
            Add($"prompt lookup, {Name(narrower[0])} in {model.Weights}", "adaptive", Of(narrower[0]) with { DraftModel = model, PromptLookup = true });
        }

        return rows;
    }

    /// <summary>
    /// Generates a text and takes its time, without the prompt's; and beside it the text that the whole model writes alone. Adaptive lengths
    /// go by the wall as in use: a thread's own time is a call into the system at every step.
    /// </summary>
    /// <param name="decoder">The model.</param>
    /// <param name="prompt">What the texts begin with.</param>
    /// <param name="count">Tokens generated.</param>
    /// <param name="sampling">How they are chosen.</param>
    /// <param name="time">The clock that counts.</param>
    /// <param name="plainFirst">Whether the whole model goes first.</param>
    public void Decode(Decoder decoder, int[] prompt, int count, SamplingOptions sampling, TimeProvider time, bool plainFirst)
    {
        if (plainFirst)
            current.Plain += Plainly();
        var stream = new TokenStream(decoder, plan, sampling, options, costs, TimeProvider.System);
        var (tokens, own, wall) = Take(stream, prompt, count, time);
        if (!plainFirst)
            current.Plain += Plainly();

        current.Tokens += tokens;
        current.Own += own;
        current.Wall += wall;
        for (var i = 0; i < stream.Drafts.Count; i++)
        {
            drafts[i] += stream.Drafts[i].Drafts;
            drafted[i] += stream.Drafts[i].DraftedTokens;
            accepted[i] += stream.Drafts[i].AcceptedTokens;
        }

        double Plainly() => Take(new TokenStream(decoder, decoder.Config.FullWidths, sampling, null, costs, TimeProvider.System), prompt, count, time).Own;
    }

    /// <summary>Closes a round.</summary>
    public void EndRound(bool counts)
    {
        if (counts)
            rounds.Add((current.Own / current.Tokens, current.Wall / current.Tokens, current.Plain / current.Own));
        current = default;
    }

    /// <summary>The row of the table.</summary>
    public string Print(bool showWall)
    {
        var wall = showWall ? Shown($" ({1 / Median(rounds.Select(round => round.Wall)):F0})") : "";
        string Each(Func<int, string> cell) => string.Join(" / ", Enumerable.Range(0, drafts.Length).Where(i => drafts[i] > 0).Select(cell));
        var atOnce = Each(i => Shown($"{(double)drafted[i] / drafts[i]:F2}"));
        var taken = Each(i => Shown($"{(double)accepted[i] / drafts[i]:F2}"));
        var share = Each(i => Shown($"{(double)accepted[i] / drafted[i]:P0}"));
        var caches = options is null || options.Drafts.Count == 0 ? "" : options.SeparateCaches ? "separate" : "shared";
        return Shown($"| {name} | {length} | {caches} | {1 / Median(rounds.Select(round => round.Own)):F0}{wall} | {Median(rounds.Select(round => round.Ratio)):F2} | {atOnce} | {taken} | {share} |");
    }

    // The tokens, and the seconds that the clock and the wall saw.
    private static (int Tokens, double Own, double Wall) Take(TokenStream stream, int[] prompt, int count, TimeProvider time)
    {
        stream.Read(prompt);
        var (own, wall) = (time.GetTimestamp(), Stopwatch.GetTimestamp());
        var tokens = 0;
        while (tokens < count)
            tokens += stream.Next(count - tokens).Count;
        return (tokens, time.GetElapsedTime(own).TotalSeconds, Stopwatch.GetElapsedTime(wall).TotalSeconds);
    }

    private static string Shown(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static double Median(IEnumerable<double> values) => values.Order().ElementAt(values.Count() / 2);
}
