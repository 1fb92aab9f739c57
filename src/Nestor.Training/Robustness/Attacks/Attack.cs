using static TorchSharp.torch;

namespace Nestor.Training.Robustness.Attacks;

/// <summary>A way to look for perturbations that make a defence answer wrongly. Its properties are all its parameters.</summary>
public abstract record Attack
{
    /// <summary>The attack's name in reports.</summary>
    public abstract string Name { get; }

    /// <summary>A text that differs where attacks differ in anything that matters.</summary>
    internal virtual string Identity => ToString();

    /// <summary>Whether it follows gradients of the scores; if not, it asks for scores or answers alone.</summary>
    public virtual bool NeedsGradients => true;

    /// <summary>Checks that the attack can run.</summary>
    /// <param name="classes">The classes of the defence.</param>
    /// <param name="threat">What is allowed.</param>
    /// <exception cref="NestorException">It cannot.</exception>
    internal abstract void Validate(int classes, Threat threat);

    /// <summary>Attacks the survivors of a case and sets aside those that fall.</summary>
    /// <param name="attacked">The images.</param>
    /// <param name="cancellation">Stops between two steps.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal abstract void Run(AttackCase attacked, CancellationToken cancellation);

    private protected static void ThrowIfNotPositive(string name, int number)
    {
        if (number < 1)
            throw new NestorException($"{number} {name} were asked of an attack; it needs at least 1.");
    }

    /// <summary>Keeps some rows of a tensor that belongs to the scope around the current one.</summary>
    internal static void Keep(ref Tensor state, Tensor rows)
    {
        var kept = state.index_select(0, rows).MoveToOuterDisposeScope();
        state.Dispose();
        state = kept;
    }
}
