using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Nestor.Inference.Measurement;

/// <summary>What figures were measured on.</summary>
internal static class MachineDescription
{
    /// <summary>Processor, cores, vector instructions, system and runtime.</summary>
    public static string Text =>
        $"{Processor}, {Environment.ProcessorCount} cores ({Instructions}), {RuntimeInformation.OSDescription.Split('#')[0].Trim()}, {RuntimeInformation.FrameworkDescription}";

    private static string Processor => Field("model name") ?? RuntimeInformation.OSArchitecture.ToString();

    /// <summary>What the kernels choose by, as Linux names it; elsewhere as the runtime sees it.</summary>
    private static string Instructions
    {
        get
        {
            string[] wanted = ["avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8"];
            var found = OperatingSystem.IsLinux()
                ? wanted.Intersect((Field("flags") ?? "").Split(' '))
                : wanted[..3].Zip([Avx2.IsSupported, AvxVnni.IsSupported, Avx512F.IsSupported]).Where(pair => pair.Second).Select(pair => pair.First);
            return string.Join(", ", found.DefaultIfEmpty("no AVX2"));
        }
    }

    private static string? Field(string name) => OperatingSystem.IsLinux()
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?.Split(':')[1].Trim()
        : null;
}
