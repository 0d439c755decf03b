using System.Reflection;

namespace Lectern.Host.Languages;

/// <summary>What types are called in C#.</summary>
internal static class CSharpNames
{
    /// <summary>The type's full name; <c>dynamic</c> for a type that a cell cannot name.</summary>
    public static string Of(Type type)
    {
        if (!type.IsVisible || type.IsByRefLike || type.IsPointer)
        {
            return "dynamic";
        }
        if (type.IsArray)
        {
            // C# writes the outermost array's rank first, reflection names it last.
            var ranks = "";
            for (; type.IsArray; type = type.GetElementType()!)
            {
                ranks += $"[{new string(',', type.GetArrayRank() - 1)}]";
            }
            return Of(type) + ranks;
        }
        var arguments = new Queue<Type>(type.GetGenericArguments());
        var path = new Stack<Type>();
        for (var outer = type; outer is not null; outer = outer.DeclaringType)
        {
            path.Push(outer);
        }
        var names = new List<string>();
        foreach (var part in path)
        {
            var own = part.GetGenericArguments().Length - (part.DeclaringType?.GetGenericArguments().Length ?? 0);
            var name = part.Name.Split('`')[0];
            names.Add(own == 0 ? name : $"{name}<{string.Join(", ", Enumerable.Range(0, own).Select(_ => Of(arguments.Dequeue())))}>");
        }
        var space = string.IsNullOrEmpty(type.Namespace) ? "global::" : $"global::{type.Namespace}.";
        return space + string.Join('.', names);
    }

    /// <summary>The short name that a table shows.</summary>
    public static string Short(Type type)
    {
        if (type.IsArray)
        {
            return $"{Short(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        }
        if (Nullable.GetUnderlyingType(type) is { } value)
        {
            return Short(value) + "?";
        }
        if (Keywords.TryGetValue(type, out var keyword))
        {
            return keyword;
        }
        var name = type.Name.Split('`')[0];
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Short))}>" : name;
    }

    /// <summary>The assemblies that have to be known for the type's name to be.</summary>
    public static IEnumerable<Assembly> AssembliesOf(Type type) => (
        type.HasElementType ? AssembliesOf(type.GetElementType()!) : type.GetGenericArguments().SelectMany(AssembliesOf))
        .Append(type.Assembly)
        .Distinct();

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(sbyte)] = "sbyte", [typeof(char)] = "char",
        [typeof(decimal)] = "decimal", [typeof(double)] = "double", [typeof(float)] = "float", [typeof(int)] = "int",
        [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(short)] = "short",
        [typeof(ushort)] = "ushort", [typeof(object)] = "object", [typeof(string)] = "string",
    };
}
