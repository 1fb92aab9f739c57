namespace Nestor.Text;

/// <summary>What a SentencePiece-style <c>tokenizer.json</c> says beyond its vocabulary and merges.</summary>
/// <param name="AddPrefixSpace">Whether text is given a space at its beginning, which decoding takes away again.</param>
/// <param name="PrefixFirstOnly">Whether only the beginning of a whole text is given the space, and only where it has none: not what follows an added token.</param>
/// <param name="ByteFallback">Whether characters without a token are spelled in byte tokens.</param>
/// <param name="UnknownToken">The token of what can be encoded in no other way.</param>
/// <param name="FuseUnknown">Whether adjacent unknown characters are one unknown token.</param>
internal sealed record SentencePieceOptions(
    bool AddPrefixSpace = true, bool PrefixFirstOnly = false, bool ByteFallback = true, int? UnknownToken = null, bool FuseUnknown = true);
