using Lectern.Training;

namespace Lectern.Tests.Training;

/// <summary>What launchers say in their variables.</summary>
public sealed class LaunchTests
{
    private static Launch? Read(params (string Name, string Value)[] variables) =>
        Launch.Read(name => variables.FirstOrDefault(one => one.Name == name).Value);

    [Fact]
    public void A_process_without_variables_is_alone()
    {
        Assert.Null(Read());
        Assert.Null(Read(("RANK", "0"), ("WORLD_SIZE", "1")));
        Assert.Null(Read(("JOB_COMPLETION_INDEX", "3")));                            // a shard of a sweep
        Assert.Null(Read(("SLURM_PROCID", "0"), ("SLURM_NTASKS", "4")));             // a batch script, before srun
    }

    [Fact]
    public void Each_launcher_is_understood()
    {
        Assert.Equal(new Launch(5, 8, 1, "first", 1234),
            Read(("RANK", "5"), ("WORLD_SIZE", "8"), ("LOCAL_RANK", "1"), ("MASTER_ADDR", "first"), ("MASTER_PORT", "1234")));
        Assert.Equal(new Launch(2, 4, 2, "127.0.0.1", 29500), Read(
            ("OMPI_COMM_WORLD_RANK", "2"), ("OMPI_COMM_WORLD_SIZE", "4"), ("OMPI_COMM_WORLD_LOCAL_RANK", "2"), ("OMPI_COMM_WORLD_LOCAL_SIZE", "4")));
        Assert.Equal(new Launch(1, 2, 1, "127.0.0.1", 29500),
            Read(("PMI_RANK", "1"), ("PMI_SIZE", "2"), ("MPI_LOCALRANKID", "1"), ("MPI_LOCALNRANKS", "2")));
        Assert.Equal(new Launch(3, 4, 1, "node007", 19567), Read(
            ("SLURM_PROCID", "3"), ("SLURM_NTASKS", "4"), ("SLURM_LOCALID", "1"), ("SLURM_STEP_ID", "0"),
            ("SLURM_JOB_NODELIST", "node[007,009]"), ("SLURM_JOB_ID", "1234567")));
        Assert.Equal(new Launch(1, 2, 0, "job-0.ranks", 29500),
            Read(("JOB_COMPLETION_INDEX", "1"), ("LECTERN_RANKS", "2"), ("MASTER_ADDR", "job-0.ranks")));
    }

    [Fact]
    public void Mpirun_inside_a_Slurm_job_counts_and_not_Slurm() => Assert.Equal(3, Read(
        ("SLURM_PROCID", "0"), ("SLURM_NTASKS", "2"), ("SLURM_STEP_ID", "0"), ("SLURM_JOB_NODELIST", "a,b"),
        ("OMPI_COMM_WORLD_RANK", "1"), ("OMPI_COMM_WORLD_SIZE", "3"))!.Count);

    [Theory]
    [InlineData("alone", "alone")]
    [InlineData("a1,b2", "a1")]
    [InlineData("node[003-006,9],other", "node003")]
    [InlineData("login,node[1-2]", "login")]
    [InlineData("rack2-[10,12-14]", "rack2-10")]
    public void The_first_host_of_Slurms_list_is_found(string nodes, string first) => Assert.Equal(first, Launch.FirstHost(nodes));

    [Fact]
    public void What_a_process_is_told_is_what_it_reads()
    {
        foreach (var launch in Launch.Here(3))
        {
            var environment = new Dictionary<string, string?> { ["LECTERN_THREADS"] = launch.Rank == 2 ? "4" : null, ["GLOG_minloglevel"] = "0" };
            launch.Into(environment);
            Assert.Equal(launch, Launch.Read(name => environment.GetValueOrDefault(name)));
            Assert.Equal(launch.Rank == 2 ? "4" : "1", environment["OMP_NUM_THREADS"]);
            Assert.Equal("0", environment["GLOG_minloglevel"]);
        }
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        Assert.Contains("RANK is '2'", Error(("RANK", "2"), ("WORLD_SIZE", "2"), ("MASTER_ADDR", "here")), StringComparison.Ordinal);
        Assert.Contains("MASTER_PORT is 'http'",
            Error(("RANK", "1"), ("WORLD_SIZE", "2"), ("MASTER_ADDR", "here"), ("MASTER_PORT", "http")), StringComparison.Ordinal);
        Assert.Contains("MASTER_ADDR", Error(("RANK", "1"), ("WORLD_SIZE", "2")), StringComparison.Ordinal);
    }

    private static string Error(params (string Name, string Value)[] variables) =>
        Assert.Throws<InvalidOperationException>(() => Read(variables)).Message;
}
