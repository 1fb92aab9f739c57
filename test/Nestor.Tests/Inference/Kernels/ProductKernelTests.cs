using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Kernels;

namespace Nestor.Tests.Inference.Kernels;

public sealed unsafe class ProductKernelTests
{
    private static readonly Gen<Case> Cases = Gen
        .Select(Gen.Int[0, 1_000_000], Gen.Int[1, 20], Gen.Int[1, 11], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Bool)
        .Select((seed, rows, count, gap, padding, add) => new Case(seed, rows, count, gap, padding, add));

    public static TheoryData<WeightType> Types => [.. Enum.GetValues<WeightType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_kernel_gives_the_bits_of_the_plain_one(WeightType type) =>
        Cases.Sample(c =>
        {
            foreach (var kernel in ProductKernels.Supported(type))
                AssertSame(c.Multiply(ProductKernels.Plain(type, kernel.Order)), c.Multiply(kernel), kernel);
        }, iter: 20);

    [Theory]
    [MemberData(nameof(Types))]
    public void Numbers_that_are_not_finite_reach_the_same_outputs_in_every_kernel(WeightType type) =>
        Cases.Sample(c =>
        {
            c = c with { Special = true };
            foreach (var kernel in ProductKernels.Supported(type))
                AssertSame(c.Multiply(ProductKernels.Plain(type, kernel.Order)), c.Multiply(kernel), kernel);
        }, iter: 20);

    [Theory]
    [MemberData(nameof(Types))]
    public void A_row_has_the_same_bits_alone_and_tiles_one_by_one(WeightType type) =>
        Cases.Sample(c =>
        {
            foreach (var kernel in ProductKernels.Supported(type))
                AssertSame(c.Multiply(kernel), c.Multiply(kernel, apart: true), kernel);
        }, iter: 20);

    [Theory]
    [MemberData(nameof(Types))]
    public void Neighbouring_panels_have_the_bits_of_each_alone(WeightType type) =>
        Gen.Select(Cases, Gen.Int[1, 3], Gen.OneOf(1, 2, 4)).Sample((c, turns, streams) =>
        {
            c = c with { Gap = turns - 1 };
            foreach (var kernel in ProductKernels.Supported(type))
            {
                var together = c.MultiplyPanels(kernel, turns, streams);
                for (var panel = 0; panel < turns * streams; panel++)
                    AssertSame((c with { Panel = panel, Padding = 0 }).Multiply(kernel), together[panel], kernel);
            }
        }, iter: 20);

    /// <summary>
    /// n columns, n + 1 roundings of 2^-24 each: |error| is at most (n + 1) 2^-24 (sum |w x| + |y|) of the exact product of the unpacked weights with
    /// the inputs as the type rounds them; for Q8 and Q4 each of the tiles' two scales and their product add a rounding.
    /// </summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void The_plain_product_is_the_exact_one_within_its_rounding_bound(WeightType type) =>
        Cases.Sample(c =>
        {
            var (exact, magnitude) = c.Exact(type);
            var bound = (c.Count * Tile.Columns + 4) * Math.Pow(2, -24);
            foreach (var order in type == WeightType.BF16 ? Enum.GetValues<SumOrder>() : [SumOrder.Columns])
            {
                var result = c.Multiply(ProductKernels.Plain(type, order));
                for (var row = 0; row < c.Rows; row++)
                {
                    for (var lane = 0; lane < Tile.Rows; lane++)
                    {
                        var i = row * c.OutputStride + lane;
                        Assert.InRange(result[i] - exact[i], -bound * magnitude[i] - 1e-38, bound * magnitude[i] + 1e-38);
                    }
                }
            }
        }, iter: 20);

    [Theory]
    [MemberData(nameof(Types))]
    public void Inputs_that_are_zero_leave_outputs_as_they_are(WeightType type)
    {
        var tile = Block.Pack(type, Block.Random(3));
        foreach (var kernel in ProductKernels.Supported(type))
        {
            FloatBuffer inputs = new(kernel.InputBytes), values = new(Tile.Columns), output = Pinned.Copy(Enumerable.Range(0, 64).Select(i => i - 7.5f).ToArray());
            kernel.Prepare(values.Pointer, 1, (byte*)inputs.Pointer);
            kernel.Multiply(new((byte*)tile.Pointer, Tile.Bytes(type), 1), (byte*)inputs.Pointer, kernel.InputBytes, 1, output.Pointer, 64, add: true);
            Assert.Equal(Enumerable.Range(0, 64).Select(i => i - 7.5f), Pinned.Take(output, 64));
        }
    }

    /// <summary>Each is alone in its tile's column: what is not finite times zero would spoil its row.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Every_half_float_is_multiplied_as_what_it_stands_for(int rows)
    {
        FloatBuffer inputs = new(rows * Tile.Columns), output = new(rows * Tile.Rows), tile = new(Tile.Bytes(WeightType.F16) / sizeof(float));
        foreach (var kernel in ProductKernels.Supported(WeightType.F16))
        {
            for (var first = 0; first < 1 << 16; first += Tile.Rows)
            {
                var column = first / Tile.Rows % Tile.Columns;
                new Span<float>(tile.Pointer, (int)tile.Length).Clear();
                for (var row = 0; row < Tile.Rows; row++)
                    ((ushort*)tile.Pointer)[(column / 2 * Tile.Rows + row) * 2 + 1 - column % 2] = (ushort)(first + row);
                new Span<float>(inputs.Pointer, (int)inputs.Length).Fill(1);
                kernel.Multiply(new((byte*)tile.Pointer, Tile.Bytes(WeightType.F16), 1), (byte*)inputs.Pointer, kernel.InputBytes, rows, output.Pointer, Tile.Rows, add: false);
                for (var i = 0; i < rows * Tile.Rows; i++)
                    Assert.Equal((float)BitConverter.UInt16BitsToHalf((ushort)(first + i % Tile.Rows)), output.Pointer[i]);
            }
        }
    }

    private static void AssertSame(float[] expected, float[] actual, ProductKernel kernel)
    {
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                BitConverter.SingleToInt32Bits(expected[i]) == BitConverter.SingleToInt32Bits(actual[i]) || (float.IsNaN(expected[i]) && float.IsNaN(actual[i])),
                $"{kernel.Type} {kernel.Name}: {actual[i]:G9} instead of {expected[i]:G9} at {i}.");
        }
    }

    /// <summary>One product: what is beside the tiles, the inputs and the outputs is not a number.</summary>
    private sealed record Case(int Seed, int Rows, int Count, int Gap, int Padding, bool Add)
    {
        public bool Special { get; init; }

        /// <summary>Weights and earlier outputs are others in another panel, inputs the same.</summary>
        public int Panel { get; init; }

        public int OutputStride => Tile.Rows + 16 * Padding;

        public float[] Multiply(ProductKernel kernel, bool apart = false)
        {
            var stride = Tile.Bytes(kernel.Type) * (1 + Gap);
            var tiles = Pinned.Copy(Enumerable.Repeat(float.NaN, Count * stride / sizeof(float)).ToArray());
            for (var tile = 0; tile < Count; tile++)
                TileFormat.Of(kernel.Type).Pack(Pinned.Copy(Weights(kernel.Type, tile)).Pointer, (byte*)tiles.Pointer + tile * stride);

            var (inputs, inputStride) = Prepared(kernel);

            var output = Pinned.Copy(Outputs());
            if (!apart)
                kernel.Multiply(new((byte*)tiles.Pointer, stride, Count), (byte*)inputs.Pointer, inputStride, Rows, output.Pointer, OutputStride, Add);
            for (var row = 0; apart && row < Rows; row++)
            {
                for (var tile = 0; tile < Count; tile++)
                {
                    kernel.Multiply(
                        new((byte*)tiles.Pointer + tile * stride, stride, 1), (byte*)inputs.Pointer + row * inputStride + tile * kernel.InputBytes, inputStride, 1,
                        output.Pointer + row * OutputStride, OutputStride, Add || tile > 0);
                }
            }

            return Pinned.Take(output, Rows * OutputStride);
        }

        /// <summary>The rows times panels whose tiles take turns, in some streams, by panel; see <see cref="Panel"/>.</summary>
        public float[][] MultiplyPanels(ProductKernel kernel, int turns, int streams)
        {
            int tileBytes = Tile.Bytes(kernel.Type), panels = turns * streams, stride = panels * Tile.Rows + 16 * Padding;
            var memory = Pinned.Copy(Enumerable.Repeat(float.NaN, Count * panels * tileBytes / sizeof(float)).ToArray());
            var tiles = new TileStreams((byte*)memory.Pointer, turns * tileBytes, Count, turns, streams, Count * turns * tileBytes);
            var output = Pinned.Copy(Enumerable.Repeat(float.NaN, Rows * stride).ToArray());
            for (var panel = 0; panel < panels; panel++)
            {
                var its = this with { Panel = panel, Padding = 0 };
                for (var row = 0; row < Rows; row++)
                    its.Outputs().AsSpan(row * Tile.Rows, Tile.Rows).CopyTo(new Span<float>(output.Pointer + row * stride + panel * Tile.Rows, Tile.Rows));
                for (var tile = 0; tile < Count; tile++)
                    TileFormat.Of(kernel.Type).Pack(Pinned.Copy(its.Weights(kernel.Type, tile)).Pointer, tiles.Panel(panel, tileBytes) + tile * tiles.TileStride);
            }

            var (inputs, inputStride) = Prepared(kernel);
            kernel.MultiplyStreams(tiles, (byte*)inputs.Pointer, inputStride, Rows, output.Pointer, stride, Add);
            var all = Pinned.Take(output, Rows * stride);
            return [.. Enumerable.Range(0, panels).Select(panel => Enumerable.Range(0, Rows).SelectMany(row => all.Skip(row * stride + panel * Tile.Rows).Take(Tile.Rows)).ToArray())];
        }

        public (double[] Sum, double[] Magnitude) Exact(WeightType type)
        {
            double[] sum = new double[Rows * OutputStride], magnitude = new double[Rows * OutputStride];
            var outputs = Outputs();
            for (var tile = 0; tile < Count; tile++)
            {
                var weights = Block.Unpack(type, Block.Pack(type, Weights(type, tile)));
                for (var row = 0; row < Rows; row++)
                {
                    var inputs = Rounded(type, Inputs(row)[(tile * 32)..(tile * 32 + 32)]);
                    for (var lane = 0; lane < Tile.Rows; lane++)
                    {
                        var i = row * OutputStride + lane;
                        var start = tile == 0 && Add ? outputs[i] : 0;
                        sum[i] += start;
                        magnitude[i] += Math.Abs(start);
                        for (var column = 0; column < Tile.Columns; column++)
                        {
                            var product = (double)weights[lane * Tile.Columns + column] * inputs[column];
                            sum[i] += product;
                            magnitude[i] += Math.Abs(product);
                        }
                    }
                }
            }

            return (sum, magnitude);
        }

        private static float[] Rounded(WeightType type, float[] inputs)
        {
            if (type == WeightType.BF16)
                return [.. inputs.Select(x => BrainFloat.Value(BrainFloat.Round(x)))];
            if (type is not (WeightType.Q8 or WeightType.Q4))
                return inputs;
            var quantized = stackalloc sbyte[32];
            var scale = QuantizedInputs.Quantize(Pinned.Copy(inputs).Pointer, quantized);
            for (var i = 0; i < inputs.Length; i++)
                inputs[i] = scale * quantized[i];
            return inputs;
        }

        private float[] Weights(WeightType type, int tile)
        {
            var seed = Seed + tile + 104_729 * Panel;
            var random = new Random(seed);
            var weights = Block.Random(seed);
            if (Special && type is WeightType.F32 or WeightType.BF16 or WeightType.F16)
            {
                for (var i = random.Next(3); i > 0; i--)
                    weights[random.Next(Block.Size)] = Strange(random);
            }

            return weights;
        }

        private float[] Inputs(int row)
        {
            var random = new Random(Seed + 7919 * row);
            var inputs = new float[Count * Tile.Columns];
            for (var i = 0; i < inputs.Length; i++)
                inputs[i] = MathF.Pow(2, (row + i / 32) % 9 - 4) * (2 * random.NextSingle() - 1);
            if (Special && random.Next(2) == 0)
                inputs[random.Next(inputs.Length)] = Strange(random);
            return inputs;
        }

        private (FloatBuffer Inputs, int Stride) Prepared(ProductKernel kernel)
        {
            var stride = Count * kernel.InputBytes + 64 * Padding;
            var inputs = Pinned.Copy(Enumerable.Repeat(float.NaN, Rows * stride / sizeof(float)).ToArray());
            for (var row = 0; row < Rows; row++)
                kernel.Prepare(Pinned.Copy(Inputs(row)).Pointer, Count, (byte*)inputs.Pointer + row * stride);
            return (inputs, stride);
        }

        private float[] Outputs()
        {
            var random = new Random(Seed + 17 + Panel);
            return [.. Enumerable.Range(0, Rows * OutputStride).Select(i => i % OutputStride < Tile.Rows ? 20 * random.NextSingle() - 10 : float.NaN)];
        }

        private static float Strange(Random random) => random.Next(3) switch { 0 => float.NaN, 1 => float.PositiveInfinity, _ => float.NegativeInfinity };
    }
}
