namespace Nestor.Retrieval.Kernels;

/// <summary>16 floats in vector registers, whatever the registers' size.</summary>
/// <typeparam name="T">The implementing struct.</typeparam>
internal unsafe interface IScoreLanes<T>
    where T : struct, IScoreLanes<T>
{
    static abstract string Name { get; }

    static abstract T Load(float* source);

    /// <summary><c>left * right + sums</c>, rounded once.</summary>
    static abstract T MultiplyAdd(T left, T right, T sums);

    /// <summary>The sum of the lanes, halves first.</summary>
    static abstract float Sum(T lanes);
}
