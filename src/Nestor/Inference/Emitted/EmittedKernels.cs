using Nestor.Inference.Emitted.Matrices;
using Nestor.Inference.Kernels;

namespace Nestor.Inference.Emitted;

/// <summary>Product kernels in AVX-512 and AMX machine code that this process writes itself, for instructions that .NET does not offer.</summary>
/// <remarks>
/// They need Linux or macOS on x86-64 and a processor with AVX-512 (integers: AVX512_VNNI, BF16: AVX512_BF16; or, on Linux, AMX-BF16). The environment
/// variable <c>NESTOR_EMITTED=0</c> turns them off.
/// </remarks>
internal static unsafe class EmittedKernels
{
    private static readonly ProcessorSupport Support = ProcessorSupport.Detect(Environment.GetEnvironmentVariable("NESTOR_EMITTED"));

    private static readonly Lazy<ProductKernel?>[] All =
        [.. Enum.GetValues<WeightType>().Select(type => new Lazy<ProductKernel?>(() => Create(type, Support)))];

    /// <summary>The kernel of a type, the same one every time.</summary>
    /// <returns>Null if processor, system or the user's setting do without; the managed kernels then do the work.</returns>
    public static ProductKernel? For(WeightType type) => All[(int)type].Value;

    /// <summary>Emits the kernel of a type.</summary>
    /// <param name="type">Type of the tiles.</param>
    /// <param name="support">What may be used.</param>
    public static ProductKernel? Create(WeightType type, ProcessorSupport support) => type switch
    {
        WeightType.F32 when support.Floats => Place(type, FloatCode.Emit, FloatCode.MaxRows, kernels => new EmittedFloatProduct(type, kernels)),
        WeightType.F16 when support.Floats => PlaceHalf(),
        WeightType.BF16 when support.Matrices => PlaceMatrices(),
        WeightType.BF16 when support.BrainFloats => Place(type, BrainFloatCode.Emit, BrainFloatCode.MaxRows, kernels => new EmittedBrainFloatProduct(kernels)),
        WeightType.Q8 when support.Integers => Place(type, IntegerCode.Emit, IntegerCode.MaxRows, kernels => new EmittedIntegerProduct(type, kernels)),
        WeightType.Q4 when support.Integers => PlaceNibbles(),
        _ => null,
    };

    private static EmittedVectorProduct? Place(WeightType type, Action<Assembler, KernelShape> emit, int maxRows, Func<RowKernels, EmittedVectorProduct> product) =>
        RowKernels.Place(type, emit, maxRows) is { } kernels ? product(kernels) : null;

    private static MatrixProduct? PlaceMatrices() =>
        RowKernels.Place(WeightType.BF16, LoneRowCode.Emit, LoneRowCode.MaxRows) is { } loneRow && MatrixKernels.Place() is { } matrices ? new(loneRow, matrices) : null;

    private static EmittedHalfProduct? PlaceHalf()
    {
        var code = new Assembler();
        FloatCode.EmitWidening(code);
        var widening = ExecutableMemory.Place(code.ToArray());
        return widening is not null
            && RowKernels.Place(WeightType.F16, FloatCode.EmitHalf, FloatCode.MaxRows) is { } halves
            && RowKernels.Place(WeightType.F32, FloatCode.Emit, FloatCode.MaxRows) is { } floats ? new(halves, new(floats, WeightType.F32, FloatCode.InputBytes, Widen)) : null;

        void Widen(byte* tile, byte* wide) => ((delegate* unmanaged[SuppressGCTransition]<byte*, byte*, void>)widening)(tile, wide);
    }

    private static EmittedNibbleProduct? PlaceNibbles() =>
        RowKernels.Place(WeightType.Q4, IntegerCode.EmitNibbles, IntegerCode.MaxRows) is { } nibbles
        && RowKernels.Place(WeightType.Q8, IntegerCode.Emit, IntegerCode.MaxRows) is { } bytes ? new(nibbles, bytes) : null;
}
