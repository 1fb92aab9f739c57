using Nestor.Retrieval;

namespace Nestor.Cli.Retrieval;

/// <summary>A collection with queries and what counts as found, and the work folder with the nested model and those trained alone.</summary>
internal abstract class RetrievalTask
{
    /// <summary>What pictures and files call it.</summary>
    public abstract string Name { get; }

    /// <summary>Its name for people.</summary>
    public abstract string Title { get; }

    /// <summary>A sentence or two about the data and the models.</summary>
    public abstract string Description { get; }

    /// <summary>The nested model's folder; those of models trained alone lie beside it, named after their granularity.</summary>
    public abstract string NestedFolder { get; }

    /// <summary>What is measured, the most telling first.</summary>
    public abstract IReadOnlyList<string> Measures { get; }

    /// <summary>Matches that measuring needs.</summary>
    public abstract int Depth { get; }

    /// <summary>The measures of a search that knows no model, where there is one; its name is null where there is none.</summary>
    public virtual (string? Name, double[] Values) Baseline => (null, []);

    /// <summary>The models trained alone, whose folders are there.</summary>
    public string FolderOf(string granularity) => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(NestedFolder))!, granularity);

    /// <summary>Opens a model.</summary>
    public abstract IRetrievalEncoder Open(string folder);

    /// <summary>The measures, in percent, of the answers to all queries.</summary>
    public abstract double[] Measure(IReadOnlyList<IReadOnlyList<Match>> answers);
}
