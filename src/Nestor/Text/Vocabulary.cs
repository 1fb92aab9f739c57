using Nestor.Formats;

namespace Nestor.Text;

/// <summary>The tokens' texts and their ids.</summary>
internal sealed class Vocabulary
{
    private readonly Dictionary<string, int> ids;

    /// <summary>Creates a vocabulary from texts in order of id.</summary>
    /// <exception cref="NestorException">Two ids have the same text.</exception>
    public Vocabulary(string[] tokens)
    {
        Tokens = tokens;
        ids = new Dictionary<string, int>(tokens.Length);
        for (var id = 0; id < tokens.Length; id++)
        {
            if (!ids.TryAdd(tokens[id], id))
                throw new NestorException($"the token {Quoted.Quote(tokens[id])} has two ids, {ids[tokens[id]]} and {id}");
        }

        BySpan = ids.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The tokens' texts, by id.</summary>
    public string[] Tokens { get; }

    /// <summary>The ids, by text.</summary>
    public Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> BySpan { get; }

    /// <summary>The id of a text, or null if it is no token.</summary>
    public int? Find(ReadOnlySpan<char> token) => BySpan.TryGetValue(token, out var id) ? id : null;
}
