namespace Nestor.Inference.Kernels;

/// <summary>How weights become floats in lanes. One step is what 64 bytes hold of 16 outputs: one column of 32-bit floats, two of 16-bit ones.</summary>
internal unsafe interface IWeights
{
    /// <summary>Columns of a step, 1 or 2.</summary>
    static abstract int Columns { get; }

    /// <summary>Rows from which it pays to convert the weights once, before the rows are multiplied.</summary>
    static abstract int RowsToConvertFor { get; }

    /// <summary>The step's first column.</summary>
    static abstract T First<T>(byte* step)
        where T : struct, ILanes<T>;

    /// <summary>The step's second column, where it has one.</summary>
    static abstract T Second<T>(byte* step)
        where T : struct, ILanes<T>;
}
