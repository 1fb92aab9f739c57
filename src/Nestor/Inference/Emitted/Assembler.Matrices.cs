namespace Nestor.Inference.Emitted;

/// <summary>Writes the x86-64 instructions that the kernels are made of, under the names of the processor manuals.</summary>
/// <remarks>
/// This part has the matrix instructions (AMX). In addresses of rows the base is the first row and the index, which they need, the bytes from row
/// to row.
/// </remarks>
internal sealed partial class Assembler
{
    /// <summary>Gives the matrix registers their shapes, 64 bytes of them, and clears them.</summary>
    public void Ldtilecfg(Memory shapes) => VexEncoding.Add(code, 0, 0x49, 0, shapes);

    /// <summary>Forgets shapes and contents, so that the system need not save them.</summary>
    public void Tilerelease() => VexEncoding.Add(code, 0, 0x49, 0, 0, 0);

    /// <summary>Loads rows.</summary>
    public void Tileloadd(Tmm target, Memory rows) => VexEncoding.Add(code, 3, 0x4B, target.Number, rows);

    /// <summary>Stores rows.</summary>
    public void Tilestored(Memory rows, Tmm source) => VexEncoding.Add(code, 2, 0x4B, source.Number, rows);

    /// <summary>Clears a register.</summary>
    public void Tilezero(Tmm target) => VexEncoding.Add(code, 3, 0x49, target.Number, 0, 0);

    /// <summary>
    /// <c>target[m][n] += even + odd</c>: sums over the pairs of <c>first[m]</c> with those of column n of <c>second</c>, of the pairs' lower and of their
    /// upper BF16, each one chain from zero that rounds to nearest; subnormals as zeros (AMX-BF16).
    /// </summary>
    public void Tdpbf16ps(Tmm target, Tmm first, Tmm second) => VexEncoding.Add(code, 2, 0x5C, target.Number, second.Number, first.Number);
}
