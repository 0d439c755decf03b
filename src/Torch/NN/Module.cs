using System.Collections.Concurrent;
using System.Reflection;
using TorchSharp.Modules;
using TorchSharp.Native;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// What a model is made of: named parameters, buffers and sub-modules, and a mode (training or not).
        /// </summary>
        /// <remarks>
        /// Derive from <see cref="Module{T, TResult}"/> (or one with more inputs), keep parts as fields, and
        /// call <see cref="RegisterComponents"/> as the last line of the constructor: it registers every
        /// field that holds a module, a parameter or a tensor (a buffer) under the field's name. A registered
        /// tensor leaves the dispose scope it was made in and lives until the module is disposed.
        /// </remarks>
        public partial class Module : IDisposable
        {
            // Reflection over fields is TorchSharp's rule for naming parts; it happens once a type.
            private static readonly ConcurrentDictionary<Type,
                (string Name, FieldInfo Field)[]> FieldsOfType = new();

            private readonly OrderedDictionary<string, Module> _children = [];
            private readonly OrderedDictionary<string, Parameter> _parameters = [];
            private readonly OrderedDictionary<string, (Tensor Tensor, bool Persistent)> _buffers = [];
            private bool _componentsRegistered;
            private bool _training = true;

            /// <summary>The name given to the constructor.</summary>
            protected string? name;

            /// <summary>Makes a module with a name for messages (by custom, the class's).</summary>
            protected Module(string name) => this.name = name;

            /// <summary>The module's name, or its type's.</summary>
            public virtual string GetName() => string.IsNullOrEmpty(name) ? GetType().Name : name;

            /// <summary>
            /// True while dropout drops and batch normalisation learns; see <see cref="train"/>.
            /// </summary>
            public virtual bool training => _training;

            /// <summary>Sets the training mode of this module and all below it.</summary>
            public virtual void train(bool train = true)
            {
                _training = train;
                foreach (var (_, child) in named_children()) child.train(train);
            }

            /// <summary>Sets the evaluation mode: the same as <c>train(false)</c>.</summary>
            public virtual void eval() => train(false);

            /// <summary>Runs an action on every module below, then on this one.</summary>
            public virtual Module apply(Action<Module> fn)
            {
                foreach (var (_, child) in named_children()) child.apply(fn);
                fn(this);
                return this;
            }

            /// <summary>Forgets the gradients of all parameters (or sets them to zero).</summary>
            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var parameter in parameters())
                {
                    if (set_to_none) { parameter.grad = null; continue; }
                    using var grad = parameter.grad;
                    if (grad is not null) Op.InPlace("zero_", grad);
                }
            }

            /// <summary>Says of every parameter whether gradients are wanted.</summary>
            public virtual Module requires_grad_(bool requires_grad = true)
            {
                foreach (var parameter in parameters()) parameter.requires_grad = requires_grad;
                return this;
            }

            /// <summary>
            /// Registers each field (own and inherited) that holds a module, parameter or tensor.
            /// </summary>
            /// <remarks>
            /// A <see cref="ComponentNameAttribute"/> on the field names it otherwise. Null fields are left
            /// out.
            /// </remarks>
            protected virtual void RegisterComponents()
            {
                if (_componentsRegistered) return;
                foreach (var (component, field) in Fields(GetType()))
                {
                    if (_children.ContainsKey(component) || _parameters.ContainsKey(component)
                        || _buffers.ContainsKey(component))
                        continue;
                    switch (field.GetValue(this))
                    {
                        case Module module: register_module(component, module); break;
                        case Parameter parameter: register_parameter(component, parameter); break;
                        case Tensor tensor: register_buffer(component, tensor); break;
                    }
                }
                _componentsRegistered = true;
            }

            /// <summary>Adds a sub-module; null removes the one of that name.</summary>
            /// <exception cref="ArgumentException">The name is empty or has a dot.</exception>
            /// <exception cref="InvalidOperationException">The name is taken.</exception>
            public virtual void register_module(string name, Module submodule)
            {
                if (submodule is null) { _children.Remove(name); return; }
                if (string.IsNullOrEmpty(name) || name.Contains('.'))
                    throw new ArgumentException(
                        $"A module's name may not be empty or have a dot, got '{name}'.", nameof(name));
                submodule.RegisterComponents();
                if (!_children.TryAdd(name, submodule))
                    throw new InvalidOperationException($"{GetName()} already has a sub-module '{name}'.");
            }

            /// <summary>The same as <see cref="register_module"/>.</summary>
            public void add_module(string name, Module module) => register_module(name, module);

            /// <summary>
            /// Adds a parameter, which leaves its dispose scope and belongs to this module from now on.
            /// </summary>
            /// <exception cref="InvalidOperationException">The name is taken.</exception>
            public virtual void register_parameter(string name, Parameter param)
            {
                ArgumentNullException.ThrowIfNull(param);
                if (!_parameters.TryAdd(name, param))
                    throw new InvalidOperationException($"{GetName()} already has a parameter '{name}'.");
                param.DetachFromDisposeScope();
            }

            /// <summary>
            /// Adds a tensor that is state but not learned; one that does not persist is left out of
            /// state_dict.
            /// </summary>
            /// <exception cref="InvalidOperationException">The name is taken.</exception>
            public virtual void register_buffer(string name, Tensor tensor, bool persistent = true)
            {
                ArgumentNullException.ThrowIfNull(tensor);
                if (!_buffers.TryAdd(name, (tensor, persistent)))
                    throw new InvalidOperationException($"{GetName()} already has a buffer '{name}'.");
                tensor.DetachFromDisposeScope();
            }

            /// <summary>Sets, replaces or (null) removes a parameter.</summary>
            protected void ConditionallyRegisterParameter(string name, Parameter? value)
            {
                if (value is null) _parameters.Remove(name);
                else { value.DetachFromDisposeScope(); _parameters[name] = value; }
            }

            /// <summary>Sets, replaces or (null) removes a buffer.</summary>
            protected void ConditionallyRegisterBuffer(string name, Tensor? value, bool persistent = true)
            {
                if (value is null) _buffers.Remove(name);
                else { value.DetachFromDisposeScope(); _buffers[name] = (value, persistent); }
            }

            /// <summary>Forgets all sub-modules (containers re-number theirs).</summary>
            protected void ClearModules() => _children.Clear();

            private protected void ClearParameters() => _parameters.Clear();

            // The kit's own modules keep parameters and buffers only here; a setter's old tensor is disposed,
            // as in TorchSharp.
            private protected Parameter? GetOwn(string name) => _parameters.GetValueOrDefault(name);

            private protected void SetOwn(string name, Parameter? value)
            {
                var old = GetOwn(name);
                ConditionallyRegisterParameter(name, value);
                if (old is not null && !ReferenceEquals(old, value)) old.Dispose();
            }

            private protected Tensor? GetOwnBuffer(string name) =>
                _buffers.TryGetValue(name, out var entry) ? entry.Tensor : null;

            private protected void SetOwnBuffer(string name, Tensor? value)
            {
                var old = GetOwnBuffer(name);
                ConditionallyRegisterBuffer(name, value);
                if (old is not null && !ReferenceEquals(old, value)) old.Dispose();
            }

            /// <summary>Disposes the module's parameters, buffers and sub-modules.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            /// <summary>The pattern's hook for derived classes.</summary>
            protected virtual void Dispose(bool disposing)
            {
                if (!disposing) return;
                foreach (var (tensor, _) in _buffers.Values) tensor.Dispose();
                foreach (var parameter in _parameters.Values) parameter.Dispose();
                foreach (var child in _children.Values) child.Dispose();
            }

            private static (string Name, FieldInfo Field)[] Fields(Type type) =>
                FieldsOfType.GetOrAdd(type, static type =>
            {
                const BindingFlags all = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
                var seen = new HashSet<string>();
                var found = new List<(string, FieldInfo)>();
                for (var level = type; level is not null && level != typeof(Module); level = level.BaseType)
                    foreach (var field in level.GetFields(all))
                        if (field.DeclaringType != typeof(Module) && !field.FieldType.IsValueType
                            && seen.Add(field.Name))
                            found.Add((field.GetCustomAttribute<ComponentNameAttribute>()?.Name ?? field.Name,
                                field));
                return [.. found];
            });
        }
    }
}
