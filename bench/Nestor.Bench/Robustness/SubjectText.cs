using System.Globalization;
using Nestor.Training.Robustness;

namespace Nestor.Bench.Robustness;

/// <summary>A model, images and how far they may be moved, as the command line names them.</summary>
/// <param name="Folder">A model folder.</param>
/// <param name="Images">Images of a test part.</param>
/// <param name="Epsilon">Such as 0.3 or 8/255, in the infinity norm.</param>
internal sealed record SubjectText(string Folder, string Images, string Epsilon)
{
    /// <summary>What reports call it.</summary>
    public string Name => $"{Folders.Last(Folder)}, {Folders.Last(Images)}, {Epsilon}";

    /// <summary>What an attacker may do.</summary>
    public Threat Threat
    {
        get
        {
            double[] parts = [.. Epsilon.Split('/').Select(part => double.Parse(part, CultureInfo.InvariantCulture))];
            var threat = new Threat(Norm.Infinity, parts.Length == 2 ? parts[0] / parts[1] : parts[0]);
            threat.Validate();
            return threat;
        }
    }
}
