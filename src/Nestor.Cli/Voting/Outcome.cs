using Nestor.Training.Robustness;

namespace Nestor.Cli.Voting;

/// <summary>What a defence answered on the test images of one seed.</summary>
/// <param name="Right">Whether each image is answered rightly as it is.</param>
/// <param name="Robust">Whether it is answered rightly whatever was tried.</param>
/// <param name="Gradients">Images that went forward and backward through the defence.</param>
/// <param name="Seconds">Time of the attacks.</param>
/// <param name="Attacks">What each attack was told to do and how many images fell to it, in their order.</param>
internal sealed record Outcome(bool[] Right, bool[] Robust, long Gradients, double Seconds, IReadOnlyList<FallenImages> Attacks)
{
    /// <summary>The share of images answered rightly as they are.</summary>
    public double Clean => Share(Right);

    /// <summary>The share of images answered rightly whatever was tried.</summary>
    public double Accuracy => Share(Robust);

    /// <summary>The outcome of an evaluation.</summary>
    public static Outcome Of(RobustnessResult result) => new(
        [.. result.IsCorrect],
        [.. result.IsRobust],
        result.Attacks.Sum(attack => attack.Cost.Gradients),
        result.Attacks.Sum(attack => attack.Seconds),
        [.. result.Attacks.Select(attack => new FallenImages(attack.Attack, attack.Settings, attack.Attacked, attack.Broken))]);

    /// <summary>The same defence after others were tried too.</summary>
    /// <param name="withstood">Whether each image withstood them.</param>
    public Outcome And(IReadOnlyList<bool> withstood) => this with { Robust = [.. Robust.Zip(withstood, (robust, held) => robust && held)] };

    /// <summary>The share of flags that are set.</summary>
    public static double Share(IReadOnlyCollection<bool> flags) => flags.Count(flag => flag) / (double)flags.Count;
}

/// <summary>What one attack did.</summary>
/// <param name="Attack">Its name.</param>
/// <param name="Settings">Its parameters.</param>
/// <param name="Attacked">Images that were left for it.</param>
/// <param name="Fallen">How many of them it broke.</param>
internal sealed record FallenImages(string Attack, string Settings, int Attacked, int Fallen);
