using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Nestor.Training.Vision;

/// <summary>A convolution over images whose gradients do not depend on what memory held before.</summary>
/// <remarks>
/// On processors oneDNN keeps images in blocks of 16 channels. Where there are fewer outputs, the one in libtorch 2.10 leaves the rest of the block as memory
/// was, and the images' gradient takes it in: now and then it is not a number. So outputs are filled up with zeros here, and left out afterwards.
/// </remarks>
internal static class Convolution
{
    private const long BlockChannels = 16;

    /// <summary>Convolves.</summary>
    /// <param name="images">(batch, channels read, height, width).</param>
    /// <param name="filters">(channels, channels read, kernel, kernel).</param>
    /// <param name="bias">(channels); null for none.</param>
    /// <param name="stride">Pixels from one output to the next.</param>
    /// <param name="padding">Zeros around the image.</param>
    /// <returns>(batch, channels, height, width).</returns>
    public static Tensor Of(Tensor images, Tensor filters, Tensor? bias, long stride, long padding)
    {
        var channels = filters.shape[0];
        var missing = (BlockChannels - channels % BlockChannels) % BlockChannels;
        if (missing == 0 || images.device_type != DeviceType.CPU)
            return conv2d(images, filters, bias, [stride, stride], [padding, padding]);

        var filled = pad(filters, [0, 0, 0, 0, 0, 0, 0, missing]);
        return conv2d(images, filled, bias is null ? null : pad(bias, [0, missing]), [stride, stride], [padding, padding]).narrow(1, 0, channels);
    }
}
