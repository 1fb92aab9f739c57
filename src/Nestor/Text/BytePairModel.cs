using Nestor.Formats;

namespace Nestor.Text;

/// <summary>A vocabulary and the merges that build its tokens: what every kind of byte-pair tokeniser shares.</summary>
internal sealed class BytePairModel
{
    private readonly MergeTable table;

    /// <summary>Creates a model whose merges join the texts of two tokens into that of a third.</summary>
    /// <exception cref="NestorException">A merge appears twice or makes no token.</exception>
    public BytePairModel(Vocabulary vocabulary, (int Left, int Right)[] merges)
    {
        (Vocabulary, Merges) = (vocabulary, merges);
        Results = new int[merges.Length];
        for (var rank = 0; rank < merges.Length; rank++)
        {
            var (left, right) = (vocabulary.Tokens[merges[rank].Left], vocabulary.Tokens[merges[rank].Right]);
            Results[rank] = vocabulary.Find(left + right)
                ?? throw new NestorException($"merge {rank} of {Quoted.Quote(left)} and {Quoted.Quote(right)} makes no token of the vocabulary");
        }

        table = new MergeTable(merges, Results);
    }

    /// <summary>The tokens.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>The pairs that merge, first to merge first.</summary>
    public (int Left, int Right)[] Merges { get; }

    /// <summary>The token each merge makes.</summary>
    public int[] Results { get; }

    /// <summary>Whether a piece that is a token is that token, whatever its merges make of it (Llama 3).</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Merges symbols in place and returns how many tokens are left at their front.</summary>
    public int Merge(Span<int> symbols) => PairMerger.Merge(table, symbols);
}
