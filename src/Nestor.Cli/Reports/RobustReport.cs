using System.Text;
using System.Text.Json;
using Nestor.Formats;
using Nestor.Training.Robustness;
using Nestor.Voting;

namespace Nestor.Cli.Reports;

/// <summary>What <c>nestor robust evaluate</c> found, for programs and as a page that needs nothing else.</summary>
internal sealed record RobustReport
{
    private static readonly JsonSerializerOptions JsonOptions = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public required string Command { get; init; }

    public required string Images { get; init; }

    /// <summary>How many images were attacked.</summary>
    public required int Count { get; init; }

    public required Threat Threat { get; init; }

    public required VotePolicy? Policy { get; init; }

    /// <summary>Each model, and the vote at last where there are several.</summary>
    public required IReadOnlyList<RobustRow> Rows { get; init; }

    public required RobustCommittee? Committee { get; init; }

    public required IReadOnlyList<RobustnessWarning> Warnings { get; init; }

    public required IReadOnlyList<RobustGallery> Gallery { get; init; }

    /// <summary>The models, the rivals, and the vote at last.</summary>
    public IEnumerable<RobustRow> Everything => Rows.SkipLast(1).Concat(Committee?.Rivals ?? []).Append(Rows[^1]);

    /// <summary>Everything but the gallery.</summary>
    public string Json() => JsonSerializer.Serialize(
        new { Command, Images, Count, Norm = Threat.Norm == Norm.Two ? "2" : "inf", Threat.Epsilon, Policy = Policy?.GetType().Name, Models = Rows, Committee, Warnings }, JsonOptions);

    /// <summary>Writes <c>report.html</c> and <c>report.json</c>.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, "report.json"), stream => stream.Write(Encoding.UTF8.GetBytes(Json())));
        AtomicFile.Write(Path.Combine(folder, "report.html"), stream => stream.Write(Encoding.UTF8.GetBytes(RobustPage.Of(this))));
    }
}
