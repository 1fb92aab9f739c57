using Nestor.Inference.Kernels;
using unsafe Configuring = delegate* unmanaged[SuppressGCTransition]<byte*, void>;
using unsafe Kernel = delegate* unmanaged[SuppressGCTransition]<byte*, nint, nint, byte*, nint, float*, nint, nint, void>;
using unsafe Releasing = delegate* unmanaged[SuppressGCTransition]<void>;

namespace Nestor.Inference.Emitted.Matrices;

/// <summary>Emitted kernels with matrix registers, and how any number of rows is split among them.</summary>
internal sealed unsafe class MatrixKernels
{
    private const int HalfOfOutputs = Tile.Rows / 2, HalfOfPairs = HalfOfOutputs * 2 * sizeof(ushort);

    private readonly MatrixShapes shapes = new();
    private readonly Configuring configure;
    private readonly Releasing release;
    private readonly Kernel oneBlock, twoBlocks;

    private MatrixKernels(byte* configure, byte* release, byte* oneBlock, byte* twoBlocks)
    {
        this.configure = (Configuring)configure;
        this.release = (Releasing)release;
        this.oneBlock = (Kernel)oneBlock;
        this.twoBlocks = (Kernel)twoBlocks;
    }

    /// <summary>Emits them.</summary>
    /// <returns>Null if the system refuses executable memory.</returns>
    public static MatrixKernels? Place()
    {
        var configure = Place(EmitConfigure);
        var release = Place(EmitRelease);
        var oneBlock = Place(code => MatrixCode.Emit(code, new(RowBlocks: 1)));
        var twoBlocks = Place(code => MatrixCode.Emit(code, new(RowBlocks: 2)));
        return configure is null || release is null || oneBlock is null || twoBlocks is null ? null : new(configure, release, oneBlock, twoBlocks);
    }

    /// <summary>See <see cref="ProductKernel.Multiply"/>. The registers have shapes only meanwhile, so that the system need not save them at other times.</summary>
    public void Multiply(in PanelTiles tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        var configured = 0;
        for (var groups = (rows + MatrixShapes.MaxRows - 1) / MatrixShapes.MaxRows; groups > 0; groups--)
        {
            var taken = (rows + groups - 1) / groups;
            if (taken != configured)
                configure(shapes[taken]);
            configured = taken;
            MultiplyGroup(tiles, inputs, inputStride, taken, output, outputStride, add);
            inputs += taken * inputStride;
            output += taken * outputStride;
            rows -= taken;
        }

        release();
    }

    private void MultiplyGroup(in PanelTiles tiles, byte* inputs, nint inputStride, int rows, float* output, nint outputStride, bool add)
    {
        var (outputBytes, begin) = (outputStride * sizeof(float), add ? 1 : 0);
        if (rows <= MatrixShapes.BlockRows)
        {
            oneBlock(tiles.Start, tiles.Stride, tiles.Count, inputs, inputStride, output, outputBytes, begin);
            return;
        }

        twoBlocks(tiles.Start, tiles.Stride, tiles.Count, inputs, inputStride, output, outputBytes, begin);
        twoBlocks(tiles.Start + HalfOfPairs, tiles.Stride, tiles.Count, inputs, inputStride, output + HalfOfOutputs, outputBytes, begin);
    }

    private static byte* Place(Action<Assembler> emit)
    {
        var code = new Assembler();
        emit(code);
        return ExecutableMemory.Place(code.ToArray());
    }

    private static void EmitConfigure(Assembler code)
    {
        code.Ldtilecfg(new Memory(Register.Rdi));
        code.Ret();
    }

    private static void EmitRelease(Assembler code)
    {
        code.Tilerelease();
        code.Ret();
    }
}
