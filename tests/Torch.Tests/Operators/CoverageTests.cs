using System.Reflection;

namespace Torch.Tests.Operators;

/// <summary>
/// No member of the engine is without a test: the tests' own code is searched for a call of each.
/// </summary>
public sealed class CoverageTests
{
    private static readonly Type[] Engine =
    [
        typeof(torch), typeof(Tensor), typeof(TensorIndex), typeof(linalg), typeof(special), typeof(fft),
        typeof(autograd),
        typeof(torch.random), typeof(Generator), typeof(torch.Device), typeof(Scalar),
        typeof(ScalarExtensionMethods),
        typeof(TensorExtensionMethods), typeof(DisposeScope), typeof(DisposeScopeManager),
        typeof(ThreadDisposeScopeStatistics),
        typeof(TorchSharp.Utils.TensorAccessor<>),
    ];

    // What needs a second device or writes to the console, and other spellings of what is tested.
    private static readonly string[] Exempt =
    [
        "Tensor.cuda", "Tensor.pin_memory", "Tensor.print", "torch.set_num_interop_threads",
        "Device.get_CUDA",
        "Tensor.DetatchFromDisposeScope", "Tensor.Dispose", "Tensor.DecoupleFromNativeHandle",
        "Tensor.get_Handle",
        "Generator.Dispose", "torch.cuda_is_available", "Device.Equals", "DisposeScope.MarkAsDisposed",
        "Tensor.Equals", "Tensor.GetHashCode", "Tensor.get_name", "Tensor.set_name",
    ];

    [Fact]
    public void Every_public_member_of_the_engine_is_called_by_a_test()
    {
        var called = Called();
        var missing = Engine.SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static
                | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(method => !called.Contains(method.MetadataToken) && method.GetBaseDefinition() == method)
            .Where(method => !Exempt.Contains($"{type.Name}.{method.Name}"))
            .Select(method => $"{type.Name}: {method}")).ToList();
        Assert.True(missing.Count == 0,
            $"{missing.Count} members without a test:\n{string.Join('\n', missing)}");
    }

    /// <summary>Tokens of the engine's methods that the code of this assembly names.</summary>
    private static HashSet<int> Called()
    {
        var found = new HashSet<int>();
        var assembly = typeof(CoverageTests).Assembly;
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static
            | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        foreach (var type in assembly.GetTypes())
            foreach (var body in type.GetMethods(all).Cast<MethodBase>().Concat(type.GetConstructors(all)))
                foreach (int token in Operands(body.GetMethodBody()?.GetILAsByteArray() ?? []))
                    if (Resolve(body, token) is { } method && method.Module == typeof(torch).Module)
                        found.Add(method.MetadataToken);
        return found;
    }

    /// <summary>
    /// The operands of what may be a call, a creation or a method taken as a value (call, callvirt, newobj,
    /// ldftn).
    /// </summary>
    private static IEnumerable<int> Operands(byte[] code)
    {
        for (int at = 0; at + 4 < code.Length; at++)
            if (code[at] is 0x28 or 0x6F or 0x73 or 0x06)
                yield return BitConverter.ToInt32(code, at + 1);
    }

    private static MethodBase? Resolve(MethodBase body, int token)
    {
        // Members, references to members of other assemblies, and methods with type arguments.
        if ((token >>> 24) is not (0x06 or 0x0A or 0x2B)) return null;
        try
        {
            var method = body.Module.ResolveMethod(token, body.DeclaringType?.GetGenericArguments(),
                body.IsGenericMethod ? body.GetGenericArguments() : null);
            return method is MethodInfo { IsGenericMethod: true } generic
                ? generic.GetGenericMethodDefinition() : method;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
