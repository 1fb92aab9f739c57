namespace Nestor.Voting;

/// <summary>Classifiers that vote with hard labels. Members are asked one after the other, and no more than it takes.</summary>
/// <remarks>
/// Stopping early is exact: a member is left out only where no vote of the members that are left could change the answer, so verdicts, and with them
/// robustness, are those of the whole committee. The first members should be those that are cheap and mostly right.
/// </remarks>
public sealed class Committee<TInput>
{
    private readonly IReadOnlyList<IClassifier<TInput>> members;
    private readonly VotePolicy policy;

    /// <summary>Brings members together.</summary>
    /// <param name="members">The most trusted first, which is also the order in which they are asked.</param>
    /// <param name="policy">How votes become an answer.</param>
    /// <exception cref="NestorException">The policy is not for so many members, or they do not know the same number of classes.</exception>
    public Committee(IReadOnlyList<IClassifier<TInput>> members, VotePolicy policy)
    {
        policy.Validate(members.Count);
        (this.members, this.policy) = (members, policy);
        var classes = members.Select(member => member.Classes).Distinct().ToList();
        if (classes is not [>= 2])
            throw new NestorException($"The members know {string.Join(" and ", classes)} classes; a committee needs members of the same classes, at least two.");
        Classes = classes[0];
    }

    /// <summary>The number of classes.</summary>
    public int Classes { get; }

    /// <summary>Answers for every input.</summary>
    /// <param name="inputs">(n).</param>
    /// <returns>(n) verdicts.</returns>
    /// <exception cref="NestorException">A member names a class that does not exist, or not one for each input.</exception>
    public Verdict[] Decide(IReadOnlyList<TInput> inputs)
    {
        var votes = new int[inputs.Count][];
        for (var i = 0; i < votes.Length; i++)
            Array.Fill(votes[i] = new int[members.Count], VotePolicy.Open);

        var verdicts = new Verdict[inputs.Count];
        List<int> open = [.. Enumerable.Range(0, inputs.Count)];
        for (var member = 0; member < members.Count && open.Count > 0; member++)
        {
            var labels = Ask(member, [.. open.Select(i => inputs[i])]);
            for (var j = 0; j < open.Count; j++)
                votes[open[j]][member] = labels[j];
            open.RemoveAll(i => Settle(i, member + 1));
        }

        return verdicts;

        bool Settle(int input, int asked)
        {
            if (policy.Settled(votes[input]) is not { } label)
                return false;
            verdicts[input] = new Verdict(label, asked);
            return true;
        }
    }

    private IReadOnlyList<int> Ask(int member, IReadOnlyList<TInput> inputs)
    {
        var labels = members[member].Classify(inputs);
        if (labels.Count != inputs.Count)
            throw new NestorException($"Member {member + 1} gave {labels.Count} labels for {inputs.Count} inputs; a classifier gives one for each.");
        foreach (var label in labels)
        {
            if (label < 0 || label >= Classes)
                throw new NestorException($"Member {member + 1} answered class {label}; there are {Classes}, numbered from 0.");
        }

        return labels;
    }
}
