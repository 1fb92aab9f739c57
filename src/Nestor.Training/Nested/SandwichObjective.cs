using System.Globalization;
using Nestor.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Nested;

/// <summary>The sandwich rule with in-place distillation: the widest learns from the data, the narrowest and some random widths learn from the widest.</summary>
/// <param name="Between">Random widths per step, between the narrowest and the widest granularity.</param>
/// <remarks>Yu and Huang, arXiv 1903.05134, §3.1 and §3.3: soft targets of the widest, no gradient through them; losses are averaged here.</remarks>
public sealed record SandwichObjective(int Between = 2) : Objective
{
    private const int WidthStep = 8;

    internal override IReadOnlyList<GranularityLoss> Backward(Func<WidthPlan, Tensor> logits, Tensor targets, ModelConfig config, CounterRandom draw, double scale)
    {
        var (narrowest, widest) = (config.Granularities[0], config.Granularities[^1]);
        var share = scale / (2 + Between);
        var losses = new List<GranularityLoss>();

        using var outer = NewDisposeScope();
        var teacher = logits(Uniform(config, widest.Width));
        losses.Add(new GranularityLoss(widest.Name, BackwardCrossEntropy(teacher, targets, share)));
        var softTargets = softmax(teacher.detach().to(ScalarType.Float32), 1);                          // (examples, classes)

        foreach (var (name, width) in Students(narrowest, widest, draw))
        {
            using var scope = NewDisposeScope();
            var student = logits(Uniform(config, width));
            BackwardScaled(cross_entropy(student, softTargets), share);
            losses.Add(new GranularityLoss(name, cross_entropy(student.detach(), targets).item<float>()));
        }

        return losses;
    }

    internal override WidthPlan WidestPlan(ModelConfig config, CounterRandom draw) => Uniform(config, config.Granularities[^1].Width);

    private IEnumerable<Granularity> Students(Granularity narrowest, Granularity widest, CounterRandom draw)
    {
        yield return narrowest;
        for (var i = 0; i < Between; i++)
        {
            var width = narrowest.Width + (int)(draw.NextDouble() * (widest.Width - narrowest.Width));
            width = Math.Max(narrowest.Width, width / WidthStep * WidthStep);
            yield return new Granularity(width.ToString(CultureInfo.InvariantCulture), width);
        }
    }
}
