namespace Nestor.Evaluation.Tasks;

/// <summary>What a line of a task's file holds, and what is asked of a model.</summary>
public enum TaskKind
{
    /// <summary>A <c>context</c> and its <c>continuation</c>, which the model should write by itself.</summary>
    LastWord,

    /// <summary>A <c>query</c>, the <c>choices</c> that may follow it, and which of them is <c>gold</c>.</summary>
    Choice,

    /// <summary>A <c>continuation</c>, the <c>context_options</c> that it may follow, and which of them is <c>gold</c>.</summary>
    ContextChoice,
}
