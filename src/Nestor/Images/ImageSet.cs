using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Nestor.Formats;

namespace Nestor.Images;

/// <summary>Images of one shape with their classes, in memory as bytes.</summary>
/// <remarks>
/// Read from MNIST's idx files, CIFAR's binary files, a folder or zip of JPEG and PNG files, or drawn (<see cref="ShapeImages"/>). Images
/// that cannot be decoded are left out and named in <see cref="Broken"/>.
/// </remarks>
public sealed class ImageSet
{
    /// <summary>The label of an image that lies in no class.</summary>
    public const int NoClass = -1;

    private readonly ImmutableArray<byte[]> pixels;
    private readonly ImmutableArray<int> labels;
    private readonly Func<int, string> name;
    private readonly Lazy<string> contentHash;

    internal ImageSet(string source, ImageShape shape, IReadOnlyList<string> classes, IEnumerable<byte[]> pixels, IEnumerable<int> labels, Func<int, string> name, IReadOnlyList<BrokenImage>? broken = null)
    {
        (Source, Shape, Classes, Broken, this.name) = (source, shape, classes, broken ?? [], name);
        (this.pixels, this.labels) = ([.. pixels], [.. labels]);
        contentHash = new Lazy<string>(Hash);
        if (Count == 0)
            throw new NestorException($"There are no images in {source}{(Broken.Count > 0 ? $": {Broken.Count} were broken, the first is {Quoted.Quote(Broken[0].Name)} ({Broken[0].Reason})" : "")}; give MNIST or CIFAR files, or a folder or zip with JPEG or PNG files.");
    }

    /// <summary>Where the images are from, in words.</summary>
    public string Source { get; }

    /// <summary>The shape of every image.</summary>
    public ImageShape Shape { get; }

    /// <summary>Names of the classes; a label is a place in this list.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Images.</summary>
    public int Count => pixels.Length;

    /// <summary>Images that were left out.</summary>
    public IReadOnlyList<BrokenImage> Broken { get; }

    /// <summary>SHA-256, in hexadecimal, over shape, classes, labels and pixels.</summary>
    public string ContentHash => contentHash.Value;

    /// <summary>Whether every image has a class.</summary>
    public bool IsLabelled => labels.All(label => label != NoClass);

    /// <summary>Opens what a text names: <c>shapes</c>, <c>shapes:0.8</c>, a folder of idx or CIFAR files, a CIFAR file, or a folder or zip of images.</summary>
    /// <param name="text">The name or the path.</param>
    /// <param name="split">The part to read; sources without parts give all their images for each.</param>
    /// <param name="size">Height and width that JPEG and PNG files are scaled and cut to, and that shapes are drawn in; null for the size of the first.</param>
    /// <param name="channels">1 for grey, 3 for colour; null for what the first image has.</param>
    /// <exception cref="NestorException">There is nothing to read, it is damaged as a whole, or its images have another shape than the one wanted.</exception>
    public static ImageSet Open(string text, ImageSplit split, int? size = null, int? channels = null)
    {
        if (ShapeImages.TryParse(text, out var difficulty))
            return ShapeImages.Draw(split, difficulty, new ImageShape(channels ?? ShapeImages.StandardShape.Channels, size ?? ShapeImages.StandardShape.Height, size ?? ShapeImages.StandardShape.Width));
        FileError.CheckPath(text);
        ImageSet set;
        if (IdxFiles.Find(text, split) is { } idx)
            set = IdxFiles.Read(idx);
        else if (CifarFiles.Find(text, split) is { } cifar)
            set = CifarFiles.Read(cifar);
        else
            return ImageFiles.Open(text, split).ReadAll(size, channels);
        var wanted = new ImageShape(channels ?? set.Shape.Channels, size ?? set.Shape.Height, size ?? set.Shape.Width);
        return wanted == set.Shape
            ? set
            : throw new NestorException($"The images of {set.Source} are {set.Shape}, {wanted} were wanted; leave the size out, or use a model for theirs.");
    }

    /// <summary>The bytes of an image, (channels, height, width).</summary>
    public ReadOnlySpan<byte> Pixels(int image) => pixels[image];

    /// <summary>The class of an image, or <see cref="NoClass"/>.</summary>
    public int Label(int image) => labels[image];

    /// <summary>The file, entry or record that an image is from.</summary>
    public string Name(int image) => name(image);

    /// <summary>The first images, for quick looks and short measurements.</summary>
    /// <param name="count">Images at most.</param>
    public ImageSet Take(int count) => count >= Count ? this : new ImageSet(Source, Shape, Classes, pixels.Take(count), labels.Take(count), name, Broken);

    /// <summary>Some of the images.</summary>
    /// <param name="images">Their places in this set; at least one.</param>
    /// <exception cref="NestorException">There are none.</exception>
    public ImageSet Pick(IReadOnlyList<int> images) =>
        new(Source, Shape, Classes, images.Select(image => pixels[image]), images.Select(image => labels[image]), image => name(images[image]), Broken);

    private string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Shape} {Count}\n{string.Join('\n', Classes)}\n")));
        Span<byte> label = stackalloc byte[sizeof(int)];
        for (var i = 0; i < Count; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(label, labels[i]);
            hash.AppendData(label);
            hash.AppendData(ImmutableCollectionsMarshal.AsArray(pixels)![i]);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
