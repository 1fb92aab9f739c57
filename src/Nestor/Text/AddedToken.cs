namespace Nestor.Text;

/// <summary>A token that is found in text as it is written, before any merging; the fields are those of a <c>tokenizer.json</c>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="Special">Whether it marks structure, such as the end of a text, and is no text itself.</param>
/// <param name="Normalized">Whether it is looked for in normalised text instead of the text as given.</param>
/// <param name="SingleWord">Whether it is only found where no word character touches it.</param>
/// <param name="LeftStrip">Whether it takes the white space before it with it.</param>
/// <param name="RightStrip">Whether it takes the white space after it with it.</param>
internal sealed record AddedToken(
    int Id, string Content, bool Special = true, bool Normalized = false, bool SingleWord = false, bool LeftStrip = false, bool RightStrip = false);
