using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Nestor.Bench;

/// <summary>What figures were measured on.</summary>
internal static class Machine
{
    /// <summary>Processor, cores, vector instructions, system and runtime.</summary>
    public static string Description =>
        $"{Processor}, {Environment.ProcessorCount} cores ({Instructions}), {RuntimeInformation.OSDescription.Split('#')[0].Trim()}, {RuntimeInformation.FrameworkDescription}";

    /// <summary>How busy the machine is with other work; figures of a busy one are lower, those of several threads by far.</summary>
    public static string Load(string when)
    {
        if (!OperatingSystem.IsLinux())
            return $"{when}: load unknown.";
        var load = double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture, $"{when}: load {load:F1}{(load > 0.5 ? ", **not a quiet machine**" : "")}.");
    }

    private static string Processor => OperatingSystem.IsLinux()
        ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? RuntimeInformation.OSArchitecture.ToString()
        : RuntimeInformation.OSArchitecture.ToString();

    /// <summary>What the kernels choose by, as Linux names it; elsewhere as the runtime sees it.</summary>
    private static string Instructions
    {
        get
        {
            string[] wanted = ["avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_int8"];
            var found = OperatingSystem.IsLinux()
                ? wanted.Intersect((File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("flags", StringComparison.Ordinal)) ?? "").Split(' '))
                : wanted[..3].Zip([Avx2.IsSupported, AvxVnni.IsSupported, Avx512F.IsSupported]).Where(pair => pair.Second).Select(pair => pair.First);
            return string.Join(", ", found.DefaultIfEmpty("no AVX2"));
        }
    }
}
