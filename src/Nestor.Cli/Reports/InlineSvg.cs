namespace Nestor.Cli.Reports;

/// <summary>A picture as an element of an HTML page, as wide as the page.</summary>
internal static class InlineSvg
{
    private const int Width = 900, Height = 520;

    /// <summary>Draws a plot.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="label">What it shows, for people who do not see it.</param>
    public static string Of(ScottPlot.Plot plot, string label)
    {
        var svg = plot.GetSvgXml(Width, Height);
        return svg[svg.IndexOf("<svg", StringComparison.Ordinal)..].Replace("<svg ", $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{label}\" ", StringComparison.Ordinal);
    }
}
