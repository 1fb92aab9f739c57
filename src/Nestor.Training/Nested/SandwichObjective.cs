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

    internal override IReadOnlyList<GranularityLoss> Backward(INestedModel model, TrainingBatch batch, StepRandom draw, double scale)
    {
        var (narrowest, widest) = (model.Config.Granularities[0], model.Config.Granularities[^1]);
        var share = scale / (2 + Between);
        var losses = new List<GranularityLoss>();

        using var outer = NewDisposeScope();
        var targets = batch.Answers();                                                                  // (examples) or (examples, classes)
        var teacher = Logits(widest);
        Learn(widest, teacher, cross_entropy(teacher, targets));
        var softTargets = softmax(teacher.detach(), 1);                                                 // (examples, classes)

        foreach (var granularity in Students(narrowest, widest, draw))
        {
            using var scope = NewDisposeScope();
            var student = Logits(granularity);
            Learn(granularity, student, cross_entropy(student, softTargets));
        }

        return losses;

        Tensor Logits(Granularity granularity) =>
            model.Scores(batch, Uniform(model.Config, granularity.Width)).to(ScalarType.Float32);

        void Learn(Granularity granularity, Tensor logits, Tensor loss)
        {
            (loss * share).backward();
            losses.Add(new GranularityLoss(granularity.Name, cross_entropy(logits.detach(), targets).item<float>()));
        }
    }

    private IEnumerable<Granularity> Students(Granularity narrowest, Granularity widest, StepRandom draw)
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
