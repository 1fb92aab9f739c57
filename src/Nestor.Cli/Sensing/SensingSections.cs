using System.Text;
using System.Text.Json;
using Nestor.Formats;

namespace Nestor.Cli.Sensing;

/// <summary>Results of experiments in a work folder, so that a run that was stopped goes on.</summary>
/// <param name="folder">The work folder.</param>
/// <param name="isQuick">Short runs and whole ones are kept apart.</param>
internal sealed class SensingSections(string folder, bool isQuick)
{
    /// <summary>The result of an experiment, if it is there.</summary>
    /// <exception cref="NestorException">The file is there and is none.</exception>
    public SensingSection? Find(SensingExperiment experiment)
    {
        var path = PathOf(experiment);
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonSerializer.Deserialize<SensingSection>(File.ReadAllText(path)) ?? throw new JsonException("it is empty");
        }
        catch (JsonException error)
        {
            throw new NestorException($"'{path}' is no result of an experiment: {error.Message.ReplaceLineEndings(" ")}; delete it, and it is measured again.", error);
        }
    }

    /// <summary>Keeps a result.</summary>
    public void Keep(SensingExperiment experiment, SensingSection section)
    {
        Directory.CreateDirectory(folder);
        AtomicFile.Write(PathOf(experiment), stream => stream.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(section))));
    }

    private string PathOf(SensingExperiment experiment) => Path.Combine(folder, $"{experiment.Id}{(isQuick ? "-quick" : "")}.json");
}
