using Nestor.Formats;
using Nestor.Inference;
using Nestor.Inference.Measurement;
using Nestor.Inference.Network;
using Nestor.Models;

namespace Nestor.Bench;

/// <summary>Prefill and decoding against other engines with the same weights, all sides in turn.</summary>
internal static class PeerComparison
{
    private static readonly int[] ThreadCounts = [1, 2];

    public static void Run(EngineOptions options, EngineModels models, TextWriter output)
    {
        var (peers, read) = (Peer.In(options.Peers), new ReadBandwidth());
        output.WriteLine("## Against peers\n");
        output.WriteLine($"Random Llama weights; prompt of {EngineSide.PromptTokens} tokens in one call, {EngineSide.GeneratedTokens} tokens decoded from an empty context, tokens/s. Medians of {options.Rounds} rounds, in which all sides of a row take turns, Nestor before and behind each peer.");
        output.WriteLine("One thread: processor time, of the peers the median of the repetitions that they tell, times their process's share of a processor. Two threads: wall time. q4 has an 8-bit embedding and head on all sides; types and blocks are the same, scales are BF16 here and half floats there.");
        output.WriteLine("Peers with flash attention on or off, for prefill and decoding each as it was faster in the first round (`fa`: on). `intrinsics` is Nestor without emitted kernels. The read speed is that of the faster way of section Read bandwidth, measured beside each row.");
        foreach (var threads in ThreadCounts.Where(threads => threads <= Environment.ProcessorCount))
        {
            var tables = (Prefill: new List<string>(), Decode: new List<string>());
            foreach (var model in options.Models)
            {
                foreach (var type in options.Types)
                {
                    EngineBenchmark.Progress($"{model} {type}, {threads} threads");
                    using var checkpoint = Checkpoint.Open(models.Folder(model));
                    var ours = Ours(checkpoint, type, threads);
                    var readers = Theirs(peers, models.Gguf(model, Enum.Parse<GgufType>(type.ToString())), threads);
                    var writers = readers.ToList();
                    var bandwidth = Measure(ours, readers, writers, read, threads, options.Rounds);
                    tables.Prefill.Add(Row(model, type, ours, readers, peers, side => side.Prefill, "F0"));
                    var bytes = TokenBytes.Of(checkpoint.Config, checkpoint.Config.FullWidths, WeightPacking.Of(type), (1 + EngineSide.GeneratedTokens) / 2.0);
                    var speed = bytes * ours[0].Decode.Median;
                    tables.Decode.Add(Row(model, type, ours, writers, peers, side => side.Decode, "F1") + FormattableString.Invariant($" {speed / 1e9:F1} | {100 * speed / bandwidth.Median:F0} % |"));
                    EngineBenchmark.Progress($"{tables.Prefill[^1]}\n         {tables.Decode[^1]}");
                }
            }

            var heading = string.Concat(peers.Select(peer => $" {peer.Name} |"));
            var rule = string.Concat(Enumerable.Repeat("---:|", peers.Count + 3));
            output.WriteLine($"\n### {threads} {(threads == 1 ? "thread" : "threads")}\n");
            output.WriteLine($"| prefill | type | Nestor | intrinsics |{heading} Nestor / best peer |\n|---|---|{rule}");
            tables.Prefill.ForEach(output.WriteLine);
            output.WriteLine($"\n| decode | type | Nestor | intrinsics |{heading} Nestor / best peer | GB/s | of read speed |\n|---|---|{rule}---:|---:|");
            tables.Decode.ForEach(output.WriteLine);
        }

        output.WriteLine();
        foreach (var peer in peers)
            output.WriteLine(!peer.IsThere ? $"* {peer.Name} was not there; it is left out." : $"* {peer.Name}: commit {peer.Version}, `{string.Join(' ', ["llama-bench", .. peer.Options])}`");
    }

    private static List<EngineSide> Ours(Checkpoint checkpoint, WeightType type, int threads)
    {
        var options = new DecoderOptions { Threads = threads, Weights = type };
        return [new OurSide("Nestor", Decoder.Load(checkpoint, options)), new OurSide("intrinsics", Decoder.Load(checkpoint, options, KernelChoice.Managed))];
    }

    private static List<PeerSide> Theirs(IReadOnlyList<Peer> peers, string file, int threads) =>
        [.. peers.Where(peer => peer.IsThere).SelectMany(peer => (bool[])[false, true], (peer, flashAttention) => new PeerSide(peer, file, threads, flashAttention))];

    /// <summary>Rounds in which every peer measures once, and we before and behind each, after one in which our code is compiled. From each peer's two settings the faster one of the first round stays.</summary>
    private static Samples Measure(List<EngineSide> ours, List<PeerSide> readers, List<PeerSide> writers, ReadBandwidth read, int threads, int rounds)
    {
        var bandwidth = new Samples();
        for (var round = 0; round <= rounds; round++)
        {
            if (round == 1)
                ours.ForEach(side => side.Restart());
            TakeOurs();
            if (round == 0)
            {
                bandwidth.Clear();
                continue;
            }

            for (var i = 0; i < readers.Count; i++)
            {
                readers[i].TakePrefill();
                writers[i].TakeDecode();
                TakeOurs();
            }

            if (round > 1)
                continue;
            KeepFaster(readers, side => side.Prefill);
            KeepFaster(writers, side => side.Decode);
        }

        return bandwidth;

        void TakeOurs()
        {
            foreach (var side in ours)
            {
                side.TakePrefill();
                bandwidth.Add(read.Measure(threads));
                side.TakeDecode();
            }
        }
    }

    private static void KeepFaster(List<PeerSide> sides, Func<PeerSide, Samples> samples)
    {
        var fastest = sides.GroupBy(side => side.Name).Select(same => same.MaxBy(side => samples(side).Median)).ToHashSet();
        sides.RemoveAll(side => !fastest.Contains(side));
    }

    private static string Row(string model, WeightType type, List<EngineSide> ours, List<PeerSide> theirs, IReadOnlyList<Peer> peers, Func<EngineSide, Samples> samples, string format)
    {
        var cells = ours.Select(side => Cell(side)).Concat(peers.Select(peer => theirs.Find(side => side.Name == peer.Name) is { } side ? Cell(side) + (side.FlashAttention ? " fa" : "") : "-"));
        var ratio = theirs.Count == 0 ? "-" : FormattableString.Invariant($"{samples(ours[0]).Median / theirs.Max(side => samples(side).Median):F2}");
        return $"| {model} | {type.ToString().ToLowerInvariant()} | {string.Join(" | ", cells)} | {ratio} |";

        string Cell(EngineSide side)
        {
            string Number(double value) => value.ToString(format, System.Globalization.CultureInfo.InvariantCulture);
            return $"{Number(samples(side).Median)} [{Number(samples(side).Least)}-{Number(samples(side).Most)}]";
        }
    }
}
