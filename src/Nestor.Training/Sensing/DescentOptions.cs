namespace Nestor.Training.Sensing;

/// <summary>How <see cref="PerturbedDescent"/> runs.</summary>
public sealed record DescentOptions
{
    /// <summary>Step size η: below about <c>0.25 / (1.5 ‖X‖)</c> for the loss, and below <c>sqrt(β) / λ</c> for the smoothed penalty.</summary>
    public double StepSize { get; init; } = 0.05;

    /// <summary>Most steps.</summary>
    public int Iterations { get; init; } = 20_000;

    /// <summary>Steps between two rotations of the columns; 0 for none, which is the paper's descent.</summary>
    public int RotateEvery { get; init; }

    /// <summary>Whether steps have momentum, which is not the paper's: about a third of the steps, where the start is not far.</summary>
    public bool Momentum { get; init; }

    /// <summary>Steps between two looks at the certificate.</summary>
    public int CheckEvery { get; init; } = 25;

    /// <summary>Steps before the first look.</summary>
    public int FirstCheck { get; init; } = 100;

    /// <summary>Whether to stop when the certificate holds, or when nothing moves any more without it; otherwise all steps are made.</summary>
    public bool StopWhenCertified { get; init; } = true;

    /// <summary>At a look, columns no longer than this are left out of the further descent; negative for none.</summary>
    public double DropBelow { get; init; } = 1e-8;

    /// <summary>Length of the random step taken where the gradient is small, to leave a saddle; 0 for none.</summary>
    public double PerturbationRadius { get; init; } = 1e-5;

    /// <summary>Frobenius norm below which the gradient is small.</summary>
    public double SmallGradient { get; init; } = 1e-4;

    /// <summary>Steps between two perturbations, in which the first may grow.</summary>
    public int PerturbationPause { get; init; } = 100;

    /// <summary>Decides the perturbations.</summary>
    public long Seed { get; init; } = 1;

    internal IEnumerable<string> Problems()
    {
        if (!(StepSize > 0) || !double.IsFinite(StepSize))
            yield return $"the step size is {StepSize} and must be above 0";
        if (Iterations < 1)
            yield return $"{Iterations} iterations were asked for and at least 1 is wanted";
        if (RotateEvery < 0 || CheckEvery < 1 || FirstCheck < 0)
            yield return $"a rotation every {RotateEvery} steps and a check every {CheckEvery} from {FirstCheck} on is impossible; give 0 or more, 1 or more, and 0 or more";
        if (!(PerturbationRadius >= 0) || !double.IsFinite(PerturbationRadius) || !(SmallGradient >= 0) || PerturbationPause < 1)
            yield return $"a perturbation of {PerturbationRadius} at gradients below {SmallGradient} every {PerturbationPause} steps is impossible; give 0 or more, 0 or more, and 1 or more";
    }
}
