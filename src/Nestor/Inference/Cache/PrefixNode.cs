using System.Runtime.InteropServices;
using Nestor.Models;

namespace Nestor.Inference.Cache;

/// <summary>A full page in the tree of texts: the way from the root spells its tokens and all before them, and the plans that read them.</summary>
internal sealed class PrefixNode
{
    private readonly Dictionary<PageKey, PrefixNode> children = [];
    private readonly PageKey key;

    private PrefixNode(PrefixNode parent, PageKey key, KvPage page)
    {
        (Parent, this.key, Page) = (parent, key, page);
        Use = new LinkedListNode<PrefixNode>(this);
    }

    /// <summary>Creates the root, where all texts begin.</summary>
    public PrefixNode()
    {
    }

    /// <summary>The page before; null for the root, which has no page.</summary>
    public PrefixNode? Parent { get; }

    public KvPage? Page { get; }

    /// <summary>Its place among all pages by last use.</summary>
    public LinkedListNode<PrefixNode>? Use { get; }

    public PrefixNode? Find(WidthPlan plan, ReadOnlyMemory<int> tokens) => children.GetValueOrDefault(new PageKey(plan, tokens));

    public PrefixNode Add(WidthPlan plan, ReadOnlyMemory<int> tokens, KvPage page)
    {
        var own = new PageKey(plan, tokens.ToArray());
        return children[own] = new PrefixNode(this, own, page);
    }

    /// <summary>Takes the node out of the tree.</summary>
    public void Remove() => Parent!.children.Remove(key);

    private readonly record struct PageKey(WidthPlan Plan, ReadOnlyMemory<int> Tokens)
    {
        public bool Equals(PageKey other) => Tokens.Span.SequenceEqual(other.Tokens.Span) && Plan.Equals(other.Plan);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(Plan);
            hash.AddBytes(MemoryMarshal.AsBytes(Tokens.Span));
            return hash.ToHashCode();
        }
    }
}
