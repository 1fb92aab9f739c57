using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Nestor.Cli.Commands;
using Nestor.Formats;
using Nestor.Training.Pruning.TeacherStudent;

namespace Nestor.Cli.Reports;

/// <summary>A row of the tables of <c>nestor reproduce pruning --teacher</c>.</summary>
/// <param name="Experiment">How the students were trained.</param>
/// <param name="Measures">What came of each seed.</param>
internal sealed record StudentRow(StudentExperiment Experiment, IReadOnlyList<StudentMeasures> Measures);

/// <summary>The page of networks whose size is known.</summary>
internal sealed record PruningTeacherReport
{
    public const string File = "pruning-teacher.md";

    public required PruningSetting Setting { get; init; }

    public required int Steps { get; init; }

    public required IReadOnlyList<StudentRow> Strengths { get; init; }

    public required IReadOnlyList<StudentRow> OneSided { get; init; }

    public required IReadOnlyList<StudentRow> Normalised { get; init; }

    public required IReadOnlyList<NestedErrors> Nesting { get; init; }

    /// <summary>Writes the page and its pictures.</summary>
    public void Write()
    {
        FolderCreation.Create(Setting.Output);
        PictureFile.Write(Path.Combine(Setting.Output, "pruning-teacher-norms.png"), PruningTeacherCharts.Norms(Strengths));
        PictureFile.Write(Path.Combine(Setting.Output, "pruning-teacher-nesting.png"), PruningTeacherCharts.Nesting(Nesting));
        AtomicFile.Write(Path.Combine(Setting.Output, File), stream => stream.Write(Encoding.UTF8.GetBytes(Markdown())));
    }

    private string Markdown()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Group lasso on networks whose size is known

            Students of {StudentExperiment.Neurons} neurons learn from a teacher of 8 (20 inputs, 5 outputs, 3,000 noisy examples; {Steps:N0} steps of Adam, batch 500, learning rate 5e-3 along a
            cosine to 0). Errors are mean squared errors on clean answers over their variance, means over seeds; each seed is another teacher, other data and another student.
            A neuron is *alive* if the joint norm of its weights is above .1. *Gap* is the mean ratio of the norms on both sides of the largest gap; *found* is how often that gap is
            above 10 and lies behind the eighth neuron. *Top 8* keeps the eight neurons of the largest joint norms, without and with 2,000 steps of fine-tuning without penalty.
            {(Setting.Quick ? "\n**A short try (`--quick`): these figures mean little.**\n" : "")}
            * Machine: {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}.
            * Command: `{Setting.Command}`
            {(Setting.Remark is null ? "" : $"* Remark: {Setting.Remark}\n")}
            ## Strengths

            Penalties on the joint group of a neuron: *coupled* is the smoothed group lasso in Adam's gradient, *decoupled* the same beside it, *proximal* the group lasso itself by its
            proximal step, *target* a linear decay of the smallest to an exact width over the first half of the steps.

            ![Joint norms of the neurons, sorted](pruning-teacher-norms.png)

            | neurons | penalty | error | alive | found 8 | gap | error of the alive | top 8 | top 8 fine-tuned |
            |---|---|---:|---|---|---:|---:|---:|---:|

            """);
        foreach (var (experiment, measures) in Strengths.OrderBy(row => row.Experiment.Kind))
        {
            var found = measures.Count(measure => measure.Found is { IsCertain: true, Kept: 8 });
            text.Append(CultureInfo.InvariantCulture, $"| {Kind(experiment)} | {experiment.Name} | {Mean(measures, m => m.Error)} | {Counts(measures, m => m.AliveByJointNorm)} | {found} of {measures.Count} | {Gap(measures)} | {Mean(measures, m => m.ErrorOfAlive)} | {Mean(measures, m => m.TopByJointNorm)} | {Mean(measures, m => m.TopFineTuned ?? double.NaN)} |\n");
        }

        text.Append("""

            ## One-sided groups

            The proximal penalty (lambda .5 where nothing else is said) on parts of a neuron. (w_in, w_out) and (c w_in, w_out / c) compute the same, so what is not penalised grows and
            nothing is removed. *Alive* counts neurons none of whose parts is zero; *by product* those whose product of norms is above 1 % of the largest.

