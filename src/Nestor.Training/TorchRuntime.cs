using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Nestor.Training;

/// <summary>Loads libtorch once, tuned for shared cores, and says truly why where it cannot load.</summary>
public static partial class TorchRuntime
{
    private static readonly Lazy<Exception?> LoadFailure = new(TryLoad);

    /// <summary>Loads libtorch; every training entry point calls it first.</summary>
    /// <exception cref="NestorException">The native library is missing or this system cannot load it; the message holds the loader's own words.</exception>
    public static void EnsureLoaded()
    {
        if (LoadFailure.Value is { } failure)
            throw new NestorException(Explain(failure), failure);
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

    private static Exception? TryLoad()
    {
        try
        {
            _ = CPU;
            using var probe = zeros(1);
            return null;
        }
        catch (Exception failure) when (failure is DllNotFoundException or TypeInitializationException or NotSupportedException or BadImageFormatException or EntryPointNotFoundException)
        {
            return failure;
        }
    }

    private static string Explain(Exception failure)
    {
        var reason = LoaderMessage() ?? failure.GetBaseException().Message;
        var remedy = reason.Contains("GLIBCXX", StringComparison.Ordinal)
            ? "the C++ library of this system is older than TorchSharp was built for; build Nestor from source on this machine (the build relaxes that requirement), or install libstdc++ 13 or newer"
            : "reference TorchSharp-cpu (or TorchSharp-cuda-linux) from your executable, on x64 Linux, x64 Windows or Arm64 macOS";
        return $"libtorch cannot be loaded: {reason.ReplaceLineEndings(" ").Trim()}; {remedy}.";
    }

    /// <summary>What the system's loader says of the shim that TorchSharp loads; its own message hides that.</summary>
    private static string? LoaderMessage()
    {
        var shim = OperatingSystem.IsWindows() ? "LibTorchSharp.dll" : OperatingSystem.IsMacOS() ? "libLibTorchSharp.dylib" : "libLibTorchSharp.so";
        var folders = new[] { AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native") };
        var path = folders.Select(folder => Path.Combine(folder, shim)).FirstOrDefault(File.Exists);
        if (path is null)
            return $"{shim} is not beside the program in {AppContext.BaseDirectory}";
        try
        {
            NativeLibrary.Free(NativeLibrary.Load(path));
            return null;
        }
        catch (Exception loader) when (loader is DllNotFoundException or BadImageFormatException)
        {
            return loader.Message;
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
