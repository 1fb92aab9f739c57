using System.Globalization;
using System.Net;
using System.Text;
using Nestor.Formats;

namespace Nestor.Cli.Reports;

/// <summary>What <c>nestor plan</c> found, as a folder: the plan, a program's JSON, and one HTML page that needs nothing else.</summary>
internal static class PlanReport
{
    /// <summary>Writes <c>plan.txt</c>, <c>plan.json</c> and <c>plan.html</c>.</summary>
    public static void Write(FoundPlan found, string folder)
    {
        foreach (var (name, text) in new[] { ("plan.txt", found.Text + "\n"), ("plan.json", PlanJson.Of(found) + "\n"), ("plan.html", Html(found)) })
            AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    private static string Html(FoundPlan found)
    {
        var (selection, cost) = (found.Selection, found.Cost);
        return HtmlPage.Of($"Plan for {Text(found.Budget.ToString())}", $$"""
            <h1>{{Text(found.Text)}}</h1>
            <p>The plan for {{Text(found.Budget.ToString())}} by the rule “{{Text(selection.Rule.ToString().ToLowerInvariant())}}”: {{Number(cost.Parameters.Total)}} parameters
            ({{Number(cost.Parameters.NonEmbedding)}} without embeddings), {{Number(cost.Bytes)}} bytes as {{Text(found.Type.ToString())}}{{(cost.Milliseconds is { } time ? $", {Time(time)} ms per token by the cost table" : "")}}.
            Its loss is {{Loss(selection.Loss)}} nats per token, the whole model's {{Loss(selection.WholeLoss)}}: {{(selection.Loss - selection.WholeLoss).ToString("+0.0000;-0.0000", CultureInfo.InvariantCulture)}}.
            {{Number(selection.Evaluations)}} plans were measured, each on {{Number(found.Tokens)}} tokens.</p>
            {{InlineSvg.Of(FrontierChart.Draw(selection, found.Budget.Unit), "Loss against cost")}}
            <table>
            <tr><th>plan</th><th>parameters</th><th>bytes</th>{{(found.Table is null ? "" : "<th>ms</th>")}}<th>predicted loss</th><th>measured loss</th></tr>
            {{string.Concat(found.Overview.Select(point => Row(found, point)))}}</table>
            """);
    }

    private static string Row(FoundPlan found, MixNMatch.PlanPoint point)
    {
        var cost = found.CostOf(point.Plan);
        var time = cost.Milliseconds is { } milliseconds ? $"<td>{Time(milliseconds)}</td>" : "";
        return $"<tr{(point.Plan.Equals(found.Selection.Plan) ? " class=\"chosen\"" : "")}><td>{Text(found.Print(point.Plan))}</td><td>{Number(cost.Parameters.Total)}</td><td>{Number(cost.Bytes)}</td>{time}<td>{Loss(point.Predicted)}</td><td>{Loss(point.Measured)}</td></tr>\n";
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Time(double milliseconds) => milliseconds.ToString("G4", CultureInfo.InvariantCulture);

    private static string Loss(double? loss) => loss?.ToString("F4", CultureInfo.InvariantCulture) ?? "";
}