            | neurons | penalised | error | alive | by product | largest norm before, after the neuron | top 8 by joint norm | top 8 by product |
            |---|---|---:|---|---|---:|---:|---:|

            """);
        foreach (var (experiment, measures) in OneSided)
            text.Append(CultureInfo.InvariantCulture, $"| {Kind(experiment)} | {experiment.Name} | {Mean(measures, m => m.Error)} | {Counts(measures, m => m.AliveByParts)} | {Counts(measures, m => m.AliveByProduct)} | {measures.Max(m => m.LargestIn):F1}, {measures.Max(m => m.LargestOut):F1} | {Mean(measures, m => m.TopByJointNorm)} | {Mean(measures, m => m.TopByProduct)} |\n");

        text.Append("""

            ## A normalisation behind the weights

            ReLU neurons with batch normalisation between w_in and the bias: the length of w_in does not matter, so a penalty on it prunes nothing and its norm ranks nothing. The convolutions of
            this library therefore leave filters before a normalisation out of the joint norm and take its scale and the consumers' weights.

            | penalised | error | zero w_in | zero w_out | largest w_in | top 8 by joint norm | by w_out | by w_in |
            |---|---:|---|---|---:|---:|---:|---:|

            """);
        foreach (var (experiment, measures) in Normalised)
            text.Append(CultureInfo.InvariantCulture, $"| {experiment.Name} | {Mean(measures, m => m.Error)} | {Counts(measures, m => m.ZeroIn)} | {Counts(measures, m => m.ZeroOut)} | {measures.Max(m => m.LargestIn):G2} | {Mean(measures, m => m.TopByJointNorm)} | {Mean(measures, m => m.TopByOut)} | {Mean(measures, m => m.TopByIn)} |\n");

        text.Append(CultureInfo.InvariantCulture, $"""

            ## Order before nesting

            A teacher of 24 neurons of fading importance, a student of 64. It is trained, its neurons are put in order, then prefixes of {string.Join(", ", NestingExperiment.Widths)} neurons are fine-tuned together
            (mean of their losses, learning rate 2e-3). Errors of the prefixes, means over seeds of student and batches.

            ![Error of prefixes](pruning-teacher-nesting.png)

            | training before | order | nested steps | {string.Join(" | ", NestingExperiment.Widths)} |
            |---|---|---:|{string.Concat(NestingExperiment.Widths.Select(_ => "---:|"))}

            """);
        foreach (var group in Nesting.GroupBy(errors => (errors.Preparation, errors.Order, errors.Steps)).OrderBy(group => group.Key.Order.Length == 0).ThenBy(group => group.Key.Order.Length == 0 ? 0 : group.Key.Steps))
            text.Append(CultureInfo.InvariantCulture, $"| {group.Key.Preparation} | {group.Key.Order} | {group.Key.Steps:N0} | {string.Join(" | ", NestingExperiment.Widths.Select((_, i) => Number(group.Average(errors => errors.Errors[i]))))} |\n");
        return text.ToString();
    }

    private static string Kind(StudentExperiment experiment) => experiment.Kind switch
    {
        NeuronKind.SwiGlu => "SwiGLU",
        NeuronKind.Relu => "ReLU",
        _ => "ReLU after a normalisation",
    };

    private static string Counts(IReadOnlyList<StudentMeasures> measures, Func<StudentMeasures, int> count) => string.Join(' ', measures.Select(count));

    private static string Gap(IReadOnlyList<StudentMeasures> measures)
    {
        var gaps = measures.Where(measure => measure.Found.IsCertain).Select(measure => measure.Found.Gap).ToList();
        return gaps.Count == 0 ? "none" : gaps.Any(gap => gap > 1e6) ? "above 1e6" : gaps.Average().ToString("N0", CultureInfo.InvariantCulture);
    }

    private static string Mean(IReadOnlyList<StudentMeasures> measures, Func<StudentMeasures, double> value) => Number(measures.Average(value));

    private static string Number(double value) => value.ToString(value < 0.1 ? "F4" : "F3", CultureInfo.InvariantCulture);
}
