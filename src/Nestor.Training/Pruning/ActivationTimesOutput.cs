using Nestor.Training.Nested;
using static TorchSharp.torch;

namespace Nestor.Training.Pruning;

/// <summary>How much a neuron adds to the residual stream: the root mean square of what it says, times the norm of its output weights.</summary>
/// <remarks>
/// RMS(a_j) · ‖w_out,j‖ over examples and positions. Close to the independent channel contribution of NVIDIA's Puzzletron, mean |a_j| · ‖w_out,j‖. For feed-forward neurons only.
/// </remarks>
public sealed record ActivationTimesOutput : Importance
{
    private protected override IReadOnlyList<double[]> Score(INestedModel model, IReadOnlyList<UnitGroups> groups, Calibration calibration, CancellationToken cancellation)
    {
        if (model is not IFeedForwardStack stack || groups.Any(set => set.Kind != GroupKind.FeedForwardNeuron))
            throw new NestorException($"What units of the kind {groups[0].Kind} in a {model.GetType().Name} say cannot be watched; score them by norm or by taylor.");
        var blocks = stack.FeedForwards;
        var squares = groups.Select(set => new double[set.Count]).ToList();
        long rows = 0;
        try
        {
            for (var i = 0; i < blocks.Count; i++)
            {
                var sums = squares[i];
                blocks[i].Watcher = said => Add(said, sums);
            }

            using var quiet = no_grad();
            calibration.Run(
                model,
                batch =>
                {
                    model.Loss(batch, model.Config.FullWidths);
                    rows++;
                },
                cancellation);
        }
        finally
        {
            foreach (var block in blocks)
                block.Watcher = null;
        }

        return [.. groups.Select((set, i) => OutputNorms(set).Zip(squares[i], (norm, sum) => norm * Math.Sqrt(sum / rows)).ToArray())];
    }

    /// <summary>Adds the mean square of each neuron over a batch.</summary>
    private static void Add(Tensor said, double[] sums)
    {
        using var scope = NewDisposeScope();
        var means = said.detach().flatten(0, -2).to(ScalarType.Float32).square().mean([0]).to(ScalarType.Float64).cpu();   // (neurons)
        var values = means.data<double>();
        for (var neuron = 0; neuron < sums.Length; neuron++)
            sums[neuron] += values[neuron];
    }

    private static double[] OutputNorms(UnitGroups groups)
    {
        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var squares = Readers(groups).Select(member => member.SumPerUnit(member.Weight.to(ScalarType.Float32).square(), groups.Count)).Aggregate((sum, more) => sum + more);
        return [.. squares.sqrt().to(ScalarType.Float64).cpu().data<double>()];
    }
}
