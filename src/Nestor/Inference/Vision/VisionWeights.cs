using Nestor.Inference.Kernels;
using Nestor.Inference.Weights;
using Nestor.Models;
using Nestor.Models.Vision;

namespace Nestor.Inference.Vision;

/// <summary>A vision model's weights as the kernels read them: matrices in tiles, everything else as floats.</summary>
/// <remarks>All is copied: the checkpoint may be closed afterwards. Whoever uses a pointer of the weights keeps them alive until it is done (<see cref="GC.KeepAlive"/>).</remarks>
internal sealed unsafe class VisionWeights
{
    private readonly VisionCheckpoint checkpoint;
    private readonly Dictionary<string, PackedMatrix> matrices = new(StringComparer.Ordinal);

    // Keeps packed matrices alive.
    private readonly AlignedMemory memory;

    private VisionWeights(VisionCheckpoint checkpoint, WeightPacking packing, int threads)
    {
        (this.checkpoint, Packing) = (checkpoint, packing);
        var config = checkpoint.Config;
        memory = Pack(threads);
        Patch = matrices[VisionTensorNames.Patch];
        Starts = StartsOf(config);
        Layers = [.. Enumerable.Range(0, config.Layers).Select(i => new VisionLayerWeights
        {
            AttentionNorm = new NormVectors(Vector(VisionTensorNames.AttentionNorm(i)), Vector(VisionTensorNames.AttentionNormBias(i))),
            Query = Matrix(VisionTensorNames.Query(i), VisionTensorNames.QueryBias(i)),
            Key = Matrix(VisionTensorNames.Key(i), VisionTensorNames.KeyBias(i)),
            Value = Matrix(VisionTensorNames.Value(i), VisionTensorNames.ValueBias(i)),
            Output = Matrix(VisionTensorNames.Output(i), VisionTensorNames.OutputBias(i)),
            FeedForwardNorm = new NormVectors(Vector(VisionTensorNames.FeedForwardNorm(i)), Vector(VisionTensorNames.FeedForwardNormBias(i))),
            Up = Matrix(VisionTensorNames.Up(i), VisionTensorNames.UpBias(i)),
            Down = Matrix(VisionTensorNames.Down(i), VisionTensorNames.DownBias(i)),
        })];
        Norm = new NormVectors(Vector(VisionTensorNames.FinalNorm), Vector(VisionTensorNames.FinalNormBias));
        Classifier = Matrix(VisionTensorNames.Classifier, VisionTensorNames.ClassifierBias);
    }

    /// <summary>Types of the matrices.</summary>
    public WeightPacking Packing { get; }

    /// <summary>(hidden, channels * patch * patch)</summary>
    public PackedMatrix Patch { get; }

    /// <summary>(positions, hidden in whole panels): what the residual stream begins with, to which patches are added. Position, and class token or the patches' bias.</summary>
    public FloatBuffer Starts { get; }

    /// <summary>First layer first.</summary>
    public VisionLayerWeights[] Layers { get; }

    /// <summary>(hidden)</summary>
    public NormVectors Norm { get; }

    /// <summary>(classes, hidden)</summary>
    public BiasedMatrix Classifier { get; }

    /// <summary>Prepares a model's weights.</summary>
    /// <param name="checkpoint">The open model folder.</param>
    /// <param name="type">Type of the matrices; if not given, as the folder has them, F64 as F32, and F32 for a folder of several types.</param>
    /// <param name="threads">Most threads to pack with; the result does not depend on it.</param>
    /// <exception cref="NestorException">A weight does not fit the type (infinite or not a number for quantised ones), or there is not enough memory.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint was disposed.</exception>
    public static VisionWeights Load(VisionCheckpoint checkpoint, WeightType? type, int threads) =>
        new(checkpoint, WeightPacking.Of(type ?? VisionMatrices.StoredType(checkpoint)), threads);

    private AlignedMemory Pack(int threads)
    {
        var all = VisionMatrices.All(checkpoint.Config, Packing).ToList();
        var target = new AlignedMemory(all.Sum(matrix => matrix.ByteCount), $"The model '{checkpoint.Folder}' as {Packing}");
        var next = target.Start;
        foreach (var matrix in all)
        {
            matrices.Add(matrix.Name, matrix.At(next));
            next += matrix.ByteCount;
        }

        TilePacker.Pack([.. all.Select(matrix => (checkpoint.Tensors.Get(matrix.Name), matrices[matrix.Name]))], threads);
        return target;
    }

    private BiasedMatrix Matrix(string name, string bias) => new(matrices[name], Vector(bias));

    private FloatBuffer Vector(string name)
    {
        var tensor = checkpoint.Tensors.Get(name);
        var buffer = new FloatBuffer(Padded((int)tensor.Count));
        tensor.CopyTo(new Span<float>(buffer.Pointer, (int)tensor.Count));
        return buffer;
    }

    private FloatBuffer StartsOf(VisionConfig config)
    {
        int hidden = config.HiddenSize, stride = Padded(hidden);
        var positions = new float[(long)config.Positions * hidden];
        checkpoint.Tensors.Get(VisionTensorNames.Positions).CopyTo(positions);
        var patch = Vector(VisionTensorNames.PatchBias);
        var first = config.Pooling == VisionPooling.ClassToken ? Vector(VisionTensorNames.ClassToken) : patch;
        var starts = new FloatBuffer((long)config.Positions * stride);
        for (var position = 0; position < config.Positions; position++)
        {
            var added = position == 0 ? first : patch;
            for (var i = 0; i < hidden; i++)
                starts.Pointer[(nint)position * stride + i] = positions[(long)position * hidden + i] + added.Pointer[i];
        }

        return starts;
    }

    private static int Padded(int size) => PackedMatrix.PanelsOf(size) * Tile.Rows;
}
