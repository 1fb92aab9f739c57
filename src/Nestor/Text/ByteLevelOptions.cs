namespace Nestor.Text;

/// <summary>What a byte-level <c>tokenizer.json</c> says beyond its vocabulary and merges.</summary>
/// <param name="AddPrefixSpace">Whether text that does not begin with a space is given one.</param>
/// <param name="Words">How text is cut into pieces.</param>
/// <param name="Composes">Whether text is brought into Unicode's form C first (Qwen).</param>
internal sealed record ByteLevelOptions(bool AddPrefixSpace = false, WordPattern Words = WordPattern.Gpt2, bool Composes = false);
