using System.Buffers.Binary;
using System.Collections.Immutable;
using Nestor.Models;
using Nestor.Text;

namespace Nestor.Formats;

/// <summary>Reads checkpoints of llama2.c's first format: seven 32-bit integers, then 32-bit float weights in a fixed order.</summary>
/// <remarks>
/// The order of https://github.com/karpathy/llama2.c, <c>export.py</c>, version 0. Its rotary positions turn neighbouring elements of a
/// head together, HuggingFace's turn halves, so the rows of query and key projections are reordered.
/// </remarks>
public static class Llama2cCheckpoint
{
    private const int HeaderFields = 7, HeaderBytes = HeaderFields * sizeof(int);

    // No real model is larger in any dimension; with it, sizes in bytes cannot overflow.
    private const int Largest = 1 << 20, MostLayers = 1 << 10;

    /// <summary>Writes a llama2.c model and its tokenizer as a model folder.</summary>
    /// <param name="modelPath">The model, such as <c>stories260K.bin</c>.</param>
    /// <param name="tokenizerPath">Its tokenizer, such as <c>tok512.bin</c>.</param>
    /// <param name="folder">The model folder to write.</param>
    /// <param name="overwrite">Whether a model in the folder may be replaced.</param>
    /// <exception cref="NestorException">The folder holds a model, a file cannot be read or written, is damaged, or the tokenizer belongs to another model.</exception>
    public static void Import(string modelPath, string tokenizerPath, string folder, bool overwrite = false)
    {
        if (!overwrite)
            ModelFolder.ThrowIfTaken(folder, "the import");
        Import(modelPath, config => Llama2cTokenizer.Open(tokenizerPath, config.VocabularySize), folder);
    }

    /// <summary>Writes a llama2.c model with the tokenizer for its configuration, or none.</summary>
    internal static void Import(string modelPath, Func<ModelConfig, Tokenizer?> tokenizer, string folder)
    {
        using var file = MappedFile.Open(modelPath, HeaderBytes);
        var config = ReadConfig(file);
        Checkpoint.Write(folder, config, Tensors(file, config), tokenizer(config));
    }

    private static unsafe ModelConfig ReadConfig(MappedFile file)
    {
        var header = new int[HeaderFields];
        for (var i = 0; i < HeaderFields; i++)
            header[i] = BinaryPrimitives.ReadInt32LittleEndian(new ReadOnlySpan<byte>(file.At(i * sizeof(int)), sizeof(int)));
        var (hidden, width, layers, heads, keyValueHeads, vocabulary, context) =
            (header[0], header[1], header[2], header[3], header[4], Math.Abs((long)header[5]), header[6]);

        var sizes = new[] { hidden, width, layers, heads, keyValueHeads, vocabulary, context };
        if (sizes.Any(size => size is <= 0 or > Largest) || layers > MostLayers || hidden % heads != 0)
            throw NotAModel(file, $"its header reads {string.Join(", ", header)}");

        var config = new ModelConfig
        {
            VocabularySize = (int)vocabulary,
            HiddenSize = hidden,
            FullWidths = WidthPlan.Uniform(width, layers),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = hidden / heads,
            ContextLength = context,
            NormEpsilon = 1e-5f,
            RopeTheta = 10_000f,
            TieEmbeddings = header[5] > 0,
            BeginToken = 1,
            EndToken = 2,
        };
        try
        {
            config.Validate();
        }
        catch (NestorException error)
        {
            throw new NestorException($"The file '{file.Path}' is not a llama2.c model: {error.Message}", error);
        }

        var expected = HeaderBytes + sizeof(float) * (TensorNames.All(config).Sum(tensor => Count(tensor.Shape)) + RotaryTables(config));
        return file.Length == expected ? config : throw NotAModel(file, $"its header asks for {expected} bytes, it has {file.Length}");
    }

    private static NestorException NotAModel(MappedFile file, string found) =>
        new($"The file '{file.Path}' is not a whole llama2.c model of version 0: {found}; export it again with version 0, or fetch it again.");

    private static List<TensorSource> Tensors(MappedFile file, ModelConfig config)
    {
        var shapes = TensorNames.All(config).ToDictionary(tensor => tensor.Name, tensor => tensor.Shape);
        var sources = new List<TensorSource>();
        long offset = HeaderBytes;
        foreach (var (name, rotaryHeads) in FileOrder(config))
        {
            if (name == TensorNames.Head)
                offset += sizeof(float) * RotaryTables(config);
            var (shape, begin, bytes) = (shapes[name], offset, sizeof(float) * Count(shapes[name]));
            sources.Add(new TensorSource(name, TensorType.F32, shape, stream =>
            {
                if (rotaryHeads > 0)
                    WriteHalves(file, begin, bytes, rotaryHeads, config.HeadSize, stream);
                else
                    Write(file, begin, bytes, stream);
            }));
            offset += bytes;
        }

        return sources;
    }

    // All layers of one kind of tensor, then of the next; w1, w2 and w3 are gate, down and up.
    private static IEnumerable<(string Name, int RotaryHeads)> FileOrder(ModelConfig config)
    {
        yield return (TensorNames.Embedding, 0);
        foreach (var (name, rotaryHeads) in new (Func<int, string> Name, int RotaryHeads)[]
        {
            (TensorNames.AttentionNorm, 0), (TensorNames.Query, config.Heads), (TensorNames.Key, config.KeyValueHeads), (TensorNames.Value, 0),
            (TensorNames.Output, 0), (TensorNames.FeedForwardNorm, 0), (TensorNames.Gate, 0), (TensorNames.Down, 0), (TensorNames.Up, 0),
        })
        {
            for (var layer = 0; layer < config.Layers; layer++)
                yield return (name(layer), rotaryHeads);
        }

        yield return (TensorNames.FinalNorm, 0);
        if (!config.TieEmbeddings)
            yield return (TensorNames.Head, 0);
    }

    // Cosines and sines that llama2.c no longer reads, between the last norm and the head.
    private static long RotaryTables(ModelConfig config) => (long)config.ContextLength * config.HeadSize;

    private static long Count(ImmutableArray<long> shape) => shape.Aggregate(1L, (product, size) => product * size);

    private static void WriteHalves(MappedFile file, long begin, long bytes, int heads, int headSize, Stream stream)
    {
        var rows = (long)heads * headSize;
        for (long row = 0; row < rows; row++)
            Write(file, begin + NeighbourRows.OfHalves(row, headSize) * (bytes / rows), bytes / rows, stream);
    }

    private static unsafe void Write(MappedFile file, long begin, long bytes, Stream stream)
    {
        const int chunk = 1 << 24;
        for (long done = 0; done < bytes; done += chunk)
            stream.Write(new ReadOnlySpan<byte>(file.At(begin + done), (int)Math.Min(chunk, bytes - done)));
    }
}
