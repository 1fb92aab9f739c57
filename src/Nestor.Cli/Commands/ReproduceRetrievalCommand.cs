using System.CommandLine;
using Nestor.Cli.Reports;
using Nestor.Cli.Retrieval;

namespace Nestor.Cli.Commands;

/// <summary><c>nestor reproduce retrieval</c>: a database encoded by the whole model, queries by every plan, on the models that <c>reproduce matlm</c> and <c>matvit</c> trained.</summary>
internal static class ReproduceRetrievalCommand
{
    public static Command Create()
    {
        var cranfield = new Option<string?>("--cranfield") { Description = "Folder of the Cranfield collection: cran.all.1400, cran.qry, cranqrel." };
        var matlm = new Option<string>("--matlm") { Description = "Work folder of reproduce matlm.", DefaultValueFactory = _ => Path.Combine("out", "reproduce", "matlm") };
        var mnist = new Option<string?>("--mnist") { Description = "Folder of MNIST's idx files." };
        var cifar = new Option<string?>("--cifar") { Description = "CIFAR-10: a folder of its binary files, or a zip or folder of its pictures." };
        var matvit = new Option<string>("--matvit") { Description = "Work folder of reproduce matvit.", DefaultValueFactory = _ => Path.Combine("out", "reproduce", "matvit") };
        var remark = new Option<string?>("--remark") { Description = "A sentence for the report, such as what else the machine did." };
        var output = Arguments.Out("Folder for retrieval.md and its pictures.", Path.Combine("bench", "results"));
        var command = new Command("retrieval", "Search databases of one nested model by queries of every size, against models trained alone.") { cranfield, matlm, mnist, cifar, matvit, remark, output };
        command.SetAction((parsed, cancellation) =>
        {
            var (cranfieldPath, mnistPath, cifarPath) = (parsed.GetValue(cranfield), parsed.GetValue(mnist), parsed.GetValue(cifar));
            var (matlmWork, matvitWork, folder) = (parsed.GetRequiredValue(matlm), parsed.GetRequiredValue(matvit), parsed.GetRequiredValue(output));
            var tasks = new List<Func<RetrievalTask>>();
            if (mnistPath is not null)
                tasks.Add(() => new NearestImageTask("mnist", "MNIST", mnistPath, matvitWork));
            if (cifarPath is not null)
                tasks.Add(() => new NearestImageTask("cifar10", File.Exists(cifarPath) ? "CIFAR-10-JPEG" : "CIFAR-10", cifarPath, matvitWork));
            if (cranfieldPath is not null)
                tasks.Add(() => new CranfieldTask(cranfieldPath, matlmWork));
            if (tasks.Count == 0)
                throw new NestorException("No collection was given; add --cranfield, --mnist or --cifar with its path.");
            var report = new RetrievalReport
            {
                Command = "nestor " + Arguments.Shown(parsed, [.. new[] { cranfieldPath, mnistPath, cifarPath, matlmWork, matvitWork, folder }.OfType<string>()]),
                Remark = parsed.GetValue(remark),
                Results = [.. tasks.Select(task => RetrievalComparison.Run(task(), Console.WriteLine, cancellation))],
            };
            report.Write(folder);
            Console.WriteLine($"written: {Path.Combine(folder, "retrieval.md")}");
            return Task.CompletedTask;
        });
        return command;
    }
}
