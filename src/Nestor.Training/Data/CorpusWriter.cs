using System.Buffers.Binary;
using System.Text;
using Nestor.Formats;
using Nestor.Text;

namespace Nestor.Training.Data;

/// <summary>Encodes a source's documents on all cores and writes them in the order of the source.</summary>
internal sealed class CorpusWriter(
    TextSource source,
    Tokenizer tokenizer,
    double validationShare,
    IProgress<CorpusProgress>? progress,
    CancellationToken cancellation)
{
    /// <summary>Documents encoded at a time: enough characters to keep every core busy, few enough to hold.</summary>
    private const int BatchCharacters = 8 * 1024 * 1024, BatchDocuments = 16 * 1024;

    private readonly int tokenBytes = TokenPart.TokenBytes(tokenizer.VocabularySize);
    private readonly int? end = tokenizer.Find(Corpus.EndOfText);
    private PartSize train;
    private PartSize validation;

    /// <summary>Writes the three files of a corpus into an existing folder.</summary>
    /// <exception cref="NestorException">The source cannot be read or has no two documents, or the disk is full.</exception>
    public void Write(string folder, string hash)
    {
        var split = DocumentSplit.Choose(source, validationShare);
        AtomicFile.Write(Path.Combine(folder, CorpusFolder.TrainName), trainStream =>
            AtomicFile.Write(Path.Combine(folder, CorpusFolder.ValidationName), validationStream =>
                Write(split, trainStream, validationStream)));
        new CorpusManifest(hash, source.Name, tokenizer.VocabularySize, train, validation).Write(Path.Combine(folder, CorpusFolder.ManifestName));
    }

    private void Write(DocumentSplit split, Stream trainStream, Stream validationStream)
    {
        var size = Math.Max(1, source.Bytes);
        foreach (var batch in Batches())
        {
            var encoded = new EncodedDocument[batch.Count];
            Parallel.For(0, batch.Count, new ParallelOptions { CancellationToken = cancellation }, i => encoded[i] = Encode(batch[i].Text, split));
            foreach (var document in encoded)
            {
                (document.IsValidation ? validationStream : trainStream).Write(document.Tokens);
                ref var part = ref document.IsValidation ? ref validation : ref train;
                part = new PartSize(part.Documents + 1, part.Tokens + document.Tokens.Length / tokenBytes, part.Bytes + document.TextBytes);
            }

            progress?.Report(new CorpusProgress((double)batch[^1].Consumed / size, train.Documents + validation.Documents, train.Tokens + validation.Tokens));
        }
    }

    private IEnumerable<List<SourceDocument>> Batches()
    {
        var batch = new List<SourceDocument>();
        var characters = 0;
        foreach (var document in source.Read())
        {
            cancellation.ThrowIfCancellationRequested();
            batch.Add(document);
            characters += document.Text.Length;
            if (characters < BatchCharacters && batch.Count < BatchDocuments)
                continue;
            yield return batch;
            batch.Clear();
            characters = 0;
        }

        if (batch.Count > 0)
            yield return batch;
    }

    private EncodedDocument Encode(string text, DocumentSplit split)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var tokens = new List<int>(text.Length / 3 + 1);
        tokenizer.Encode(text, tokens);
        if (end is { } id)
            tokens.Add(id);
        var bytes = new byte[(long)tokens.Count * tokenBytes];
        for (var i = 0; i < tokens.Count; i++)
        {
            if (tokenBytes == sizeof(ushort))
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * sizeof(ushort)), (ushort)tokens[i]);
            else
                BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(i * sizeof(uint)), (uint)tokens[i]);
        }

        return new EncodedDocument(bytes, utf8.Length, split.IsValidation(DocumentSplit.Hash(utf8)));
    }

    private readonly record struct EncodedDocument(byte[] Tokens, long TextBytes, bool IsValidation);
}
