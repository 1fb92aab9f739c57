using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nestor.Formats;
using Nestor.MixNMatch;
using Nestor.Models;
using Nestor.Training.Evaluation;

namespace Nestor.Cli.Reports;

/// <summary>The tables and the picture of <c>nestor reproduce mixnmatch</c>.</summary>
internal sealed record MixNMatchReport
{
    public required MixNMatchFindings Findings { get; init; }

    public required string Command { get; init; }

    public required string? Remark { get; init; }

    private ModelConfig Config => Findings.Config;

    private CostTable Table => Findings.Table;

    private IReadOnlyList<BudgetOutcome> Budgets => Findings.Budgets;

    private IReadOnlyList<IReadOnlyList<WidthPlan>> Shapes => Findings.Shapes;

    private long Judged => Findings.Judged;

    /// <summary>Writes <c>mixnmatch.md</c> and <c>mixnmatch.png</c>.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var chart = Chart();
        AtomicFile.Write(Path.Combine(folder, "mixnmatch.png"), stream => stream.Write(chart.GetImageBytes(1000, 600, ScottPlot.ImageFormat.Png)));
        AtomicFile.Write(Path.Combine(folder, "mixnmatch.md"), stream => stream.Write(Encoding.UTF8.GetBytes(Markdown())));
    }

    private ScottPlot.Plot Chart()
    {
        List<MeasuredLoss> Losses(IEnumerable<WidthPlan> plans) => [.. plans.Distinct().Select(plan => new MeasuredLoss(plan, Loss(plan), double.NaN, Judged))];
        List<MeasuredLoss> Chosen(string way) => Losses(Budgets.SelectMany(budget => budget.Outcomes).Where(outcome => outcome.Way == way).Select(outcome => outcome.Plan));
        List<MeasuredLoss> Shaped(PlanShape shape) => Losses(Shapes.Select(plans => plans[(int)shape]));
        return LossChart.Draw("Which plan for a budget?", Config,
        [
            new("the paper's rule, every plan", Losses(PaperRule.Plans(new WidthChoices(Config))), Joined: true),
            new("narrower with depth", Shaped(PlanShape.Decreasing), Joined: false),
            new("wide at both ends", Shaped(PlanShape.V), Joined: false),
            new("chosen by evolution", Chosen("evolution"), Joined: false),
            new("chosen by measurement", Chosen("measured"), Joined: false),
        ]);
    }

    private string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Which plan for a budget?

            Three ways to choose a Mix'n'Match plan of one nested model (MatFormer, arXiv 2310.07707, §3.3, D.1 and D.2). Plans are chosen by their loss on
            {Findings.Chosen:N0} tokens of one half of the held-out documents and judged by {Judged:N0} tokens of the other half. Losses are nats per token, in float32;
            "±" is one standard error of a difference over the same windows of text.

            * Model: {Config.Layers} layers, hidden {Config.HiddenSize}, vocabulary {Config.VocabularySize}, {Config.FeedForward}, {string.Join(", ", Config.Granularities.Select(g => $"{g.Name} {g.Width}"))} neurons: the nested model of `matlm.md`, {Findings.Documents} held-out documents.
            * **rule**: the paper's, neighbouring granularities that widen with depth. Measures nothing.
            * **programme**: the plan that an exact dynamic programme finds best by increments of single layers, layers x (g - 1) + 1 evaluations for all budgets together.
            * **measured** (`nestor plan`): the best, by measured loss, of the programme's first {MeasuredSelection.Candidates} plans and the rule's.
            * **evolution**: a search over measured losses that may measure layers x (g - 1) + 10 plans, three seeds; the longer one four times as many.
            * Machine: {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}.
            * Command: `{Command}`
            {(Remark is null ? "" : $"* Remark: {Remark}\n")}
            ![Loss against size](mixnmatch.png)


            """);
        WriteSummary(text);
        WriteBudgets(text);
        WriteShapes(text);
        WritePredictions(text);
        WriteTimes(text);
        return text.ToString();
    }

    private void WriteSummary(StringBuilder text)
    {
        text.Append("""
            ## Who wins

            Mean over all budgets of the loss less the rule's loss (negative: better than the rule); "better" and "worse" count budgets, and seeds, with a difference
            beyond two standard errors. Evaluations and seconds are the most for one budget.

            | way | to the rule | better | equal | worse | evaluations | seconds |
            |---|---:|---:|---:|---:|---:|---:|

            """);
        var means = new Dictionary<string, LossDifference>();
        foreach (var way in Budgets[0].Outcomes.Skip(1).Select(outcome => outcome.Way).Distinct())
        {
            var pairs = Budgets.SelectMany(budget => budget.Outcomes.Where(outcome => outcome.Way == way).Select(outcome => (Way: outcome, Rule: budget.Outcomes[0]))).ToList();
            means.Add(way, LossDifference.Of(Mean(pairs.Select(pair => pair.Way.Plan)), Mean(pairs.Select(pair => pair.Rule.Plan)), Judged));
            var signs = pairs.ConvertAll(pair => Difference(pair.Way.Plan, pair.Rule.Plan)).ConvertAll(d => Math.Abs(d.Mean) <= 2 * d.StandardError ? 0 : Math.Sign(d.Mean));
            string[] cells = [Print(means[way]), .. new[] { -1, 0, 1 }.Select(sign => $"{signs.Count(sign.Equals)}"), $"{pairs.Max(pair => pair.Way.Evaluations)}"];
            text.Append(CultureInfo.InvariantCulture, $"| {way} | {string.Join(" | ", cells)} | {pairs.Max(pair => pair.Way.Seconds):F0} |\n");
        }

        var (best, least) = means.MinBy(mean => mean.Value.Mean);
        text.Append(least.Mean < 0 ? $"\nBest on average: **{best}**, {Print(least)} nats per token to the rule.\n\n" : "\nBest on average: **the rule**.\n\n");
    }

    private void WriteBudgets(StringBuilder text)
    {
        text.Append("""
            ## Budget by budget

            | budget | way | plan | parameters | loss | to the rule |
            |---:|---|---|---:|---:|---:|

            """);
        foreach (var budget in Budgets)
        {
            foreach (var outcome in budget.Outcomes)
            {
                var difference = outcome == budget.Outcomes[0] ? "" : Print(Difference(outcome.Plan, budget.Outcomes[0].Plan));
                text.Append(CultureInfo.InvariantCulture, $"| {budget.Budget} | {outcome.Name} | {Plan(outcome.Plan)} | {ParameterCount.Of(Config, outcome.Plan).Total:N0} | {Loss(outcome.Plan):F4} | {difference} |\n");
            }
        }

        text.Append('\n');
    }

    private void WriteShapes(StringBuilder text)
    {
        text.Append("""
            ## The paper's four shapes

            The same two widths in as many layers, arranged differently: plans of one row have the same size. Differences are to the increasing plan (positive: worse).

            | increasing | loss | decreasing | V (wide at both ends) | hill (wide in the middle) |
            |---|---:|---:|---:|---:|

            """);
        PlanShape[] others = [PlanShape.Decreasing, PlanShape.V, PlanShape.Hill];
        foreach (var shape in Shapes)
        {
            var increasing = shape[(int)PlanShape.Increasing];
            text.Append(CultureInfo.InvariantCulture, $"| {Plan(increasing)} | {Loss(increasing):F4} | {string.Join(" | ", others.Select(other => Print(Difference(shape[(int)other], increasing))))} |\n");
        }

        var mean = Mean(Shapes.Select(shape => shape[(int)PlanShape.Increasing]));
        text.Append(CultureInfo.InvariantCulture, $"| mean | {mean.Sum() / Judged:F4} | {string.Join(" | ", others.Select(other => Print(LossDifference.Of(Mean(Shapes.Select(shape => shape[(int)other])), mean, Judged))))} |\n\n");
    }

    private void WritePredictions(StringBuilder text)
    {
        text.Append("""
            ## How well single layers predict a plan

            The programme's plan, its loss as the sum of its layers' increments over the whole model's, and as measured, both on the text for choosing.

            | budget | plan | predicted | measured | error |
            |---:|---|---:|---:|---:|

            """);
        foreach (var budget in Budgets)
        {
            var plan = budget.Outcomes.First(outcome => outcome.Way == "programme").Plan;
            text.Append(CultureInfo.InvariantCulture, $"| {budget.Budget} | {Plan(plan)} | {budget.Predicted:F4} | {budget.Measured:F4} | {budget.Predicted - budget.Measured:+0.0000;-0.0000} |\n");
        }

        text.Append('\n');
    }

    private void WriteTimes(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"""
            ## Milliseconds

            `nestor profile` on this model, {Table.Machine}: {Table.Type}, {(Table.Threads == 1 ? "1 thread" : $"{Table.Threads} threads")}, {Table.Clock} time, {Table.Tokens} tokens from an empty context, medians of {Table.Rounds} rounds. All layers have one shape and are measured together.
            Attention, embedding and head take {Table.FixedMilliseconds:F4} ms of a token; each layer's feed-forward block {string.Join(", ", Table.Layers[0].Widths.Zip(Table.Layers[0].Milliseconds).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Second:F4} ms at {pair.First} neurons")))}.

            | mixed plan, not used for the table | predicted ms | measured ms | error |
            |---|---:|---:|---:|

            """);
        foreach (var check in Table.Checks)
            text.Append(CultureInfo.InvariantCulture, $"| {Plan(check.Plan)} | {check.Predicted:F4} | {check.Measured:F4} | {100 * check.Error:+0.0;-0.0;0.0} % |\n");
    }

    private double Loss(WidthPlan plan) => Findings.Windows(plan).Sum() / Judged;

    private LossDifference Difference(WidthPlan first, WidthPlan second) => LossDifference.Of(Findings.Windows(first), Findings.Windows(second), Judged);

    /// <summary>The mean over plans of the nats of each window.</summary>
    private double[] Mean(IEnumerable<WidthPlan> plans)
    {
        var all = plans.Select(Findings.Windows).ToList();
        return [.. Enumerable.Range(0, all[0].Length).Select(window => all.Average(nats => nats[window]))];
    }

    private string Plan(WidthPlan plan) => WidthPlanText.Print(plan, Config.Granularities);

    private static string Print(LossDifference difference) =>
        string.Create(CultureInfo.InvariantCulture, $"{difference.Mean:+0.0000;-0.0000;0.0000} ± {difference.StandardError:F4}");
}
