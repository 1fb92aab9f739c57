namespace Nestor.Inference.Emitted;

/// <summary>How a kernel walks over the tiles of a type.</summary>
/// <param name="TileBytes">Bytes of a tile.</param>
/// <param name="Steps">Steps of a tile, each with <see cref="ProductFrame.StepBytes"/> of weights; scales may lie behind them.</param>
/// <param name="InputBytesOfStep">Bytes of prepared inputs that a step takes.</param>
/// <param name="InputBytesOfTile">Bytes of prepared inputs that a tile takes.</param>
/// <param name="Ahead">What one row, for which alone every weight is read from memory, asks for meanwhile.</param>
internal readonly record struct TileWalk(int TileBytes, int Steps, int InputBytesOfStep, int InputBytesOfTile, FetchAhead Ahead)
{
    /// <summary>Bytes of all steps' weights.</summary>
    public int StepsBytes => Steps * ProductFrame.StepBytes;

    /// <summary>Bytes of the inputs that all steps take.</summary>
    public int InputBytesOfSteps => Steps * InputBytesOfStep;
}
