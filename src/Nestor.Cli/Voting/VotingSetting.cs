using System.Globalization;
using Nestor.Training.Robustness;

namespace Nestor.Cli.Voting;

/// <summary>Images and an attacker.</summary>
/// <param name="Key">A short name, for folders and the command line.</param>
/// <param name="Title">The name in reports.</param>
/// <param name="Source">Where the images are from.</param>
/// <param name="Epsilon">The largest change of a pixel, of those from 0 to 1.</param>
internal sealed record VotingSetting(string Key, string Title, VotingSource Source, double Epsilon)
{
    /// <summary>Every setting of the experiment.</summary>
    public static IReadOnlyList<VotingSetting> All { get; } =
    [
        new("shapes-4", "drawn shapes, 4/255", VotingSource.Shapes, 4 / 255.0),
        new("shapes-8", "drawn shapes, 8/255", VotingSource.Shapes, 8 / 255.0),
        new("mnist-0.2", "MNIST, 0.2", VotingSource.Mnist, 0.2),
        new("mnist-0.3", "MNIST, 0.3", VotingSource.Mnist, 0.3),
        new("cifar-2", "CIFAR-10, 2/255", VotingSource.Cifar, 2 / 255.0),
        new("cifar-8", "CIFAR-10, 8/255", VotingSource.Cifar, 8 / 255.0),
    ];

    /// <summary>What an attacker may do.</summary>
    public Threat Threat => new(Norm.Infinity, Epsilon);

    /// <summary>The setting of a key.</summary>
    /// <exception cref="NestorException">There is none.</exception>
    public static VotingSetting Of(string key) => All.FirstOrDefault(setting => setting.Key == key)
        ?? throw new NestorException(string.Create(CultureInfo.InvariantCulture, $"'{key}' is not a setting; choose {string.Join(", ", All.Select(setting => setting.Key))}."));
}

/// <summary>Where images of an experiment are from.</summary>
internal enum VotingSource
{
    /// <summary>Drawn ones.</summary>
    Shapes,

    /// <summary>Handwritten digits.</summary>
    Mnist,

    /// <summary>Photographs in ten classes.</summary>
    Cifar,
}
