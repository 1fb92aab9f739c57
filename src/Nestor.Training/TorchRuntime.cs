using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Nestor.Training;

/// <summary>Loads libtorch once, tuned for shared cores, and says truly why where it cannot load.</summary>
/// <remarks>
/// TorchSharp 0.107 makes a native number for every number in <c>tensor * 2.0</c> and lets the garbage collector free it, which may happen while libtorch still reads it: then
/// the operation fails (Unknown scalar type) or reckons with another number. It takes a collection that begins on another thread in the middle of an operation. So collections
/// are not concurrent once libtorch is loaded, nothing here prepares data beside a running operation, and a program that trains should allocate little on other threads meanwhile.
/// </remarks>
public static partial class TorchRuntime
{
    private static readonly Lazy<NestorException?> Failure = new(TryLoad);

    /// <summary>Loads libtorch; every training entry point calls it first.</summary>
    /// <exception cref="NestorException">The native library is missing or this system cannot load it; the message holds the loader's own words.</exception>
    public static void EnsureLoaded()
    {
        if (Failure.Value is { } failure)
            throw new NestorException(failure.Message, failure);
    }

    /// <summary>The device of a name: <c>cpu</c>, <c>cuda</c>, or <c>auto</c> for CUDA where there is one.</summary>
    /// <exception cref="NestorException">The name is unknown, or CUDA was asked for and is not there.</exception>
    public static Device DeviceFor(string name)
    {
        EnsureLoaded();
        switch (name)
        {
            case "cpu":
                return CPU;
            case "auto":
                return cuda.is_available() ? CUDA : CPU;
            case "cuda" when cuda.is_available():
                return CUDA;
            case "cuda":
                throw new NestorException("CUDA is not available here; build with -p:TorchBackend=cuda on a machine with an NVIDIA driver, or use --device cpu.");
            default:
                throw new NestorException($"'{name}' is not a device; choose auto, cpu or cuda.");
        }
    }

    // libgomp reads OMP_WAIT_POLICY when libtorch loads it; threads that spin while waiting cost 2-15 times on busy cores.
    // Environment.SetEnvironmentVariable does not reach libc, so libc is called itself; a value the user set stays.
#pragma warning disable CA2255 // The variable must be set before any code of this library can load libtorch.
    [ModuleInitializer]
    internal static void WaitPassively()
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
            _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
    }
#pragma warning restore CA2255

    private static NestorException? TryLoad()
    {
        try
        {
            // TorchSharp hides the loader's words and copies packages about, so the loader is asked first where its library is at hand.
            if (ShimPath() is { } path)
                NativeLibrary.Load(path);
            using var probe = zeros(1);
            KeepFreedMemory();
            GCSettings.LatencyMode = GCLatencyMode.Batch;
            return null;
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException or TypeInitializationException or NotSupportedException or EntryPointNotFoundException)
        {
            return new NestorException($"libtorch cannot be loaded: {error.GetBaseException().Message.ReplaceLineEndings(" ").Trim()}; {Remedy(error)}.", error);
        }
    }

    // Tensors of megabytes come and go with every operation. glibc would give their memory back to the system each time and get it again page by page, which takes a good
    // part of the time of small networks. What the user set in the environment stays.
    private static void KeepFreedMemory()
    {
        const int TrimThreshold = -1, MapThreshold = -3, LargestMapThreshold = 32 << 20;
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("MALLOC_TRIM_THRESHOLD_") is not null || Environment.GetEnvironmentVariable("MALLOC_MMAP_THRESHOLD_") is not null)
            return;
        try
        {
            _ = SetAllocation(MapThreshold, LargestMapThreshold);
            _ = SetAllocation(TrimThreshold, int.MaxValue);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library has no such setting, and no such cost that we know of.
        }
    }

    private static string? ShimPath()
    {
        var name = OperatingSystem.IsWindows() ? "LibTorchSharp.dll" : OperatingSystem.IsMacOS() ? "libLibTorchSharp.dylib" : "libLibTorchSharp.so";
        string[] folders = [AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native")];
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }

    private static string Remedy(Exception error) => error.Message.Contains("GLIBCXX", StringComparison.Ordinal)
        ? "the C++ library of this system is older than TorchSharp was built for; build Nestor from source on this machine (the build relaxes that need), or install libstdc++ 13 or newer"
        : "reference TorchSharp-cpu (or TorchSharp-cuda-linux) from your executable, on x64 Linux, x64 Windows or Arm64 macOS";

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocation(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
