using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Lectern.Training;

/// <summary>One of several processes of the same program, as whoever started them says it: where it stands and where they meet.</summary>
/// <param name="Rank">This process's number, from 0.</param>
/// <param name="Count">Number of processes.</param>
/// <param name="LocalRank">Its number among those of its machine: which GPU is its own.</param>
/// <param name="Host">Where rank 0 can be reached.</param>
/// <param name="Port">The port on which rank 0 listens.</param>
public sealed record Launch(int Rank, int Count, int LocalRank, string Host, int Port)
{
    private const int UsualPort = 29500;

    // Rank, count, rank on the machine, processes of the machine; the first launcher whose rank and count are there is the one.
    // mpirun inside a Slurm job comes before Slurm. A Slurm batch script has a rank too, but only what srun starts has a step.
    private static readonly (string Rank, string Count, string LocalRank, string LocalCount, string? Also)[] Launchers =
    [
        ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", null),                                     // torchrun, ./lectern distribute
        ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE", null),
        ("PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS", null),                               // MPICH, Intel MPI
        ("SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "", "SLURM_STEP_ID"),
        ("JOB_COMPLETION_INDEX", "LECTERN_RANKS", "", "", null),                                            // Kubernetes, indexed job
    ];

    /// <summary>Reads the variables that torchrun, Open MPI, MPICH, Slurm's srun or an indexed job of Kubernetes set.</summary>
    /// <param name="variable">A variable's value; those of this process where it is not given.</param>
    /// <returns>Null where the process was started alone.</returns>
    /// <exception cref="InvalidOperationException">A variable is no number in its range, or nothing says where rank 0 is.</exception>
    public static Launch? Read(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        string? Value(string name) => name.Length > 0 && variable(name) is { Length: > 0 } value ? value : null;
        int Number(string name, int least, int most) =>
            int.TryParse(Value(name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most
                ? number
                : throw new InvalidOperationException(
                    $"The variable {name} is '{Value(name)}'; it has to be a whole number from {least} to {most}. Unset it, or let the launcher set it.");

        foreach (var from in Launchers)
        {
            if (Value(from.Rank) is null || Value(from.Count) is null || (from.Also is not null && Value(from.Also) is null)) continue;
            int count = Number(from.Count, 1, 1 << 20);
            if (count == 1) return null;
            int rank = Number(from.Rank, 0, count - 1);
            int local = Value(from.LocalRank) is null ? 0 : Number(from.LocalRank, 0, count - 1);
            bool together = Value(from.LocalCount) is not null && Number(from.LocalCount, 1, count) == count;
            string host = Value("MASTER_ADDR") ?? (together ? "127.0.0.1" : Value("SLURM_JOB_NODELIST") is { } nodes ? FirstHost(nodes) : null)
                ?? throw new InvalidOperationException(
                    $"{from.Rank} and {from.Count} say that this is one of {count} processes, and nothing says where rank 0 is. "
                    + "Set MASTER_ADDR to its machine's name (in a Kubernetes job: JOB-0.SERVICE).");
            int port = Value("MASTER_PORT") is not null ? Number("MASTER_PORT", 1, 65535)
                : Value("SLURM_JOB_ID") is not null ? 15000 + Number("SLURM_JOB_ID", 0, int.MaxValue) % 10000  // two jobs may share a machine
                : UsualPort;
            return new Launch(rank, count, local, host, port);
        }
        return null;
    }

    /// <summary>Processes of this machine that meet at a port which is free now.</summary>
    /// <param name="count">How many.</param>
    public static IReadOnlyList<Launch> Here(int count)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        return [.. Enumerable.Range(0, count).Select(rank => new Launch(rank, count, rank, "127.0.0.1", port))];
    }

    /// <summary>Sets what <see cref="Read"/> reads, for a process to be started on this machine, and what else it needs there.</summary>
    /// <param name="environment">Its variables. LECTERN_THREADS, its threads, is 1 without another value.</param>
    public void Into(IDictionary<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        foreach (var (name, value) in new[]
        {
            ("RANK", Rank), ("WORLD_SIZE", Count), ("LOCAL_RANK", LocalRank), ("LOCAL_WORLD_SIZE", Count), ("MASTER_PORT", Port),
        })
            environment[name] = value.ToString(CultureInfo.InvariantCulture);
        environment["MASTER_ADDR"] = Host;
        // Ranks share the cores: with the usual thread a core each, they would take turns.
        string threads = environment.TryGetValue("LECTERN_THREADS", out var said) && said is { Length: > 0 } ? said : "1";
        foreach (string name in new[] { "LECTERN_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS" }) environment[name] = threads;
        // c10d warns each rank that all parameters were used, which is no trouble: libtorch's errors only, by either of its loggers.
        environment.TryAdd("GLOG_minloglevel", "2");
        environment.TryAdd("TORCH_CPP_LOG_LEVEL", "ERROR");
    }

    /// <summary>The first of Slurm's <c>node[003-006,9],other</c>: <c>node003</c>.</summary>
    internal static string FirstHost(string nodes)
    {
        int open = nodes.IndexOf('['), comma = nodes.IndexOf(',');
        if (open < 0 || (comma >= 0 && comma < open)) return comma < 0 ? nodes : nodes[..comma];
        string inside = nodes[(open + 1)..nodes.IndexOf(']')];
        return nodes[..open] + inside.Split(',', '-')[0];
    }
}
