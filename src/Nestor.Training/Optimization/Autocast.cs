using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Nestor.Training.Optimization;

/// <summary>Runs matrix products and attention in bfloat16 until disposed; weights, gradients, norms and losses stay in float32.</summary>
/// <remarks>
/// TorchSharp has no autocast, but libtorch exports its switches as plain functions, imported here by their mangled names. Where the
/// library does not export them, <see cref="IsSupported"/> is false and training runs in float32.
/// </remarks>
public readonly partial struct Autocast : IDisposable
{
    private const sbyte BFloat16 = 15; // c10::ScalarType::BFloat16

    private static readonly Lazy<bool> Exported = new(IsExported);

    private readonly sbyte device;
    private readonly bool active;

    private Autocast(sbyte device)
    {
        this.device = device;
        active = true;
        SetDtype(device, BFloat16);
        SetEnabled(device, true);
        IncrementNesting();
    }

    /// <summary>Whether this libtorch lets us switch autocast on.</summary>
    public static bool IsSupported => Exported.Value;

    /// <summary>Whether bfloat16 is worth it on a device: always on CUDA, and on processors with bfloat16 instructions.</summary>
    public static bool IsFasterOn(Device device) => IsSupported && (device.type == DeviceType.CUDA || ProcessorHasBFloat16());

    /// <summary>Switches autocast on for the current thread, or does nothing when <paramref name="enabled"/> is false.</summary>
    public static Autocast Begin(Device device, bool enabled) => enabled && IsSupported ? new Autocast((sbyte)device.type) : default;

    /// <summary>Switches autocast off and drops the cached bfloat16 weights.</summary>
    public void Dispose()
    {
        if (!active)
            return;
        if (DecrementNesting() == 0)
            ClearCache();
        SetEnabled(device, false);
    }

    // .NET does not expose the bfloat16 CPUID bit, so the kernel's list is read; elsewhere the answer is no.
    private static bool ProcessorHasBFloat16()
    {
        const string Processors = "/proc/cpuinfo";
        if (!OperatingSystem.IsLinux() || !File.Exists(Processors))
            return false;
        var flags = File.ReadLines(Processors).FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal));
        return flags is not null && (flags.Contains("avx512_bf16", StringComparison.Ordinal) || flags.Contains("amx_bf16", StringComparison.Ordinal));
    }

    private static bool IsExported()
    {
        TorchRuntime.EnsureLoaded();
        try
        {
            return IncrementNesting() > 0 && DecrementNesting() == 0;
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb")]
    private static partial void SetEnabled(sbyte device, [MarshalAs(UnmanagedType.U1)] bool enabled);

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE")]
    private static partial void SetDtype(sbyte device, sbyte dtype);

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at8autocast17increment_nestingEv")]
    private static partial int IncrementNesting();

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at8autocast17decrement_nestingEv")]
    private static partial int DecrementNesting();

    [LibraryImport("torch_cpu", EntryPoint = "_ZN2at8autocast11clear_cacheEv")]
    private static partial void ClearCache();
}
