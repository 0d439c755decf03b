namespace TorchSharp;

/// <summary>Kinds of device, numbered as in libtorch.</summary>
public enum DeviceType
{
    CPU = 0, CUDA = 1, MKLDNN = 2, OPENGL = 3, OPENCL = 4, IDEEP = 5, HIP = 6, FPGA = 7, MSNPU = 8, XLA = 9, MPS = 13, META = 14,
}

public static partial class torch
{
    /// <summary>A place where tensors live: a kind of device and, where there are several, its number.</summary>
    public class Device : IEquatable<Device>
    {
        /// <param name="description">"cpu", "cuda", "cuda:1", "meta", …</param>
        /// <exception cref="ArgumentException">The text names no known device.</exception>
        public Device(string description)
        {
            string[] parts = description.Split(':');
            if (parts.Length > 2 || !Enum.TryParse(parts[0], ignoreCase: true, out DeviceType parsed) || int.TryParse(parts[0], out _)
                || (parts.Length == 2 && !int.TryParse(parts[1], out _)))
                throw new ArgumentException($"'{description}' names no device; use \"cpu\", \"cuda\", \"cuda:1\" or \"meta\".", nameof(description));
            type = parsed;
            index = parts.Length == 2 ? int.Parse(parts[1]) : -1;
        }

        public Device(string deviceType, int index = -1) : this(index < 0 ? deviceType : $"{deviceType}:{index}") { }

        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = index;
        }

        public Device(int index) : this(DeviceType.CUDA, index) { }

        /// <summary>The kind of device.</summary>
        public DeviceType type { get; }

        /// <summary>Its number, or -1 for the current one of its kind.</summary>
        public int index { get; }

        internal long Packed => (long)type | (long)(index + 1) << 8;

        internal static Device Unpack(long packed) => packed == CPU.Packed ? CPU : new((DeviceType)(packed & 0xff), (int)(packed >> 8) - 1);

        public static implicit operator Device(string description) => new(description);

        /// <inheritdoc/>
        public bool Equals(Device? other) => other is not null && Packed == other.Packed;

        /// <inheritdoc/>
        public override bool Equals(object? obj) => Equals(obj as Device);

        /// <inheritdoc/>
        public override int GetHashCode() => Packed.GetHashCode();

        /// <inheritdoc/>
        public override string ToString() => type.ToString().ToLowerInvariant() + (index >= 0 ? $":{index}" : "");
    }

    public static readonly Device CPU = new(DeviceType.CPU);
    public static readonly Device META = new(DeviceType.META);
    public static Device CUDA => new(DeviceType.CUDA);
    public static Device MPS => new(DeviceType.MPS);

    public static Device device(string description) => new(description);
    public static Device device(string deviceType, int index = -1) => new(deviceType, index);
    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);
    public static Device device(int index) => new(index);
}
