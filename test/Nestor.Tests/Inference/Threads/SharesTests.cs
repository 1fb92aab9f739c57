using CsCheck;
using Nestor.Inference.Threads;

namespace Nestor.Tests.Inference.Threads;

public sealed class SharesTests
{
    [Fact]
    public void Whoever_asks_in_whatever_order_every_item_is_handed_out_once() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[0, 40], Gen.Int[0, 4].Array[200]).Sample((members, count, order) =>
        {
            var shares = new Shares();
            shares.Reset(phases: 1, members);
            var items = new List<int>();
            foreach (var member in order.Select(member => member % members).Concat(Enumerable.Repeat(0, count + 1)))
            {
                if (shares.Next(0, member, members, count) is >= 0 and var item)
                    items.Add(item);
            }

            Assert.Equal(Enumerable.Range(0, count), items.Order());
        });

    [Fact]
    public void Members_who_keep_pace_each_walk_through_neighbours()
    {
        var shares = new Shares();
        shares.Reset(phases: 1, mostMembers: 2);
        var taken = Enumerable.Range(0, 10).Select(turn => shares.Next(0, turn % 2, 2, 10)).ToArray();
        Assert.Equal([0, 5, 1, 6, 2, 7, 3, 8, 4, 9], taken);
    }

    [Fact]
    public void A_member_who_is_done_takes_from_the_end_of_the_others()
    {
        var shares = new Shares();
        shares.Reset(phases: 1, mostMembers: 2);
        var taken = Enumerable.Range(0, 11).Select(_ => shares.Next(0, 1, 2, 10)).ToArray();
        Assert.Equal([5, 6, 7, 8, 9, 4, 3, 2, 1, 0, -1], taken);
    }
}
