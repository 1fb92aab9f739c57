using Nestor.Models;
using Nestor.Training.Nested;
using static TorchSharp.torch;

namespace Nestor.Training.Pruning;

/// <summary>The examples on which importance is measured.</summary>
/// <param name="Data">Where they come from.</param>
/// <param name="Batches">How many batches are looked at, each once. <see cref="Taylor"/> gains from many small ones: within a batch, gains and losses cancel.</param>
public sealed record Calibration(IBatchSource Data, int Batches = 32)
{
    /// <summary>The mean loss over the batches, in nats per example.</summary>
    /// <param name="model">The model.</param>
    /// <param name="plan">The widths to run.</param>
    /// <param name="cancellation">Stops between two batches.</param>
    public double Loss(INestedModel model, WidthPlan plan, CancellationToken cancellation = default)
    {
        var sum = 0.0;
        using var quiet = no_grad();
        Run(model, batch => sum += model.Loss(batch, plan).item<float>(), cancellation);
        return sum / Batches;
    }

    /// <summary>Shows every batch to <paramref name="look"/>, within a dispose scope of its own.</summary>
    internal void Run(INestedModel model, Action<TrainingBatch> look, CancellationToken cancellation)
    {
        if (Batches < 1)
            throw new NestorException($"Importance cannot be measured on {Batches} batches; give at least 1.");
        var precision = model.UseBFloat16;
        model.UseBFloat16 = false;
        try
        {
            for (var step = 0; step < Batches; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                look(Data.Batch(step, part: 0, model.Device));
            }
        }
        finally
        {
            model.UseBFloat16 = precision;
        }
    }
}
