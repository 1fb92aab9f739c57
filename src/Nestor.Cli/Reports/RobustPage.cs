using System.Globalization;
using System.Net;
using Nestor.Training.Robustness;

namespace Nestor.Cli.Reports;

/// <summary>A <see cref="RobustReport"/> as a page.</summary>
internal static class RobustPage
{
    /// <summary>The whole page.</summary>
    public static string Of(RobustReport report)
    {
        var (last, norm) = (report.Rows[^1], report.Threat.Norm);
        return HtmlPage.Of("Robustness", $$"""
            <h1>Robustness</h1>
            <p>{{Text(last.Name)}} answers {{Percent(last.Robust)}} ± {{Percent(last.StandardError)}} of {{Number(report.Count)}} images of {{Text(report.Images)}} rightly whatever the attacks below tried, within
            {{RobustCurveChart.Label(report.Threat.Epsilon, norm)}} in the {{(norm == Norm.Infinity ? "infinity" : "Euclidean")}} norm, and {{Percent(last.Clean)}} of them unperturbed. An image counts as robust only
            if every attack failed. No answer is a wrong answer.</p>
            <p><code>{{Text(report.Command)}}</code></p>
            {{Accuracies([.. report.Everything])}}
            {{Committee(report)}}
            {{Lines(report.Warnings.Select(warning => $"<blockquote><b>{warning.Code}</b> {Text(warning.Message)}</blockquote>"))}}
            {{Curves(report)}}
            {{Lines(report.Everything.Reverse().Select(Attacks))}}
            {{(report.Gallery.Count == 0 ? "" : "<h2>Images that fell</h2>\n<p>Each as it was, as it became, and what was changed, made as strong as it can be shown.</p>")}}
            {{Lines(report.Gallery.Select(shown => $"<p>{Text(shown.Class)}<br><img alt=\"An image, its perturbed form and the perturbation\" src=\"data:image/png;base64,{Convert.ToBase64String(shown.Png)}\"></p>"))}}
            """);
    }

    private static string Accuracies(IReadOnlyList<RobustRow> rows)
    {
        var certified = rows.Any(row => row.Certified is not null);
        return Table(
            ["defence", "clean", "robust", "standard error", .. certified ? ["certified"] : Array.Empty<string>(), "gradients", "queries", "seconds"],
            rows.Select(row => (IEnumerable<string>)
            [
                Text(row.Name), Percent(row.Clean), Percent(row.Robust), Percent(row.StandardError), .. certified ? [row.Certified is { } share ? Percent(share) : ""] : Array.Empty<string>(),
                Number(row.Attacks.Sum(attack => attack.Gradients)), Number(row.Attacks.Sum(attack => attack.Queries)), Seconds(row.Attacks.Sum(attack => attack.Seconds)),
            ]),
            chosen: rows.Count - 1)
            + (certified ? "\n<p>What is certified is proved by interval bounds: no attack, known or not, breaks it. A vote counts as certified where members of whom nothing is proved could not change it.</p>" : "");
    }

    private static string Committee(RobustReport report)
    {
        if (report.Committee is not { } committee)
            return "";
        List<string> lines =
        [
            $"{Text(report.Policy!.GetType().Name)} of {report.Rows.Count - 1}; no answer to {Percent(committee.Abstention)} of the unperturbed images, and to {Percent(committee.AbstentionUnderAttack)} under attack.",
            $"Counting gives at least {Percent(committee.Counted)}: there a majority of the members withstood everything alone. What fooled the members leaves at most {Percent(committee.Transferred)}.",
        ];
        if (committee.Checks is { } checks)
        {
            var repeated = checks.Repeated;
            lines.Add($"Of {Number(checks.Images)} images the vote withstands {Percent(checks.Vote)}; after an attack on the members' average alone it would seem to be {Percent(checks.Surrogate)}.");
            lines.Add($"{Text(repeated.Member)}, voting twice with {Text(repeated.Other)}, is itself: alone it withstands {Percent(repeated.Alone)} of them, the vote {Percent(repeated.Voting)} "
                + $"({repeated.OnlyAlone} only alone, {repeated.OnlyVoting} only voting).");
        }

        if (committee.Rivals.Count > 0)
            lines.Add("Rivals combine the scores of the same models instead of counting votes. Each was attacked as one model, then by all attacks on the vote and by what fooled the models, the other rivals and the vote; the vote met what fooled the rivals.");
        return $"<ul>\n{Lines(lines.Select(line => $"<li>{line}</li>"))}</ul>";
    }

    private static string Curves(RobustReport report)
    {
        List<RobustRow> rows = [.. report.Rows.Where(row => row.Curve is not null)];
        if (rows.Count == 0)
            return "";
        var first = rows[0].Curve!;
        return "<h2>Robust accuracy against epsilon</h2>\n"
            + InlineSvg.Of(RobustCurveChart.Draw(rows, report.Threat.Norm), "Robust accuracy against epsilon") + "\n"
            + $"<p>Of the first {Number(first.Images)} images. At {RobustCurveChart.Label(report.Threat.Epsilon, report.Threat.Norm)} it is what all attacks left, elsewhere what quick ones left, an upper bound. "
            + "What fell within a radius counts as fallen within every larger one. At the largest radius every image can be made any other, so that nothing should be left.</p>\n"
            + Table(
                ["epsilon", .. rows.Select(row => Text(row.Name))],
                first.Points.Select((point, i) => rows.Select(row => Percent(row.Curve!.Points[i].RobustAccuracy)).Prepend(RobustCurveChart.Label(point.Epsilon, report.Threat.Norm))))
            + $"\n<details><summary>Parameters of the quick attacks</summary>{Lines(rows.SelectMany(row => row.Curve!.Attacks).Distinct().Select(settings => $"<p><code>{Text(settings)}</code></p>"))}</details>";
    }

    private static string Attacks(RobustRow row) =>
        $"<h2>Attacks on {Text(row.Name)}, one after the other</h2>\n"
        + Table(
            ["attack", "attacked", "fell", "left", "standard error", "gradients", "queries", "seconds"],
            row.Attacks.Select(attack => (IEnumerable<string>)
            [
                Text(attack.Attack), Number(attack.Attacked), Number(attack.Fell), Percent(attack.Robust), Percent(attack.StandardError), Number(attack.Gradients), Number(attack.Queries), Seconds(attack.Seconds),
            ]))
        + $"\n<details><summary>Parameters</summary>{Lines(row.Attacks.Select(attack => $"<p><code>{Text(attack.Settings)}</code></p>"))}</details>";

    private static string Table(IEnumerable<string> headings, IEnumerable<IEnumerable<string>> rows, int chosen = -1) =>
        $"<table>\n<tr>{string.Concat(headings.Select(heading => $"<th>{heading}</th>"))}</tr>\n"
        + Lines(rows.Select((row, i) => $"<tr{(i == chosen ? " class=\"chosen\"" : "")}>{string.Concat(row.Select(cell => $"<td>{cell}</td>"))}</tr>")) + "</table>";

    private static string Lines(IEnumerable<string> lines) => string.Concat(lines.Select(line => line + "\n"));

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(double seconds) => seconds.ToString("F1", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("F1", CultureInfo.InvariantCulture) + "%";
}
