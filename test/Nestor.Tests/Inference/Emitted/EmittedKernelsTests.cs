using System.Runtime.Intrinsics.X86;
using Nestor.Inference;
using Nestor.Inference.Emitted;

namespace Nestor.Tests.Inference.Emitted;

public sealed class EmittedKernelsTests
{
    private static readonly ProcessorSupport Everything = new(Floats: true, Integers: true, BrainFloats: true);

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
    [InlineData(WeightType.F32, true, false, false)]
    [InlineData(WeightType.F16, true, false, false)]
    [InlineData(WeightType.Q8, true, true, false)]
    [InlineData(WeightType.Q4, true, true, false)]
    [InlineData(WeightType.BF16, true, false, true)]
    public void Each_type_needs_its_own_instructions(WeightType type, bool floats, bool integers, bool brainFloats)
    {
        var enough = new ProcessorSupport(floats, integers, brainFloats);
        Assert.Null(EmittedKernels.Create(type, Everything with { Floats = !floats, Integers = !integers, BrainFloats = !brainFloats }));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no emitted kernels.");
        Assert.Equal(type, EmittedKernels.Create(type, enough)?.Type);
    }

    [Fact]
    public void A_kernel_is_emitted_once() =>
        Assert.All(Enum.GetValues<WeightType>(), type => Assert.Same(EmittedKernels.For(type), EmittedKernels.For(type)));

    [Fact]
    public void An_emitted_kernel_knows_its_type() =>
        Assert.All(Enum.GetValues<WeightType>(), type => Assert.Equal(type, EmittedKernels.For(type)?.Type ?? type));
}
