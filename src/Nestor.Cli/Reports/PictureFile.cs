using Nestor.Formats;
using ScottPlot;

namespace Nestor.Cli.Reports;

/// <summary>Pictures of results as files.</summary>
internal static class PictureFile
{
    /// <summary>Writes a plot as PNG.</summary>
    public static void Write(string path, Plot plot) =>
        AtomicFile.Write(path, stream => stream.Write(plot.GetImageBytes(1000, 600, ImageFormat.Png)));
}
