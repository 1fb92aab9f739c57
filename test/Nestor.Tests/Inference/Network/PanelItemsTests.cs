using CsCheck;
using Nestor.Inference;
using Nestor.Inference.Kernels;
using Nestor.Inference.Network;
using Nestor.Inference.Weights;

namespace Nestor.Tests.Inference.Network;

public sealed unsafe class PanelItemsTests
{
    private static readonly Gen<TileOrder> Orders = Gen.OneOf(TileOrder.RowsFirst, TileOrder.ColumnsFirst);

    [Fact]
    public void Every_panel_belongs_to_one_item_in_order() =>
        Gen.Select(Orders, Gen.Int[1, 40], Gen.Int[0, 40], Gen.Int[1, 20], Gen.Int[1, 9]).Sample((order, all, wanted, rows, members) =>
        {
            var (matrix, panels) = (Matrix(all, order), Math.Min(wanted, all));
            var items = new PanelItems(matrix, panels, rows, members);
            var next = 0;
            for (var item = 0; item < items.Count; item++)
            {
                Assert.Equal(next, items[item].First);
                Assert.InRange(items[item].Count, 1, rows > Prefetch.StreamRows ? PackedMatrix.LargestGroup : PackedMatrix.LargestGroup * PanelItems.MostGroups);
                next = items[item].End;
            }

            Assert.Equal(panels, next);
            Assert.InRange(items.Count, Math.Min(members, matrix.GroupsOf(panels)), matrix.GroupsOf(panels));
        });

    [Fact]
    public void The_streams_of_an_item_hold_its_panels_where_the_matrix_has_them() =>
        Gen.Select(Orders, Gen.Int[1, 40], Gen.Int[0, 2]).Sample((order, all, tile) =>
        {
            var matrix = Matrix(all, order);
            var items = new PanelItems(matrix, all, rows: 1, members: 1);
            for (var item = 0; item < items.Count; item++)
            {
                var range = items[item];
                for (var panel = range.First; panel < range.End;)
                {
                    var streams = matrix.Streams(panel, range.End, tile, matrix.Tiles);
                    Assert.Equal(matrix.Tiles - tile, streams.Count);
                    Assert.InRange(streams.Streams, 1, Prefetch.Streams);
                    for (var i = 0; i < streams.Panels; i++, panel++)
                    {
                        Assert.Equal((nint)matrix.TileAt(panel, tile), (nint)streams.Panel(i, Tile.Bytes(matrix.Type)));
                        Assert.Equal(matrix.TileStride(panel), streams.TileStride);
                    }
                }
            }
        });

    private static PackedMatrix Matrix(int panels, TileOrder order) => new(null, WeightType.Q8, panels * Tile.Rows - 5, 3 * Tile.Columns, order);
}
