namespace Nestor.Training.Sensing;

/// <summary>What <see cref="GroupLassoSensing"/> is at.</summary>
public enum SensingStage
{
    /// <summary>It looks for the penalty that the data ask for.</summary>
    Search,

    /// <summary>It descends on the penalised loss.</summary>
    Descent,

    /// <summary>It trains the pruned factor on the loss alone.</summary>
    FineTuning,
}

/// <summary>How far it is.</summary>
/// <param name="Stage">What it is at.</param>
/// <param name="Iteration">Steps of the stage.</param>
/// <param name="Loss">Mean squared error of the observations.</param>
/// <param name="Columns">Columns above the threshold; when fine-tuning, all there are.</param>
/// <param name="Change">When fine-tuning, the relative change of UUᵀ in the last step; otherwise the gradient's norm.</param>
public readonly record struct SensingProgress(SensingStage Stage, int Iteration, double Loss, int Columns, double Change);
