using Lectern.Bench;

// Measures speed beside a Python peer in one run on this machine: [SECTION…], all without one.
var sections = new Dictionary<string, Action<Report>>(StringComparer.OrdinalIgnoreCase)
{
    ["overhead"] = OverheadBench.Run,
    ["epoch"] = EpochBench.Run,
    ["graphs"] = GraphEpochBench.Run,
    ["spmm"] = SpmmBench.Run,
    ["large"] = LargeGraphBench.Run,
    ["memory"] = MemoryBench.Run,
    ["kernel"] = KernelBench.Run,
    ["walks"] = WalksBench.Run,
    ["gfn"] = GfnBench.Run,
    ["links"] = LinksBench.Run,
    ["vision-eval"] = VisionEvalBench.Run,
    ["segmentation"] = SegmentationBench.Run,
    ["ranks"] = RanksBench.Run,
};

if (args is ["--rank", var job, var file, var core])        // a process that RanksBench has started
{
    RanksBench.Work(job, file, int.Parse(core, System.Globalization.CultureInfo.InvariantCulture));
    return 0;
}

var unknown = args.Where(name => !sections.ContainsKey(name)).ToList();
if (unknown.Count > 0)
{
    Console.Error.WriteLine($"There is no section '{unknown[0]}'; there are: {string.Join(", ", sections.Keys)}.");
    return 2;
}

Console.WriteLine($"{Environment.ProcessorCount} cores, libtorch {__version__}, {get_num_threads()} threads; {Peer.Description}");
foreach (var (name, run) in sections)
{
    if (args.Length > 0 && !args.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
    var report = new Report(name);
    run(report);
    report.Print();
}
return 0;
