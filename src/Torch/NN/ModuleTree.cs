using TorchSharp.Modules;
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        // What a module holds, seen from outside: children, parameters, buffers and the state dictionary.
        public partial class Module
        {
            /// <summary>The direct sub-modules with their names.</summary>
            public virtual IEnumerable<(string name, Module module)> named_children() =>
                _children.Select(child => (child.Key, child.Value));

            /// <summary>The direct sub-modules.</summary>
            public virtual IEnumerable<Module> children() => named_children().Select(child => child.module);

            /// <summary>
            /// All modules below this one, with dotted names: the direct ones first, then theirs.
            /// </summary>
            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var child in named_children()) yield return child;
                foreach (var (name, child) in named_children())
                    foreach (var (below, module) in child.named_modules())
                        yield return ($"{name}.{below}", module);
            }

            /// <summary>All modules below this one.</summary>
            public virtual IEnumerable<Module> modules() => named_modules().Select(entry => entry.module);

            /// <summary>
            /// The parameters with dotted names, each tensor once however often it is registered.
            /// </summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse =
                true)
            {
                var seen = new HashSet<Parameter>(ReferenceEqualityComparer.Instance);
                foreach (var (name, parameter) in _parameters)
                    if (seen.Add(parameter)) yield return (name, parameter);
                if (!recurse) yield break;
                foreach (var (name, child) in named_children())
                    foreach (var (below, parameter) in child.named_parameters())
                        if (seen.Add(parameter)) yield return ($"{name}.{below}", parameter);
            }

            /// <summary>The parameters, as an optimiser takes them.</summary>
            public virtual IEnumerable<Parameter> parameters(bool recurse = true) =>
                named_parameters(recurse).Select(entry => entry.parameter);

            /// <summary>The buffers with dotted names.</summary>
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(
                bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<Tensor>(ReferenceEqualityComparer.Instance);
                foreach (var (name, (buffer, persistent)) in _buffers)
                    if ((persistent || include_nonpersistent) && seen.Add(buffer))
                        yield return (name, buffer);
                if (!recurse) yield break;
                foreach (var (name, child) in named_children())
                    foreach (var (below, buffer) in child.named_buffers(true, include_nonpersistent))
                        if (seen.Add(buffer)) yield return ($"{name}.{below}", buffer);
            }

            /// <summary>The buffers.</summary>
            public virtual IEnumerable<Tensor> buffers(bool recurse = true,
                bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(entry => entry.buffer);

            /// <summary>The parameter of a dotted name, or null.</summary>
            public virtual Parameter? get_parameter(string target)
            {
                var (owner, last) = Find(target);
                return owner?._parameters.GetValueOrDefault(last);
            }

            /// <summary>The buffer of a dotted name, or null.</summary>
            public virtual Tensor? get_buffer(string target)
            {
                var (owner, last) = Find(target);
                return owner?.GetOwnBuffer(last);
            }

            /// <summary>Whether a parameter has that dotted name.</summary>
            public virtual bool has_parameter(string target) => get_parameter(target) is not null;

            /// <summary>Whether a buffer has that dotted name.</summary>
            public virtual bool has_buffer(string target) => get_buffer(target) is not null;

            private (Module? Owner, string Last) Find(string target)
            {
                if (_parameters.ContainsKey(target) || _buffers.ContainsKey(target)) return (this, target);
                var dot = target.IndexOf('.');
                if (dot < 0) return (this, target);
                return _children.TryGetValue(target[..dot], out var child) ? child.Find(target[(dot + 1)..])
                    : (null, "");
            }

            /// <summary>
            /// Every parameter and persistent buffer by its dotted name: PyTorch's names in PyTorch's order.
            /// </summary>
            /// <remarks>The tensors are the module's own, not copies.</remarks>
            public virtual Dictionary<string, Tensor> state_dict(
                Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                var start = string.IsNullOrEmpty(prefix) ? "" : prefix + ".";
                foreach (var (name, parameter) in _parameters) destination.TryAdd(start + name, parameter);
                foreach (var (name, (buffer, persistent)) in _buffers)
                    if (persistent) destination.TryAdd(start + name, buffer);
                foreach (var (name, child) in named_children()) child.state_dict(destination, start + name);
                return destination;
            }

            /// <summary>
            /// Copies values from a state dictionary into this module's parameters and buffers.
            /// </summary>
            /// <param name="source">Tensors by dotted name, of any dtype and device.</param>
            /// <param name="strict">Whether a missing or unexpected name is an error.</param>
            /// <param name="skip">Names to leave alone.</param>
            /// <returns>The names that were missing and those that were not expected.</returns>
            /// <exception cref="InvalidOperationException">
            /// A shape differs, or, when strict, the names do; the message lists all of them and nothing was
            /// copied.
            /// </exception>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var target = state_dict();
                bool Taken(string key) => skip is null || !skip.Contains(key);
                var missing = target.Keys.Where(key => Taken(key) && !source.ContainsKey(key)).ToList();
                var unexpected = source.Keys.Where(key => Taken(key) && !target.ContainsKey(key)).ToList();
                var common = target.Keys.Where(key => Taken(key) && source.ContainsKey(key)).ToList();

                var problems = new List<string>();
                foreach (var key in common.Where(key => !target[key].shape.SequenceEqual(source[key].shape)))
                    problems.Add($"'{key}' has shape [{string.Join(", ", source[key].shape)}], " +
                        $"the module expects [{string.Join(", ", target[key].shape)}]");
                if (strict)
                {
                    problems.AddRange(missing.Select(key => $"'{key}' is missing"));
                    problems.AddRange(unexpected.Select(key => $"'{key}' is not a name of the module"));
                }
                if (problems.Count > 0)
                    throw new InvalidOperationException(
                        $"The state dictionary does not fit {GetName()}: {string.Join("; ", problems)}.");

                using var quiet = no_grad();
                foreach (var key in common) Op.InPlace("copy_", target[key], source[key]);
                return (missing, unexpected);
            }

            /// <summary>
            /// Moves and converts every parameter and buffer; whole-number buffers keep their dtype.
            /// </summary>
            /// <remarks>
            /// As in TorchSharp a tensor that has to change is replaced: the old one is disposed, and a field
            /// that held it holds the new one. So make optimisers after moving.
            /// </remarks>
            protected internal virtual Module _to(ScalarType? dtype, Device? device, bool non_blocking)
            {
                if (dtype is { } wanted && !Floating(wanted))
                    throw new ArgumentException(
                        $"A module's parameters stay floating point or complex, but {wanted} was asked for.",
                        nameof(dtype));
                foreach (var (_, child) in named_children()) child._to(dtype, device, non_blocking);

                using var quiet = no_grad();
                var replaced = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
                foreach (var (name, old) in _parameters.ToList())
                {
                    if (Moved(old) is not { } data) continue;
                    var parameter = new Parameter(data, old.requires_grad);
                    using (var grad = old.grad)
                        if (grad is not null) parameter.grad = Moved(grad) ?? grad.alias();
                    ConditionallyRegisterParameter(name, parameter);
                    replaced[old] = parameter;
                }
                foreach (var (name, (old, persistent)) in _buffers.ToList())
                {
                    if (Moved(old) is not { } buffer) continue;
                    ConditionallyRegisterBuffer(name, buffer, persistent);
                    replaced[old] = buffer;
                }
                if (replaced.Count == 0) return this;
                foreach (var (_, field) in Fields(GetType()))
                    if (field.GetValue(this) is Tensor held && replaced.TryGetValue(held, out var moved))
                        field.SetValue(this, moved);
                foreach (var old in replaced.Keys) old.Dispose();
                return this;

                // Null where the tensor is already what is wanted: `to` then gives back the same one.
                Tensor? Moved(Tensor tensor)
                {
                    var type = dtype is { } t && Floating(tensor.dtype) ? t : tensor.dtype;
                    var moved = Op.Call("to.device", tensor, device ?? tensor.device, type, non_blocking);
                    if (moved.Handle != tensor.Handle) return moved;
                    moved.Dispose();
                    return null;
                }

                static bool Floating(ScalarType type) => is_floating_point(type) || is_complex(type);
            }
        }
    }
}
