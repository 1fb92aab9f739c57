namespace Nestor.Models.Vision;

/// <summary>Which vector stands for the whole picture: the classifier reads it, and it is the picture's embedding.</summary>
public enum VisionPooling
{
    /// <summary>The last state of a learned token that is put before the patches (Dosovitskiy et al. 2021, §3.1; MatFormer uses it).</summary>
    ClassToken,

    /// <summary>The mean of the patches' last states. There is no class token.</summary>
    Mean,
}
