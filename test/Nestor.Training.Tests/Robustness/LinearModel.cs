using Nestor.Training.Robustness;
using static TorchSharp.torch;

namespace Nestor.Training.Tests.Robustness;

/// <summary>A linear classifier of grey images, whose exact robustness is known: an image falls if some class's margin is less than epsilon times the dual norm of the difference of weights.</summary>
internal sealed class LinearModel
{
    private readonly float[,] weights;

    public LinearModel(int classes, int side, int seed)
    {
        var random = new Random(seed);
        (Classes, Side) = (classes, side);
        weights = new float[classes, side * side];
        for (var c = 0; c < classes; c++)
        {
            for (var i = 0; i < side * side; i++)
                weights[c, i] = (float)(random.NextDouble() * 2 - 1);
        }
    }

    public int Classes { get; }

    public int Side { get; }

    /// <summary>The weights of a class, one for each pixel.</summary>
    public double[] Weights(int label) => [.. Enumerable.Range(0, Side * Side).Select(i => (double)weights[label, i])];

    public Tensor Scores(Tensor images)
    {
        using var scope = NewDisposeScope();
        return nn.functional.linear(images.flatten(1) - 0.5, tensor(weights)).MoveToOuterDisposeScope();
    }

    public ModelDefence Defence => new(Classes, Scores);

    /// <summary>Images around the middle of the range, so that no attack meets its ends, and the classes that the model gives them.</summary>
    public (Tensor Images, Tensor Labels) Data(int count, int seed)
    {
        var random = new Random(seed);
        var images = tensor(Enumerable.Range(0, count * Side * Side).Select(_ => 0.35f + 0.3f * (float)random.NextDouble()).ToArray(), count, 1, Side, Side);
        return (images, Scores(images).argmax(1));
    }

    public bool[] IsRobust(Tensor images, Tensor labels, Threat threat)
    {
        var scores = Scores(images);
        var answers = labels.data<long>().ToArray();
        return [.. answers.Select((label, row) => Enumerable.Range(0, Classes).All(other => other == label
            || scores[row][label].item<float>() - scores[row][other].item<float>() > threat.Epsilon * DualNorm((int)label, other, threat.Norm)))];
    }

    private double DualNorm(int one, int other, Norm norm)
    {
        var differences = Enumerable.Range(0, Side * Side).Select(i => (double)weights[one, i] - weights[other, i]);
        return norm == Norm.Infinity ? differences.Sum(Math.Abs) : Math.Sqrt(differences.Sum(difference => difference * difference));
    }
}
