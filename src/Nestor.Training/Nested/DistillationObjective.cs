using System.Globalization;
using Nestor.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Nested;

/// <summary>Learns from a frozen teacher beside the data: at every granularity, at the narrowest, the widest and some random ones, or, without granularities, whole.</summary>
/// <param name="DataShare">Weight of the data's own answers, 0 to 1; the teacher's probabilities have the rest.</param>
/// <param name="Between">Random granularities per step beside the narrowest and the widest; null for every granularity in every step.</param>
/// <remarks>
/// Hinton, Vinyals and Dean 2015 (arXiv 1503.02531) with temperature 1: cross-entropy to the teacher's probabilities, which differs from the divergence KL(teacher ‖ student) by a constant.
/// The sandwich of widths is that of Yu and Huang (arXiv 1903.05134). Losses are averaged over the widths of a step.
/// </remarks>
public sealed record DistillationObjective(double DataShare = 0.5, int? Between = null) : Objective
{
    /// <summary>The model that is learned from, as it was before; it reads the same batches and stays as it is.</summary>
    public INestedModel? Teacher { get; init; }

    /// <inheritdoc/>
    public bool Equals(DistillationObjective? other) => other is not null && (DataShare, Between) == (other.DataShare, other.Between);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(DataShare, Between);

    internal override IReadOnlyList<GranularityLoss> Backward(INestedModel model, TrainingBatch batch, StepRandom draw, double scale)
    {
        using var outer = NewDisposeScope();
        var answers = batch.Answers();                                                                  // (examples) or (examples, classes)
        var soft = TeacherProbabilities(model, batch);                                                  // (examples, classes)
        var students = Students(model.Config, draw).ToList();
        var losses = new List<GranularityLoss>();
        foreach (var (name, plan) in students)
        {
            using var scope = NewDisposeScope();
            var scores = model.Scores(batch, plan).to(ScalarType.Float32);                              // (examples, classes)
            var data = cross_entropy(scores, answers);
            var loss = DataShare * data + (1 - DataShare) * cross_entropy(scores, soft);
            (loss * (scale / students.Count)).backward();
            losses.Add(new GranularityLoss(name, data.item<float>()));
        }

        return losses;
    }

    internal override WidthPlan WidestPlan(INestedConfig config, StepRandom draw) =>
        config.Granularities.Count == 0 ? config.FullWidths : Uniform(config, config.Granularities[^1].Width);

    internal override void Validate(INestedConfig config)
    {
        if (Teacher is null)
            throw new NestorException("Distillation needs a model to learn from; nestor nest and nestor prune give it the model they begin with.");
        if (DataShare is not (>= 0 and <= 1))
            throw new NestorException($"The data's share of the loss is {DataShare.ToString(CultureInfo.InvariantCulture)} and must be from 0 to 1.");
        if (Between is < 0 or > 16)
            throw new NestorException($"{Between} random granularities per step were asked for; give 0 to 16.");
    }

    private Tensor TeacherProbabilities(INestedModel model, TrainingBatch batch)
    {
        using var quiet = no_grad();
        Teacher!.UseBFloat16 = model.UseBFloat16;
        return softmax(Teacher.Scores(batch, Teacher.Config.FullWidths).to(ScalarType.Float32), 1);
    }

    private IEnumerable<(string Name, WidthPlan Plan)> Students(INestedConfig config, StepRandom draw)
    {
        var granularities = config.Granularities;
        if (granularities.Count == 0)
            return [(WholeObjective.Name, config.FullWidths)];
        IEnumerable<int> chosen = Between is not { } between || granularities.Count <= 2 + between
            ? Enumerable.Range(0, granularities.Count)
            : Sandwich(granularities.Count, between, draw);
        return chosen.Select(i => (granularities[i].Name, Uniform(config, granularities[i].Width)));
    }

    /// <summary>The ends, and some of those between, each once.</summary>
    private static IEnumerable<int> Sandwich(int count, int between, StepRandom draw)
    {
        var inner = Enumerable.Range(1, count - 2).ToList();
        var chosen = new List<int> { 0, count - 1 };
        for (var i = 0; i < between; i++)
        {
            var place = (int)(draw.NextDouble() * inner.Count);
            chosen.Add(inner[place]);
            inner.RemoveAt(place);
        }

        return chosen;
    }
}
