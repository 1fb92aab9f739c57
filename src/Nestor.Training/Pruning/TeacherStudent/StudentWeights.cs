namespace Nestor.Training.Pruning.TeacherStudent;

/// <summary>Which weights of a neuron a penalty acts on; all of them are its joint group, fewer show how a one-sided penalty is dodged.</summary>
[Flags]
public enum StudentWeights
{
    /// <summary>The row that the gate multiplies.</summary>
    Gate = 1,

    /// <summary>The row of the input matrix.</summary>
    In = 2,

    /// <summary>The bias.</summary>
    Bias = 4,

    /// <summary>The column of the output matrix.</summary>
    Out = 8,

    /// <summary>The joint group.</summary>
    All = Gate | In | Bias | Out,
}
