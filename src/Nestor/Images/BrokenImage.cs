namespace Nestor.Images;

/// <summary>An image that could not be read and was left out.</summary>
/// <param name="Name">Its file, entry or record.</param>
/// <param name="Reason">Why, in one line.</param>
public readonly record struct BrokenImage(string Name, string Reason);
