namespace TorchSharp.Utils;

/// <summary>Names a field's parameter, buffer or module otherwise than the field.</summary>
[AttributeUsage(AttributeTargets.Field)]
public class ComponentNameAttribute : Attribute
{
    /// <summary>The name in state dictionaries.</summary>
    public string? Name { get; set; }
}
