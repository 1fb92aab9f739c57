using Nestor.Training.Nested;
using static TorchSharp.torch;

namespace Nestor.Training.Pruning;

/// <summary>The examples on which importance is measured.</summary>
/// <param name="Data">Where they come from.</param>
/// <param name="Batches">How many batches are looked at, each once. <see cref="Taylor"/> gains from many small ones: within a batch, gains and losses cancel.</param>
public sealed record Calibration(IBatchSource Data, int Batches = 32)
{
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
