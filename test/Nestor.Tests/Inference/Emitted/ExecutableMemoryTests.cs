using System.Runtime.InteropServices;
using Nestor.Inference.Emitted;

namespace Nestor.Tests.Inference.Emitted;

public sealed unsafe class ExecutableMemoryTests
{
    [Fact]
    public void Placed_code_runs()
    {
        var code = Place();
        Assert.Equal(7, ((delegate* unmanaged<int>)code)());
    }

    [Fact]
    public void Placed_code_cannot_be_written()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The protection of memory is read from /proc.");
        var code = (ulong)Place();
        var range = File.ReadLines("/proc/self/maps").Select(line => line.Split(' ')).Single(line =>
        {
            var ends = line[0].Split('-').Select(end => Convert.ToUInt64(end, 16)).ToArray();
            return ends[0] <= code && code < ends[1];
        });
        Assert.Equal("r-xp", range[1]);
    }

    private static byte* Place()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "The code is for x86-64.");
        var code = new Assembler();
        code.Mov(Register.Rax, 7);
        code.Ret();
        var placed = ExecutableMemory.Place(code.ToArray());
        Assert.SkipWhen(placed is null, "The system refuses executable memory.");
        return placed;
    }
}
