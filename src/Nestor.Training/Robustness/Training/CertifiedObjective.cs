using Nestor.Models;
using Nestor.Training.Nested;
using Nestor.Training.Vision;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Robustness.Training;

/// <summary>Trains a <see cref="PlainNet"/> so that interval bounds can certify it: cross-entropy of its scores, and of the worst scores that its bounds allow.</summary>
/// <param name="Threat">How far images may be moved; infinity norm.</param>
/// <param name="RampSteps">Training steps over which epsilon rises, and the worst scores' share with it.</param>
/// <param name="WorstShare">The worst scores' share at the end.</param>
/// <remarks>Gowal et al. 2018 (arXiv 1810.12715), §3.2 and §4: <c>κ CE(z) + (1 − κ) CE(ẑ)</c>.</remarks>
public sealed record CertifiedObjective(Threat Threat, long RampSteps, double WorstShare = 0.5) : Objective
{
    internal override IReadOnlyList<GranularityLoss> Backward(INestedModel model, TrainingBatch batch, StepRandom draw, double scale)
    {
        using var scope = NewDisposeScope();
        var (net, plan) = ((PlainNet)model, model.Config.FullWidths);
        var risen = RampSteps == 0 ? 1 : Math.Min(1, (draw.Step + 1.0) / RampSteps);
        var example = new RobustExample(net, batch, plan);
        var worst = net.WorstMargins(example.Box(Threat.Epsilon * risen), example.Labels, plan);
        var share = WorstShare * risen;
        var loss = (1 - share) * cross_entropy(example.Scores(example.Pixels), example.Labels) + share * cross_entropy(worst, example.Labels);
        (loss * scale).backward();
        return [new GranularityLoss(model.Config.Granularities[^1].Name, loss.item<float>())];
    }

    internal override void Validate(INestedConfig config)
    {
        base.Validate(config);
        Threat.Validate();
        if (config is not PlainNetConfig)
            throw new NestorException($"Interval bounds follow networks without normalisation or attention; choose one of the presets {string.Join(", ", PlainNetPresets.Names)}.");
        if (Threat.Norm != Norm.Infinity)
            throw new NestorException("Interval bounds certify changes in the infinity norm; take that norm.");
        if (RampSteps < 0 || !(WorstShare is >= 0 and <= 1))
            throw new NestorException($"A rise over {RampSteps} steps to a share of {WorstShare} was asked for; steps are 0 or more, a share is from 0 to 1.");
    }
}
