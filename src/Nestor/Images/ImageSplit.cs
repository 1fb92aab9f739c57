namespace Nestor.Images;

/// <summary>A part of a data set.</summary>
public enum ImageSplit
{
    /// <summary>The images to train on.</summary>
    Train,

    /// <summary>The images to measure on.</summary>
    Test,
}
