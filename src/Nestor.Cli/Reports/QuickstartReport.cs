using System.Globalization;
using System.Net;
using System.Text;
using Nestor.Formats;
using Nestor.Models;
using Nestor.Training.Evaluation;
using Nestor.Training.Optimization;

namespace Nestor.Cli.Reports;

/// <summary>Text that a slice wrote.</summary>
/// <param name="Plan">The slice's plan as text.</param>
/// <param name="Prompt">What it was given.</param>
/// <param name="Text">What it wrote.</param>
internal sealed record WrittenSample(string Plan, string Prompt, string Text);

/// <summary>What <c>nestor quickstart</c> found, as one HTML page that needs nothing else.</summary>
internal sealed record QuickstartReport
{
    public required ModelConfig Config { get; init; }

    public required string Source { get; init; }

    public required TrainingTotals Totals { get; init; }

    public required IReadOnlyList<MeasuredLoss> Granularities { get; init; }

    public required IReadOnlyList<MeasuredLoss> Mixes { get; init; }

    public required IReadOnlyList<WrittenSample> Samples { get; init; }

    /// <summary>Writes the page.</summary>
    public void Write(string path) => AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(Html())));

    private string Html()
    {
        var chart = LossChart.Draw("One training run, every size", Config, [new("trained granularities", Granularities, Joined: true), new("Mix'n'Match, never trained", Mixes, Joined: false)]);
        return HtmlPage.Of("Nestor quickstart", $$"""
            <h1>Nestor quickstart</h1>
            <p>One model, trained once: {{Number(Totals.Tokens)}} tokens of {{Text(Source)}} in {{Totals.Time.ToString(@"m\:ss", CultureInfo.InvariantCulture)}} minutes.
            In every step one of its {{Config.Granularities.Count}} granularities learned; every other size is a slice that was never trained.</p>
            {{InlineSvg.Of(chart, "Loss against size")}}
            <h2>Loss on held-out text</h2>
            <table>
            <tr><th>plan</th><th>parameters</th><th>without embeddings</th><th>nats per token</th><th>bits per byte</th></tr>
            {{string.Concat(Granularities.Concat(Mixes).Select(Row))}}</table>
            <p>A plan says how many feed-forward neurons each of the {{Config.Layers}} layers keeps; {{Text(string.Join(", ", Config.Granularities.Select(g => $"{g.Name} is {g.Width}")))}}.</p>
            <h2>What they write</h2>
            {{string.Concat(Samples.Select(Sample))}}
            """);
    }

    private string Row(MeasuredLoss loss)
    {
        var count = ParameterCount.Of(Config, loss.Plan);
        return $"<tr><td>{Text(WidthPlanText.Print(loss.Plan, Config.Granularities))}</td><td>{Number(count.Total)}</td><td>{Number(count.NonEmbedding)}</td><td>{Loss(loss.NatsPerToken)}</td><td>{Loss(loss.BitsPerByte)}</td></tr>\n";
    }

    private static string Sample(WrittenSample sample) =>
        $"<h3>{Text(sample.Plan)}</h3>\n<blockquote><b>{Text(sample.Prompt)}</b>{Text(sample.Text)}</blockquote>\n";

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Loss(double loss) => loss.ToString("F3", CultureInfo.InvariantCulture);
}
