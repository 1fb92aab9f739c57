using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Nestor.Text;

/// <summary>How often each piece of <see cref="Gpt2Words"/> occurs in documents.</summary>
internal static class WordCounts
{
    /// <summary>Documents are cut into parts of about this many characters, so that one long document is counted on all cores.</summary>
    private const int PartLength = 1 << 17;

    /// <summary>Counts the pieces of all documents.</summary>
    public static Dictionary<string, long> Of(IEnumerable<string> documents, AddedTokenSplitter special, int threads, CancellationToken cancellation)
    {
        using var parts = documents.SelectMany(document => Parts(document, special)).GetEnumerator();
        var counts = new Dictionary<string, long>[threads];
        try
        {
            Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, worker =>
            {
                var own = counts[worker] = [];
                while (Next(out var part))
                    Count(part.Span, own);
            });
        }
        catch (AggregateException errors)
        {
            // What the documents throw, such as a file that cannot be read, is for the caller as it is.
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }

        var all = counts[0];
        foreach (var other in counts.AsSpan(1))
        {
            foreach (var (word, count) in other)
                CollectionsMarshal.GetValueRefOrAddDefault(all, word, out _) += count;
        }

        return all;

        bool Next(out ReadOnlyMemory<char> part)
        {
            lock (parts)
            {
                cancellation.ThrowIfCancellationRequested();
                var found = parts.MoveNext();
                part = found ? parts.Current : default;
                return found;
            }
        }
    }

    private static void Count(ReadOnlySpan<char> text, Dictionary<string, long> counts)
    {
        var words = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = Gpt2Words.End(text, start);
            CollectionsMarshal.GetValueRefOrAddDefault(words, text[start..end], out _)++;
        }
    }

    /// <summary>A document's text between special tokens, cut where a piece always ends: before white space that follows something else.</summary>
    private static IEnumerable<ReadOnlyMemory<char>> Parts(string document, AddedTokenSplitter special)
    {
        for (var position = 0; position < document.Length;)
        {
            var start = position;
            var length = special.Next(document, ref position, out _).Length;
            for (int from = start, end; from < start + length; from = end)
            {
                end = Math.Min(from + PartLength, start + length);
                while (end < start + length && !(char.IsWhiteSpace(document[end]) && !char.IsWhiteSpace(document[end - 1])))
                    end++;
                yield return document.AsMemory(from..end);
            }
        }
    }
}
