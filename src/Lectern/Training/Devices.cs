namespace Lectern.Training;

/// <summary>Where networks compute.</summary>
public static class Devices
{
    /// <summary>The variable that <see cref="Chosen"/> reads; <c>./lectern reproduce … --device cuda</c> sets it.</summary>
    public const string Variable = "LECTERN_DEVICE";

    extension(Device)
    {
        /// <summary>CUDA where there is such a device, else the CPU.</summary>
        public static Device Best => cuda.is_available() ? CUDA : CPU;
    }

    /// <summary>
    /// The device that LECTERN_DEVICE names (cpu, cuda, cuda:1), the CPU without it: where lessons train. Of several ranks on a
    /// machine (<see cref="Launch"/>) each has, with cuda, a GPU of its own.
    /// </summary>
    /// <exception cref="InvalidOperationException">It names a CUDA device, and there is none, or no device at all.</exception>
    public static Device Chosen => Named(Own(Environment.GetEnvironmentVariable(Variable), Launch.Read()));

    /// <summary>Where a machine has several ranks of a job, cuda is the GPU of each one's number.</summary>
    internal static string? Own(string? name, Launch? launch) => name == "cuda" && launch is not null ? $"cuda:{launch.LocalRank}" : name;

    internal static Device Named(string? name)
    {
        if (name is null or "" or "cpu") return CPU;
        string[] parts = name.Split(':');
        if (parts[0] != "cuda" || parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], out _)))
            throw new InvalidOperationException($"'{name}' is asked for as the device ({Variable}, --device); it is cpu, cuda or cuda:N.");
        if (!cuda.is_available())
            throw new InvalidOperationException(
                $"'{name}' is asked for ({Variable}, --device), and libtorch sees no CUDA device. `./lectern doctor` says why; cpu is always there.");
        return new Device(name);
    }
}
