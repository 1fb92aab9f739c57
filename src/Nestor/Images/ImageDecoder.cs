using System.Buffers.Binary;
using Nestor.Formats;
using StbImageSharp;

namespace Nestor.Images;

/// <summary>A decoded picture.</summary>
/// <param name="Channels">1 or 3.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Data">(height, width, channels), channels fastest.</param>
internal sealed record DecodedImage(int Channels, int Height, int Width, byte[] Data);

/// <summary>JPEG and PNG files as pictures, without native code.</summary>
/// <remarks>The decoder is StbImageSharp. Sizes are read from the header first, so that a few bytes cannot ask for all memory.</remarks>
internal static class ImageDecoder
{
    /// <summary>The longest file that is decoded.</summary>
    public const int LongestFile = 64 << 20;

    private const long MostPixels = 50_000_000;

    /// <summary>Whether a file has the ending of a picture.</summary>
    public static bool IsPicture(string name) => Path.GetExtension(name).ToLowerInvariant() is ".jpg" or ".jpeg" or ".png";

    /// <summary>Decodes a file.</summary>
    /// <returns>The picture, or null and the reason why it cannot be read.</returns>
    public static DecodedImage? Decode(byte[] file, out string reason)
    {
        reason = "";
        try
        {
            if (!IsJpeg(file) && !IsPng(file))
                throw new InvalidDataException("it is neither a JPEG nor a PNG file");
            using var stream = new MemoryStream(file, writable: false);
            if (ImageInfo.FromStream(stream) is not { } info)
                throw new InvalidDataException("its header cannot be read");
            if (info.Width < 1 || info.Height < 1 || (long)info.Width * info.Height > MostPixels)
                throw new InvalidDataException($"its size is {info.Width} x {info.Height}; up to {MostPixels:N0} pixels are read");
            var grey = info.ColorComponents is ColorComponents.Grey or ColorComponents.GreyAlpha;
            var image = ImageResult.FromMemory(file, grey ? ColorComponents.Grey : ColorComponents.RedGreenBlue);
            return new DecodedImage(grey ? 1 : 3, image.Height, image.Width, image.Data);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A decoder meets damaged bytes as whatever exception its arithmetic ends in; the file is what is wrong.
            reason = Quoted.OneLine(error.Message);
            return null;
        }
    }

    private static bool IsJpeg(ReadOnlySpan<byte> file) => file.Length > 3 && file[0] == 0xFF && file[1] == 0xD8 && file[2] == 0xFF;

    private static bool IsPng(ReadOnlySpan<byte> file) => file.Length > 8 && BinaryPrimitives.ReadUInt64BigEndian(file) == 0x89504E470D0A1A0A;
}
