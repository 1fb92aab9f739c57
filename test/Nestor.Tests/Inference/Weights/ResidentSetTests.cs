using Nestor.Inference;
using Nestor.Inference.Kernels;
using Nestor.Inference.Weights;
using Nestor.Models;

namespace Nestor.Tests.Inference.Weights;

/// <summary>What a plan of a packed folder costs in memory and in reading: its prefix of every feed-forward matrix, to the page.</summary>
/// <remarks>
/// The tests turn reading ahead off. With it the system may read more around what is touched, how much is a setting of the disk
/// (Linux: <c>read_ahead_kb</c>), and may map into the process what is in its memory anyway; such pages cost nothing that it cannot take back.
/// </remarks>
public sealed unsafe class ResidentSetTests
{
    private const int Full = 2048;

    private static readonly ModelConfig Config = RandomModel.Small with
    {
        HiddenSize = 320,
        FullWidths = WidthPlan.Uniform(Full, 2),
        Granularities = Granularity.Paper(Full),
    };

    [Theory]
    [InlineData(WeightType.F32)]
    [InlineData(WeightType.BF16)]
    [InlineData(WeightType.F16)]
    [InlineData(WeightType.Q8)]
    [InlineData(WeightType.Q4)]
    public void A_plan_touches_the_pages_of_its_neurons_and_no_page_of_the_tail(WeightType type) => WithColdModel(type, (checkpoint, matrices) =>
    {
        var decoder = Decoder.Load(checkpoint, new DecoderOptions { Threads = 1 });
        foreach (var width in (int[])[256, 512, 2048])
        {
            RandomModel.All(decoder, RandomModel.Tokens(3), WidthPlan.Uniform(width, Config.Layers));
            Assert.All(matrices.SelectMany(matrix => ResidentShares(matrix, 0, width)), share => Assert.Equal(1, share));
            if (width < Full)
                Assert.All(matrices.SelectMany(matrix => ResidentShares(matrix, width, Full)), share => Assert.Equal(0, share));
        }
    });

    [Fact]
    public void Layers_of_a_mixed_plan_touch_each_their_own_width() => WithColdModel(WeightType.Q8, (checkpoint, matrices) =>
    {
        RandomModel.All(Decoder.Load(checkpoint, new DecoderOptions { Threads = 2 }), RandomModel.Tokens(40), new WidthPlan(1024, 256));
        for (var i = 0; i < matrices.Count; i++)
        {
            var width = i < matrices.Count / 2 ? 1024 : 256;
            Assert.All(ResidentShares(matrices[i], 0, width), share => Assert.Equal(1, share));
            Assert.All(ResidentShares(matrices[i], width, Full), share => Assert.Equal(0, share));
        }
    });

    /// <summary>Gives a test a packed model no part of which is in memory, with the feed-forward matrices, layer by layer.</summary>
    private static void WithColdModel(WeightType type, Action<Checkpoint, IReadOnlyList<PackedMatrix>> test)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Which pages of a file are in memory is asked in Linux's way.");
        var folder = Directory.CreateTempSubdirectory("nestor-cold-");
        try
        {
            using (var source = new RandomModel(Config))
                source.Checkpoint.Pack(type).Save(folder.FullName);
            using var checkpoint = Checkpoint.Open(folder.FullName);
            var weights = DecoderWeights.Load(checkpoint, type: null, threads: 1);
            var matrices = weights.Layers.SelectMany(layer => new[] { layer.Gate!, layer.Up, layer.Down }).ToList();
            ColdFile.Evict(checkpoint.Tensors.Path);
            Assert.SkipUnless(matrices.SelectMany(matrix => ResidentShares(matrix, 0, Full)).All(share => share == 0), "The file system of the temporary folder keeps files in memory.");
            test(checkpoint, matrices);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static long Address(PackedMatrix matrix) => (long)matrix.TileAt(0, 0);

    /// <summary>Share of the pages of neurons [first, end) that are in memory: of the whole matrix, or of each stretch of a down projection.</summary>
    private static IEnumerable<double> ResidentShares(PackedMatrix matrix, int first, int end)
    {
        if (matrix.Order == TileOrder.RowsFirst)
            return [ColdFile.ResidentShare(Address(matrix) + matrix.ByteCount * first / Full, Address(matrix) + matrix.ByteCount * end / Full)];
        return Enumerable.Range(0, matrix.GroupsOf(matrix.Panels)).Select(group =>
        {
            var panel = matrix.PanelsOf(group, group + 1).First;
            return ColdFile.ResidentShare(AddressOf(panel, first), AddressOf(panel, end));
        });

        long AddressOf(int panel, int neuron) => (long)matrix.TileAt(panel, 0) + neuron / Tile.Columns * matrix.TileStride(panel);
    }
}
