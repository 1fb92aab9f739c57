#!/usr/bin/env dotnet
#:project ../src/Nestor/Nestor.csproj
// dotnet run samples/search.cs MODEL FOLDER PICTURE: indexes a folder of pictures with the whole model, and finds the most alike with the whole model and with its smallest slice.
using Microsoft.Extensions.AI;
using Nestor;
using Nestor.Images;
using Nestor.Models;
using Nestor.Retrieval;
using Nestor.Retrieval.Embeddings;

if (args.Length != 3)
{
    Console.Error.WriteLine("dotnet run samples/search.cs MODEL FOLDER PICTURE");
    return 2;
}

try
{
    using var generator = ImageEmbeddingGenerator.Open(args[0]);
    var place = Directory.CreateTempSubdirectory("pictures-").FullName;
    var pictures = ImageSet.Open(args[1], ImageSplit.Train, generator.Shape.Height, generator.Shape.Channels);
    using (var writer = IndexWriter.Create(place, generator.Space))
    {
        var vectors = generator.Embed(pictures, [.. Enumerable.Range(0, pictures.Count)], generator.Config.FullWidths);
        for (var i = 0; i < pictures.Count; i++)
            writer.Add(pictures.Name(i), vectors[i]);
        writer.Commit();
    }

    foreach (var broken in pictures.Broken)
        Console.Error.WriteLine($"left out: {broken.Name} ({broken.Reason})");

    using (var index = VectorIndex.Open(place))
    {
        var picture = await DataContent.LoadFromAsync(args[2]);
        foreach (var width in (string[])["100%", generator.Config.Granularities.Count > 0 ? generator.Config.Granularities[0].Name : "12.5%"])
        {
            Console.WriteLine($"{width} of the model:");
            var plan = WidthPlanText.Parse(width, generator.Config);
            foreach (var match in index.Search(generator.Embed([picture], plan)[0], new SearchOptions { Count = 5 }))
                Console.WriteLine($"  {match.Score:F3}  {index.Name(match.Row)}");
        }
    }

    Directory.Delete(place, recursive: true);
    return 0;
}
catch (NestorException error)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}
