using System.Globalization;
using System.Text;
using Nestor.Cli.Sensing;
using Nestor.Formats;
using Nestor.Inference.Measurement;

namespace Nestor.Cli.Reports;

/// <summary>The page and the pictures of <c>nestor reproduce sensing</c>.</summary>
internal sealed record SensingReport
{
    public required string Command { get; init; }

    public required string? Remark { get; init; }

    public required bool IsQuick { get; init; }

    /// <summary>Writes <c>sensing.md</c> and the pictures of what there is so far.</summary>
    public void Write(string folder, IReadOnlyList<(SensingExperiment Experiment, SensingSection Section)> results)
    {
        Directory.CreateDirectory(folder);
        foreach (var chart in results.SelectMany(result => result.Section.Charts))
            AtomicFile.Write(Path.Combine(folder, chart.File), stream => stream.Write(chart.Draw()));
        AtomicFile.Write(Path.Combine(folder, "sensing.md"), stream => stream.Write(Encoding.UTF8.GetBytes(Markdown(results))));
    }

    private string Markdown(IReadOnlyList<(SensingExperiment Experiment, SensingSection Section)> results)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Group lasso on matrix sensing

            Statements of Rajaraman et al. 2023 (arXiv 2303.11453), and what follows from them: a factor with too many columns, trained with a group lasso on its columns, is left with
            exactly as many as the hidden matrix has rank; without the penalty columns cannot be pruned. Errors are ‖UUᵀ − M‖ in Frobenius' norm. Everything here is a function of the
            seeds, up to rounding.{(IsQuick ? " **A short run: few seeds and settings.**" : "")}

            * Machine: {MachineDescription.Text}.
            * Command: `{Command}`
            {(Remark is null ? "" : $"* Remark: {Remark}\n")}
            """);
        foreach (var (experiment, section) in results)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {experiment.Id}. {experiment.Title}\n\n{section.Text}");
            foreach (var chart in section.Charts)
                text.Append(CultureInfo.InvariantCulture, $"\n![{chart.Title}]({chart.File})\n");
        }

        return text.ToString();
    }
}
