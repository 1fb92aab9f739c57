using Nestor.Voting;
using static TorchSharp.torch;

namespace Nestor.Training.Robustness;

/// <summary>Which members each row is attacked through, so that a member runs once over all rows that it has a seat in.</summary>
/// <remarks>A row is an image together with a coalition. Members without a seat are asked for their votes alone, and only where these matter.</remarks>
internal sealed class Seats : IDisposable
{
    private readonly IDefence defence;
    private readonly Tensor members;            // (rows, seats), int64: who sits where
    private readonly Tensor[] rowsOf;           // of each member: its rows, int64
    private readonly Tensor standing;           // (rows, seats), int64: the row of a seat's scores among those of all members, one member after the other

    /// <summary>Seats members; the tensor is copied.</summary>
    /// <param name="defence">The committee.</param>
    /// <param name="members">(rows, seats), int64; no member twice in a row.</param>
    public Seats(IDefence defence, Tensor members)
    {
        using var scope = NewDisposeScope();
        (this.defence, this.members, rowsOf) = (defence, members.clone().DetachFromDisposeScope(), new Tensor[defence.Members]);
        standing = zeros_like(members).DetachFromDisposeScope();
        var before = 0L;
        for (var member = 0; member < rowsOf.Length; member++)
        {
            var sits = members.eq(member);
            var isIn = sits.any(1);
            rowsOf[member] = isIn.nonzero().flatten().DetachFromDisposeScope();
            standing.copy_(where(sits, (isIn.cumsum(0) - 1 + before).unsqueeze(1), standing));
            before += rowsOf[member].shape[0];
        }
    }

    /// <summary>Seats of each row.</summary>
    public long PerRow => members.shape[1];

    /// <summary>The scores of the members at their rows, (rows of the member, classes) of each member.</summary>
    /// <param name="points">(rows, channels, height, width).</param>
    public IReadOnlyList<Tensor> Ask(Tensor points) => [.. rowsOf.Select((rows, member) => rows.shape[0] == 0
        ? zeros(0, defence.Classes, dtype: points.dtype, device: points.device)
        : defence.Logits(points.index_select(0, rows), member))];

    /// <summary>Scores by seat, (rows, classes) of each.</summary>
    /// <param name="scores">What the members were asked.</param>
    public IReadOnlyList<Tensor> BySeat(IReadOnlyList<Tensor> scores)
    {
        var all = cat([.. scores], 0);
        return [.. Enumerable.Range(0, (int)PerRow).Select(seat => all.index_select(0, standing.select(1, seat)))];
    }

    /// <summary>Asks members without a seat where their votes still matter, one after the other.</summary>
    /// <param name="points">(rows, channels, height, width).</param>
    /// <param name="scores">What the members were asked, without gradients.</param>
    /// <param name="queries">How many more images went through a member.</param>
    /// <returns>(rows, classes) of each member; zeros where it was not asked.</returns>
    public IReadOnlyList<Tensor> Complete(Tensor points, IReadOnlyList<Tensor> scores, out long queries)
    {
        var votes = full(members.shape[0], rowsOf.Length, VotePolicy.Open, dtype: ScalarType.Int64, device: members.device);
        var complete = new Tensor[rowsOf.Length];
        for (var member = 0; member < complete.Length; member++)
        {
            complete[member] = zeros(members.shape[0], defence.Classes, dtype: scores[member].dtype, device: members.device);
            Set(member, rowsOf[member], scores[member]);
        }

        queries = 0;
        for (var member = 0; member < complete.Length; member++)
        {
            if (rowsOf[member].shape[0] == members.shape[0])
                continue;
            var rows = votes.select(1, member).eq(VotePolicy.Open).logical_and(defence.IsOpen(votes)).nonzero().flatten();
            if (rows.shape[0] == 0)
                continue;
            Set(member, rows, defence.Logits(points.index_select(0, rows), member));
            queries += rows.shape[0];
        }

        return complete;

        void Set(int member, Tensor rows, Tensor values)
        {
            complete[member].index_copy_(0, rows, values);
            votes.select(1, member).index_copy_(0, rows, values.argmax(1));
        }
    }

    /// <summary>The seats of some rows.</summary>
    /// <param name="rows">Which rows, int64.</param>
    public Seats Of(Tensor rows)
    {
        using var part = members.index_select(0, rows);
        return new Seats(defence, part);
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in new[] { members, standing }.Concat(rowsOf))
            tensor.Dispose();
    }
}
