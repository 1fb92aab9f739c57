using System.Globalization;
using System.Net;
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

    public required Threat Threat { get; init; }

    public required VotePolicy? Policy { get; init; }

    /// <summary>Each model, and the vote at last where there are several.</summary>
    public required IReadOnlyList<RobustRow> Rows { get; init; }

    public required RobustCommittee? Committee { get; init; }

    public required IReadOnlyList<RobustnessWarning> Warnings { get; init; }

    public required IReadOnlyList<RobustGallery> Gallery { get; init; }

    /// <summary>Everything but the gallery.</summary>
    public string Json() => JsonSerializer.Serialize(
        new { Command, Norm = Threat.Norm == Norm.Two ? "2" : "inf", Threat.Epsilon, Policy = Policy?.GetType().Name, Models = Rows, Committee, Warnings }, JsonOptions);

    /// <summary>Writes <c>report.html</c> and <c>report.json</c>.</summary>
    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.Write(Path.Combine(folder, "report.json"), stream => stream.Write(Encoding.UTF8.GetBytes(Json())));
        AtomicFile.Write(Path.Combine(folder, "report.html"), stream => stream.Write(Encoding.UTF8.GetBytes(Html())));
    }

    private string Html()
    {
        var last = Rows[^1];
        var fraction = Threat.Norm == Norm.Infinity ? string.Create(CultureInfo.InvariantCulture, $" ({255 * Threat.Epsilon:0.##}/255)") : "";
        return HtmlPage.Of("Robustness", $$"""
            <h1>Robustness</h1>
            <p>{{Text(last.Name)}} answers {{Percent(last.Robust)}} ± {{Percent(last.StandardError)}} of the images rightly whatever the attacks below tried, within {{Number(Threat.Epsilon)}}{{fraction}} in the
            {{(Threat.Norm == Norm.Infinity ? "infinity" : "Euclidean")}} norm, and {{Percent(last.Clean)}} of them unperturbed. An image counts as robust only if every attack failed. No answer is a wrong answer.</p>
            <p><code>{{Text(Command)}}</code></p>
            <table>
            <tr><th>model</th><th>clean</th><th>robust</th><th>standard error</th></tr>
            {{string.Concat(Rows.Select(row => $"<tr><td>{Text(row.Name)}</td><td>{Percent(row.Clean)}</td><td>{Percent(row.Robust)}</td><td>{Percent(row.StandardError)}</td></tr>\n"))}}</table>
            {{Notes()}}
            {{string.Concat(Warnings.Select(warning => $"<blockquote><b>{warning.Code}</b> {Text(warning.Message)}</blockquote>\n"))}}
            {{string.Concat(Rows.Reverse().Select(Attacks))}}
            {{(Gallery.Count == 0 ? "" : "<h2>Images that fell</h2>\n<p>Each as it was, as it became, and what was changed, made as strong as it can be shown.</p>\n")}}
            {{string.Concat(Gallery.Select(shown => $"<p>{Text(shown.Class)}<br><img alt=\"An image, its perturbed form and the perturbation\" src=\"data:image/png;base64,{Convert.ToBase64String(shown.Png)}\"></p>\n"))}}
            """);
    }

    private string Notes() => Committee is { } committee
        ? $"<p>{Text(Policy!.GetType().Name)} of {Rows.Count - 1}; no answer to {Percent(committee.Abstention)} of the unperturbed images. At {Percent(committee.Counted)} of the images a majority of the members withstood everything alone.</p>"
        : "";

    private static string Attacks(RobustRow row) =>
        $"<h2>Attacks on {Text(row.Name)}, one after the other</h2>\n<table>\n<tr><th>attack</th><th>attacked</th><th>fell</th><th>gradients</th><th>queries</th><th>seconds</th></tr>\n"
        + string.Concat(row.Attacks.Select(attack => $"<tr><td title=\"{Text(attack.Settings)}\">{Text(attack.Attack)}</td><td>{attack.Attacked}</td><td>{attack.Broken}</td><td>{Count(attack.Cost.Gradients)}</td><td>{Count(attack.Cost.Queries)}</td><td>{attack.Seconds.ToString("F1", CultureInfo.InvariantCulture)}</td></tr>\n"))
        + "</table>\n";

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Count(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Number(double number) => number.ToString("0.#####", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture) + "%";
}
