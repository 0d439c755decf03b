using System.Diagnostics;
using Lectern.Reproduction;
using YamlDotNet.RepresentationModel;

namespace Lectern.Tests.Reproduction;

/// <summary>The ready files for clusters: syntax, and that their numbers agree.</summary>
public sealed class SweepFilesTests
{
    private static readonly string[] SlurmOptions =
        ["job-name", "array", "ntasks", "cpus-per-task", "mem", "time", "requeue", "output"];

    private static string FileOf(string name) => Path.Combine(Lectern.Lessons.Record.Folder()!, name);

    [Fact]
    public void Bash_can_read_the_slurm_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "bash is not part of Windows");
        var start = new ProcessStartInfo("bash", ["-n", FileOf("sweep.slurm")]) { RedirectStandardError = true };
        using var bash = Process.Start(start)!;
        Assert.Equal("", bash.StandardError.ReadToEnd());
        bash.WaitForExit();
        Assert.Equal(0, bash.ExitCode);
    }

    [Fact]
    public void Slurm_finds_its_options_before_the_first_command_and_the_array_is_the_stated_number_of_parts()
    {
        string[] lines = File.ReadAllLines(FileOf("sweep.slurm"));
        Assert.StartsWith("#!", lines[0]);
        // Slurm reads no option after the first line that is neither empty nor a comment.
        string[] head = [.. lines.TakeWhile(line => line.Length == 0 || line[0] == '#')];
        Assert.DoesNotContain(lines.Skip(head.Length), line => line.StartsWith("#SBATCH", StringComparison.Ordinal));
        var options = head.Where(line => line.StartsWith("#SBATCH", StringComparison.Ordinal)).Select(line =>
        {
            Assert.Matches("^#SBATCH --[a-z-]+(=[^ ]+)?$", line);
            return line["#SBATCH --".Length..].Split('=', 2);
        }).ToDictionary(option => option[0], option => option.ElementAtOrDefault(1));
        Assert.Equal(SlurmOptions.Order(), options.Keys.Order());

        int last = int.Parse(options["array"]!.Split('-') is ["0", var end] ? end : "-1");
        Assert.Contains($"LECTERN_SHARDS:-{last + 1}}}", string.Concat(lines));
        Assert.Matches("^[0-9]+:[0-5][0-9]:[0-5][0-9]$", options["time"]!);
    }

    [Fact]
    public void The_kubernetes_file_is_an_indexed_job_whose_parts_are_its_completions_and_whose_volume_is_claimed()
    {
        var yaml = new YamlStream();
        using (var reader = File.OpenText(FileOf("sweep.kubernetes.yaml"))) yaml.Load(reader);
        var (claim, job) = (yaml.Documents[0].RootNode, yaml.Documents[1].RootNode);
        Assert.Equal(("v1", "PersistentVolumeClaim"), (Text(claim, "apiVersion"), Text(claim, "kind")));
        Assert.Equal(("batch/v1", "Job"), (Text(job, "apiVersion"), Text(job, "kind")));
        var spec = job["spec"];
        Assert.Equal("Indexed", Text(spec, "completionMode"));
        Assert.Equal(Text(spec, "completions"), Text(spec, "parallelism"));

        var pod = spec["template"]["spec"];
        Assert.Contains(Text(pod, "restartPolicy"), (string[])["Never", "OnFailure"]);       // all that a job may have
        var part = Assert.Single((YamlSequenceNode)pod["containers"]);
        string[] needed = ["name", "image", "command", "workingDir"];
        Assert.All(needed, field => Assert.True(((YamlMappingNode)part).Children.ContainsKey(field), field));
        Assert.Equal(["./lectern", "reproduce"], ((YamlSequenceNode)part["command"]).Take(2).Select(word => word.ToString()));
        var shards = Assert.Single((YamlSequenceNode)part["env"], one => Text(one, "name") == Shard.CountVariable)["value"];
        Assert.Equal(Text(spec, "completions"), shards.ToString());
        // Kubernetes takes strings alone as values of variables: unquoted, 4 and no are none.
        Assert.All((YamlSequenceNode)part["env"], one =>
            Assert.Equal(YamlDotNet.Core.ScalarStyle.DoubleQuoted, ((YamlScalarNode)one["value"]).Style));

        var mount = Assert.Single((YamlSequenceNode)part["volumeMounts"]);
        var volume = Assert.Single((YamlSequenceNode)pod["volumes"]);
        Assert.Equal(Text(mount, "name"), Text(volume, "name"));
        Assert.Equal(Text(part, "workingDir") + "/artifacts/reproduction", Text(mount, "mountPath"));
        Assert.Equal(Text(claim["metadata"], "name"), Text(volume["persistentVolumeClaim"], "claimName"));
    }

    private static string Text(YamlNode node, string field) => ((YamlScalarNode)node[field]).Value!;
}
