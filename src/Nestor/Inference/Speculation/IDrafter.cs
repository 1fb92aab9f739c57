using Nestor.Models;

namespace Nestor.Inference.Speculation;

/// <summary>Guesses how a text goes on.</summary>
internal interface IDrafter
{
    /// <summary>The plan that drafts; null where none does.</summary>
    WidthPlan? Plan { get; }

    /// <summary>What one drafted token costs, in the unit of <see cref="ReadingCost"/>.</summary>
    double TokenCost { get; }

    /// <summary>Reads a prompt before anything is drafted.</summary>
    void ReadPrompt(ReadOnlySpan<int> tokens);

    /// <summary>Appends up to <paramref name="most"/> tokens to the text and, with their distributions, to the draft.</summary>
    void Draft(List<int> text, int most, Draft draft);

    /// <summary>Keeps nothing about tokens after the first <paramref name="length"/>.</summary>
    void Forget(int length);
}
