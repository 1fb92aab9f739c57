namespace Nestor.Inference.Emitted;

/// <summary>Writes the x86-64 instructions that the kernels are made of, under the names of the processor manuals.</summary>
/// <remarks>This part has the vector instructions: 512 bits, EVEX encoding, no masks.</remarks>
internal sealed partial class Assembler
{
    /// <summary>Loads 16 floats from any address.</summary>
    public void Vmovups(Zmm target, Memory source) => AddVector(new(1, 0, 0x10), target, source);

    /// <summary>Stores 16 floats to any address.</summary>
    public void Vmovups(Memory target, Zmm source) => AddVector(new(1, 0, 0x11), source, target);

    /// <summary>Loads 16 integers from any address.</summary>
    public void Vmovdqu32(Zmm target, Memory source) => AddVector(new(1, 2, 0x6F), target, source);

    /// <summary>Gives every lane the float at an address.</summary>
    public void Vbroadcastss(Zmm target, Memory source) => AddVector(new(2, 1, 0x18, sizeof(float)), target, source);

    /// <summary>Gives every lane the 32 bits at an address.</summary>
    public void Vpbroadcastd(Zmm target, Memory source) => AddVector(new(2, 1, 0x58, sizeof(int)), target, source);

    /// <summary>Gives every lane the lower 32 bits of a general register.</summary>
    public void Vpbroadcastd(Zmm target, Register source) => AddVector(new(2, 1, 0x7C), target, new Zmm((int)source));

    /// <summary>
    /// Per lane of two BF16: <c>target = fma(even, even, fma(odd, odd, target))</c>, rounding to nearest, subnormals as zeros (AVX512_BF16).
    /// </summary>
    public void Vdpbf16ps(Zmm target, Zmm first, VectorOperand second) => AddVector(new(2, 2, 0x52), target, first, second);

    /// <summary>Per lane <c>target += sum of four products</c> of unsigned bytes by signed bytes, exactly (AVX512_VNNI).</summary>
    public void Vpdpbusd(Zmm target, Zmm unsigned, VectorOperand signed) => AddVector(new(2, 1, 0x50), target, unsigned, signed);

    /// <summary>Integers to floats, to nearest.</summary>
    public void Vcvtdq2ps(Zmm target, VectorOperand source) => AddVector(new(1, 0, 0x5B), target, source);

    /// <summary>16 half floats to floats, exactly.</summary>
    public void Vcvtph2ps(Zmm target, Ymm source) => AddVector(new(2, 1, 0x13, 32), target, source);

    /// <summary><c>target = first + second</c>.</summary>
    public void Vaddps(Zmm target, Zmm first, VectorOperand second) => AddVector(new(1, 0, 0x58), target, first, second);

    /// <summary><c>target = first * second</c>.</summary>
    public void Vmulps(Zmm target, Zmm first, VectorOperand second) => AddVector(new(1, 0, 0x59), target, first, second);

    /// <summary><c>target = first * second + target</c> with one rounding.</summary>
    public void Vfmadd231ps(Zmm target, Zmm first, VectorOperand second) => AddVector(new(2, 1, 0xB8), target, first, second);

    /// <summary><c>target = first ^ second</c>.</summary>
    public void Vpxord(Zmm target, Zmm first, VectorOperand second) => AddVector(new(1, 1, 0xEF), target, first, second);

    /// <summary><c>target = first &amp; second</c>.</summary>
    public void Vpandd(Zmm target, Zmm first, VectorOperand second) => AddVector(new(1, 1, 0xDB), target, first, second);

    /// <summary>Shifts 32-bit lanes right; zeros come in.</summary>
    public void Vpsrld(Zmm target, VectorOperand source, byte bits) => AddShift(new(1, 1, 0x72), 2, target, source, bits);

    /// <summary>Shifts 32-bit lanes left.</summary>
    public void Vpslld(Zmm target, VectorOperand source, byte bits) => AddShift(new(1, 1, 0x72), 6, target, source, bits);

    /// <summary>16 unsigned 16-bit integers in memory to 32 bits.</summary>
    public void Vpmovzxwd(Zmm target, Memory source) => AddVector(new(2, 1, 0x33, 32), target, source);

    /// <summary>The lower halves of 32-bit lanes.</summary>
    public void Vpmovdw(Ymm target, Zmm source) => EvexEncoding.Add(code, new(2, 2, 0x33, 32), source.Number, 0, target);

    /// <summary>Clears the upper parts of registers 0 to 15, so that older instructions do not wait for them.</summary>
    public void Vzeroupper()
    {
        code.Add((byte)0xC5);
        code.Add((byte)0xF8);
        code.Add((byte)0x77);
    }

    private void AddVector(EvexOpcode opcode, Zmm field, VectorOperand last) => EvexEncoding.Add(code, opcode, field.Number, 0, last);

    private void AddVector(EvexOpcode opcode, Zmm field, Zmm first, VectorOperand last) =>
        EvexEncoding.Add(code, opcode, field.Number, first.Number, last);

    private void AddShift(EvexOpcode opcode, int extension, Zmm target, VectorOperand source, byte bits)
    {
        EvexEncoding.Add(code, opcode, extension, target.Number, source);
        code.Add(bits);
    }
}
