using System.Buffers.Binary;
using System.IO.Compression;

namespace Nestor.Tests.Images;

/// <summary>PNG and JPEG files written byte by byte.</summary>
internal static class TinyPictures
{
    /// <summary>A PNG of 8-bit samples.</summary>
    /// <param name="channels">1 for grey, 3 for colour, 4 for colour with opacity.</param>
    /// <param name="samples">(height, width, channels).</param>
    public static byte[] Png(int width, int height, int channels, byte[] samples)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, channels switch { 1 => (byte)0, 3 => (byte)2, _ => (byte)6 });

        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var y = 0; y < height; y++)
            {
                zlib.WriteByte(0); // No filter.
                zlib.Write(samples, y * width * channels, width * channels);
            }
        }

        return [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, .. Chunk("IHDR"u8, header), .. Chunk("IDAT"u8, packed.ToArray()), .. Chunk("IEND"u8, [])];
    }

    /// <summary>A grey JPEG of 8 x 8 pixels of one level, a block whose only coefficient is its mean.</summary>
    /// <param name="level">From 192 to 254: its distance from 128 has seven bits.</param>
    public static byte[] Jpeg(byte level)
    {
        var mean = level - 128;                                      // Quantised by 8, the coefficient is 8 · mean.
        var bits = (mean << 8) | 0x7F;                               // Code 0 (seven bits follow), the seven bits, code 0 (end of block), ones.
        return
        [
            0xFF, 0xD8,
            0xFF, 0xDB, 0, 67, 0, .. Enumerable.Repeat((byte)8, 64),                     // quantisation
            0xFF, 0xC0, 0, 11, 8, 0, 8, 0, 8, 1, 1, 0x11, 0,                             // 8 x 8, one component
            0xFF, 0xC4, 0, 20, 0x00, 1, .. new byte[15], 7,                              // mean: one code, of one bit, for seven bits
            0xFF, 0xC4, 0, 20, 0x10, 1, .. new byte[15], 0,                              // others: one code, of one bit, for the end
            0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0,
            (byte)(bits >> 8), (byte)bits,
            0xFF, 0xD9,
        ];
    }

    private static byte[] Chunk(ReadOnlySpan<byte> type, byte[] data)
    {
        var chunk = new byte[12 + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        type.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk, 8);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc(chunk.AsSpan(4, 4 + data.Length)));
        return chunk;
    }

    private static uint Crc(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
        }

        return ~crc;
    }
}
