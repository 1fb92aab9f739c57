namespace Nestor.Inference.Speculation;

/// <summary>Tokens that follow a text, each with the distribution it was drawn from. Reused from draft to draft.</summary>
internal sealed class Draft
{
    private readonly List<TokenDistribution> distributions = [];
    private readonly List<int> tokens = [];

    /// <summary>The tokens, first one first.</summary>
    public IReadOnlyList<int> Tokens => tokens;

    /// <summary>Whether nothing should be drafted after these tokens: one ends the text, or was a guess.</summary>
    public bool Ended { get; set; }

    /// <summary>What a token was drawn from; of the token after the last, to be set before that is added.</summary>
    public TokenDistribution Distribution(int index)
    {
        while (index >= distributions.Count)
            distributions.Add(new TokenDistribution());
        return distributions[index];
    }

    /// <summary>Adds a token.</summary>
    public void Add(int token) => tokens.Add(token);

    /// <summary>Forgets the tokens.</summary>
    public void Clear()
    {
        tokens.Clear();
        Ended = false;
    }
}
