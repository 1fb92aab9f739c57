using System.Runtime.Intrinsics.X86;
using Nestor.Inference;
using Nestor.Inference.Emitted;
using Nestor.Inference.Kernels;

namespace Nestor.Tests.Inference.Emitted;

public sealed class EmittedKernelsTests
{
    private static readonly ProcessorSupport Everything = new(Floats: true, Integers: true, BrainFloats: true, Matrices: true);

    [Fact]
    public void A_user_can_turn_emitted_kernels_off() => Assert.Equal(default, ProcessorSupport.Detect("0"));

    [Fact]
    public void Where_dotnet_sees_vectors_of_512_bits_and_the_system_is_not_Windows_floats_are_supported()
    {
        Assert.SkipUnless(Avx512F.IsSupported && !OperatingSystem.IsWindows(), "The processor or .NET's settings have no AVX-512, or this is Windows.");
        Assert.True(ProcessorSupport.Detect(null).Floats);
    }

    [Fact]
    public void A_processor_without_the_instructions_has_no_emitted_kernels() =>
        Assert.All(Enum.GetValues<WeightType>(), type => Assert.Null(EmittedKernels.Create(type, default)));

    [Theory]
    [InlineData(WeightType.F32, true, false, false, false)]
    [InlineData(WeightType.F16, true, false, false, false)]
    [InlineData(WeightType.Q8, true, true, false, false)]
    [InlineData(WeightType.Q4, true, true, false, false)]
    [InlineData(WeightType.BF16, true, false, true, false)]
    [InlineData(WeightType.BF16, false, false, false, true)]
    public void Each_type_needs_its_own_instructions(WeightType type, bool floats, bool integers, bool brainFloats, bool matrices)
    {
        var enough = new ProcessorSupport(floats, integers, brainFloats, matrices);
        Assert.Null(EmittedKernels.Create(type, Everything with { Floats = !floats, Integers = !integers, BrainFloats = type != WeightType.BF16, Matrices = type != WeightType.BF16 }));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no emitted kernels.");
        Assert.Equal(type, EmittedKernels.Create(type, enough)?.Type);
    }

    [Fact]
    public void Matrix_registers_go_before_vectors() => Assert.Equal(SumOrder.Pairs, EmittedKernels.Create(WeightType.BF16, Everything)?.Order ?? SumOrder.Pairs);

    [Fact]
    public void A_kernel_is_emitted_once() =>
        Assert.All(Enum.GetValues<WeightType>(), type => Assert.Same(EmittedKernels.For(type), EmittedKernels.For(type)));

    [Fact]
    public void An_emitted_kernel_knows_its_type() =>
        Assert.All(Enum.GetValues<WeightType>(), type => Assert.Equal(type, EmittedKernels.For(type)?.Type ?? type));
}
