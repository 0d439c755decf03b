using static TorchSharp.torch;

namespace TorchSharp;

/// <summary>Moving and converting modules, giving back the module's own type.</summary>
public static class ModuleExtensionMethods
{
    /// <summary>Converts the parameters and buffers to a floating-point or complex type.</summary>
    public static T to<T>(this T module, ScalarType type, bool non_blocking = false) where T : nn.Module =>
        (T)module._to(type, null, non_blocking);

    /// <summary>Moves and converts.</summary>
    public static T to<T>(this T module, Device device, ScalarType type,
        bool non_blocking = false) where T : nn.Module =>
        (T)module._to(type, device, non_blocking);

    /// <summary>Moves to a kind of device, by index where there are several.</summary>
    public static T to<T>(this T module, DeviceType deviceType, int deviceIndex = -1,
        bool non_blocking = false)
        where T : nn.Module => (T)module._to(null, new Device(deviceType, deviceIndex), non_blocking);

    /// <summary>Moves to a device.</summary>
    public static T to<T>(this T module, Device device, bool non_blocking = false) where T : nn.Module =>
        (T)module._to(null, device, non_blocking);

    /// <summary>Moves to a device that a string names: "cpu", "cuda", "cuda:1".</summary>
    public static T to<T>(this T module, string device, bool non_blocking = false) where T : nn.Module =>
        (T)module._to(null, new Device(device), non_blocking);

    /// <summary>Moves and converts to another tensor's device and type.</summary>
    public static T to<T>(this T module, Tensor other, bool non_blocking = false) where T : nn.Module =>
        (T)module._to(other.dtype, other.device, non_blocking);

    /// <summary>Moves to the CPU.</summary>
    public static T cpu<T>(this T module, bool non_blocking = false) where T : nn.Module =>
        module.to(DeviceType.CPU, -1, non_blocking);

    /// <summary>Moves to a CUDA device.</summary>
    public static T cuda<T>(this T module, int deviceIndex = -1,
        bool non_blocking = false) where T : nn.Module =>
        module.to(DeviceType.CUDA, deviceIndex, non_blocking);

    public static T half<T>(this T module, bool non_blocking = false) where T : nn.Module =>
        module.to(ScalarType.Float16, non_blocking);

    public static T bfloat16<T>(this T module, bool non_blocking = false) where T : nn.Module =>
        module.to(ScalarType.BFloat16, non_blocking);

    public static T @float<T>(this T module, bool non_blocking = false) where T : nn.Module =>
        module.to(ScalarType.Float32, non_blocking);

    public static T @double<T>(this T module, bool non_blocking = false) where T : nn.Module =>
        module.to(ScalarType.Float64, non_blocking);

    public static T cfloat<T>(this T module, bool non_blocking = false) where T : nn.Module =>
        module.to(ScalarType.ComplexFloat32, non_blocking);

    public static T cdouble<T>(this T module, bool non_blocking = false) where T : nn.Module =>
        module.to(ScalarType.ComplexFloat64, non_blocking);
}
