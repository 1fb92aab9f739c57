using System.Runtime.InteropServices;

namespace Nestor.Inference.Emitted;

/// <summary>Memory that the processor may run. It is never writable and executable at once, and lives as long as the process.</summary>
internal static unsafe partial class ExecutableMemory
{
    private const int Read = 1, Write = 2, Execute = 4, Private = 2, AnonymousOnLinux = 0x20, AnonymousOnMacOS = 0x1000;
    private static readonly nint Failed = -1;

    /// <summary>Copies code to pages of its own and makes them executable.</summary>
    /// <param name="code">Machine code that does not depend on its address.</param>
    /// <returns>Address of the copy; null if the system has no such calls or refuses one, as hardened systems do.</returns>
    public static byte* Place(ReadOnlySpan<byte> code)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return null;

        try
        {
            return Copy(code);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null; // a C library under another name
        }
    }

    private static byte* Copy(ReadOnlySpan<byte> code)
    {
        var anonymous = OperatingSystem.IsLinux() ? AnonymousOnLinux : AnonymousOnMacOS;
        var pages = Map(0, (nuint)code.Length, Read | Write, Private | anonymous, -1, 0);
        if (pages == Failed)
            return null;

        code.CopyTo(new Span<byte>((void*)pages, code.Length));
        if (Protect(pages, (nuint)code.Length, Read | Execute) == 0)
            return (byte*)pages;

        _ = Unmap(pages, (nuint)code.Length);
        return null;
    }

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial nint Map(nint address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(nint address, nuint length);
}
