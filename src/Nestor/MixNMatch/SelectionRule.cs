namespace Nestor.MixNMatch;

/// <summary>How a plan is chosen under a budget.</summary>
public enum SelectionRule
{
    /// <summary>The paper's rule, <see cref="PaperRule"/>: no measurement.</summary>
    Paper,

    /// <summary>Measured increments and an exact programme, <see cref="MeasuredSelection"/>.</summary>
    Measured,

    /// <summary>A search, <see cref="EvolutionarySearch"/>.</summary>
    Evolution,
}
