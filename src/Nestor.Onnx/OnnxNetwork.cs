using Microsoft.ML.OnnxRuntime;

namespace Nestor.Onnx;

/// <summary>An image classifier in an ONNX file, run by ONNX Runtime: from pixels to scores.</summary>
/// <remarks>
/// It has one input of 32-bit floats, (batch, channels, height, width), and scores the classes in an output of (batch, classes). The file may say in its metadata how pixels
/// are normalised, as <see cref="OnnxPixels"/> reads it and Nestor's export writes it; one that says nothing reads pixels from 0 to 1 as they are.
/// </remarks>
public sealed class OnnxNetwork : IDisposable
{
    private const string Logits = "logits";

    private readonly InferenceSession session;
    private readonly RunOptions run = new();
    private readonly OnnxPixels pixels;
    private readonly string input;
    private readonly string output;
    private readonly int batch;

    private OnnxNetwork(InferenceSession session, string file)
    {
        this.session = session;
        (input, var read) = Only(session.InputMetadata, rank: 4, file, "input");
        (output, var scored) = session.OutputMetadata.TryGetValue(Logits, out var named) ? (Logits, named) : Only(session.OutputMetadata, rank: 2, file, "output");
        if (read.Dimensions is not [var fixedBatch, > 0, > 0, > 0] || scored.Dimensions is not [_, >= 2])
        {
            throw new NestorException(
                $"The file '{file}' reads ({string.Join(", ", read.Dimensions)}) and gives ({string.Join(", ", scored.Dimensions)}); (batch, channels, height, width) and (batch, classes) are wanted, all but the batch fixed and at least two classes.");
        }

        (batch, Channels, Height, Width, Classes) = (fixedBatch, read.Dimensions[1], read.Dimensions[2], read.Dimensions[3], scored.Dimensions[1]);
        pixels = OnnxPixels.Read(session.ModelMetadata.CustomMetadataMap, Channels, file);
    }

    /// <summary>Channels of an image.</summary>
    public int Channels { get; }

    /// <summary>Rows of an image.</summary>
    public int Height { get; }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>Numbers of one image.</summary>
    public int ImageLength => Channels * Height * Width;

    /// <summary>Opens a file.</summary>
    /// <param name="file">The ONNX file.</param>
    /// <param name="threads">Threads of ONNX Runtime.</param>
    /// <exception cref="NestorException">It is missing, damaged, or no image classifier.</exception>
    public static OnnxNetwork Open(string file, int threads = 1)
    {
        if (threads < 1)
            throw new NestorException($"{threads} threads were asked for; at least 1 is needed.");
        if (!File.Exists(file))
            throw new NestorException($"The file '{file}' does not exist.");
        InferenceSession? session = null;
        try
        {
            using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1 };
            session = new InferenceSession(file, options);
            return new OnnxNetwork(session, file);
        }
        catch (OnnxRuntimeException error)
        {
            session?.Dispose();
            throw new NestorException($"ONNX Runtime cannot open '{file}': {error.Message.ReplaceLineEndings(" ")}", error);
        }
        catch
        {
            session?.Dispose();
            throw;
        }
    }

    /// <summary>Scores the classes of images.</summary>
    /// <param name="images">(n, channels, height, width), pixels from 0 to 1.</param>
    /// <returns>(n, classes).</returns>
    /// <exception cref="NestorException">There are not the numbers of whole images, or ONNX Runtime failed.</exception>
    public float[] Scores(ReadOnlySpan<float> images)
    {
        if (images.Length % ImageLength != 0)
            throw new NestorException($"{images.Length} numbers were given; whole images of {Channels}x{Height}x{Width} are wanted.");
        var count = images.Length / ImageLength;
        var normalised = images.ToArray();
        pixels.Normalize(normalised, Height * Width);
        var scores = new float[count * Classes];
        var step = batch > 0 ? batch : Math.Max(1, count);
        for (var first = 0; first < count; first += step)
            Score(normalised, first, Math.Min(step, count - first), step, scores.AsSpan(first * Classes));
        return scores;
    }

    /// <summary>Frees the network.</summary>
    public void Dispose()
    {
        run.Dispose();
        session.Dispose();
    }

    // A file may want batches of one size: what is missing from the last is zeros.
    private void Score(float[] normalised, int first, int count, int size, Span<float> scores)
    {
        var part = new float[size * ImageLength];
        normalised.AsSpan(first * ImageLength, count * ImageLength).CopyTo(part);
        try
        {
            using var value = OrtValue.CreateTensorValueFromMemory(part, [size, Channels, Height, Width]);
            using var results = session.Run(run, new Dictionary<string, OrtValue> { [input] = value }, [output]);
            results[0].GetTensorDataAsSpan<float>()[..(count * Classes)].CopyTo(scores);
        }
        catch (OnnxRuntimeException error)
        {
            throw new NestorException($"ONNX Runtime failed: {error.Message.ReplaceLineEndings(" ")}", error);
        }
    }

    private static (string Name, NodeMetadata Node) Only(IReadOnlyDictionary<string, NodeMetadata> nodes, int rank, string file, string kind)
    {
        var fitting = nodes.Where(node => node.Value.IsTensor && node.Value.ElementDataType == Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Float && node.Value.Dimensions.Length == rank).ToList();
        return fitting is [var only] && (kind == "output" || nodes.Count == 1)
            ? (only.Key, only.Value)
            : throw new NestorException($"The file '{file}' has the {kind}s {string.Join(", ", nodes.Keys)}; an image classifier has one {kind} of 32-bit floats in {rank} dimensions{(kind == "output" ? $", or one that is called {Logits}" : "")}.");
    }
}
