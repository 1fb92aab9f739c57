using System.Text.Json;
using Nestor.Formats;

namespace Nestor.Models.Vision;

/// <summary>How pixels become a vision model's inputs, as HuggingFace's <c>preprocessor_config.json</c>.</summary>
internal static class PreprocessorJson
{
    /// <summary>The file's name in a model folder.</summary>
    public const string FileName = "preprocessor_config.json";

    /// <summary>What HuggingFace's ViT assumes where the file or the keys are missing.</summary>
    private const float DefaultMean = 0.5f, DefaultDeviation = 0.5f;

    /// <summary>From a byte to a value from 0 to 1.</summary>
    private const double Rescale = 1 / 255.0;

    /// <summary>Reads the file; one that is missing means HuggingFace's defaults.</summary>
    /// <param name="path">The file.</param>
    /// <param name="imageSize">The model's image size.</param>
    /// <param name="channels">The model's channels.</param>
    /// <exception cref="NestorException">The file is damaged, or says something that Nestor does not do: another size or another scale.</exception>
    public static PixelScale Read(string path, int imageSize, int channels)
    {
        if (!File.Exists(path))
            return Defaults();
        return JsonFile.Read(path, root =>
        {
            var fields = new ConfigFields(path, root);
            CheckSize(fields, imageSize);
            if (fields.Flag("do_rescale") == false)
                throw fields.Wrong("do_rescale", "true");
            if (fields.Number("rescale_factor") is { } factor && Math.Abs(factor - Rescale) > 1e-6)
                throw fields.Wrong("rescale_factor", "1/255, from a byte to a value from 0 to 1,");
            if (fields.Flag("do_normalize") == false)
                return new PixelScale([.. Enumerable.Repeat(0f, channels)], [.. Enumerable.Repeat(1f, channels)]);
            return new PixelScale(
                fields.Numbers("image_mean", channels) ?? Defaults().Mean, fields.Numbers("image_std", channels) ?? Defaults().StandardDeviation);
        });

        PixelScale Defaults() => new([.. Enumerable.Repeat(DefaultMean, channels)], [.. Enumerable.Repeat(DefaultDeviation, channels)]);
    }

    /// <summary>Writes the file so that <see cref="Read"/> gives mean and deviation back.</summary>
    public static void Write(Stream stream, VisionConfig config)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("image_processor_type", "ViTImageProcessor");
        json.WriteBoolean("do_resize", true);
        json.WriteStartObject("size");
        json.WriteNumber("height", config.ImageSize);
        json.WriteNumber("width", config.ImageSize);
        json.WriteEndObject();
        json.WriteBoolean("do_rescale", true);
        json.WriteNumber("rescale_factor", Rescale);
        json.WriteBoolean("do_normalize", true);
        WriteNumbers("image_mean", config.Mean);
        WriteNumbers("image_std", config.StandardDeviation);
        json.WriteEndObject();

        void WriteNumbers(string key, IEnumerable<float> values)
        {
            json.WriteStartArray(key);
            foreach (var value in values)
                json.WriteNumberValue(value);
            json.WriteEndArray();
        }
    }

    /// <summary>The size is one number or a height and a width; other keys crop, which the readers of pictures do not.</summary>
    private static void CheckSize(ConfigFields fields, int imageSize)
    {
        int?[] sizes = fields.IsNumber("size") ? [fields.Size("size")]
            : fields.Section("size") is { } section ? [section.Size("height"), section.Size("width")]
            : [];
        if (sizes.Any(size => size != imageSize))
            throw fields.Wrong("size", $"a height and a width of {imageSize}, the model's image_size,");
    }
}
