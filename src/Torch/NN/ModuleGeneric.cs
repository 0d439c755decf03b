namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// A module that functions can be hung on, to look at or change what goes in and comes out.
        /// </summary>
        public abstract class HookableModule<TPreHook, TPostHook>(string name) : Module(name)
        {
            private Hooks<TPreHook>? _pre;
            private Hooks<TPostHook>? _post;
            private Hooks<Action<Module>>? _before, _after;

            /// <summary>
            /// Adds a function that sees the result after each call; what it returns, unless null, replaces
            /// it.
            /// </summary>
            public HookRemover register_forward_hook(TPostHook hook) => (_post ??= new()).Add(hook);

            /// <summary>
            /// Adds a function that sees the input before each call; what it returns, unless null, replaces
            /// it.
            /// </summary>
            public HookRemover register_forward_pre_hook(TPreHook hook) => (_pre ??= new()).Add(hook);

            /// <summary>Adds an action to run after each call.</summary>
            public HookRemover register_forward_hook(Action<Module> hook) => (_after ??= new()).Add(hook);

            /// <summary>Adds an action to run before each call.</summary>
            public HookRemover register_forward_pre_hook(Action<Module> hook) =>
                (_before ??= new()).Add(hook);

            private protected bool HasHooks => (_pre, _post, _before, _after) is not (null, null, null, null);
            private protected TPreHook[] PreHooks => _pre?.All ?? [];
            private protected TPostHook[] PostHooks => _post?.All ?? [];

            private protected void RunBefore() { foreach (var hook in _before?.All ?? []) hook(this); }
            private protected void RunAfter() { foreach (var hook in _after?.All ?? []) hook(this); }

            private sealed class Hooks<T>
            {
                private readonly OrderedDictionary<object, T> _hooks = [];

                public T[] All => [.. _hooks.Values];

                public HookRemover Add(T hook)
                {
                    var key = new object();
                    _hooks.Add(key, hook);
                    return new HookRemover(() => _hooks.Remove(key));
                }
            }
        }

        /// <summary>Takes a hook off again.</summary>
        public sealed class HookRemover
        {
            private readonly Action _remove;

            internal HookRemover(Action remove) => _remove = remove;

            /// <summary>Takes the hook off; a second time does nothing.</summary>
            public void remove() => _remove();
        }

        public interface IModule<T, TResult>
        {
            TResult call(T input1);
        }

        public interface IModule<T1, T2, TResult>
        {
            TResult call(T1 input1, T2 input2);
        }

        public interface IModule<T1, T2, T3, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3);
        }

        public interface IModule<T1, T2, T3, T4, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3, T4 input4);
        }

        public interface IModule<T1, T2, T3, T4, T5, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5);
        }

        public interface IModule<T1, T2, T3, T4, T5, T6, TResult>
        {
            TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5, T6 input6);
        }

        /// <summary>A module of one input: override forward, run it by call.</summary>
        public abstract class Module<T, TResult>(string name)
            : HookableModule<Func<Module<T, TResult>, T, T?>,
                Func<Module<T, TResult>, T, TResult, TResult?>>(name),
              IModule<T, TResult>
        {
            /// <summary>What the module computes.</summary>
            public abstract TResult forward(T input);

            /// <summary>Runs the hooks and <see cref="forward"/>.</summary>
            public TResult call(T input)
            {
                if (!HasHooks) return forward(input);
                RunBefore();
                foreach (var hook in PreHooks)
                    if (hook(this, input) is { } changed) input = changed;
                var result = forward(input);
                foreach (var hook in PostHooks)
                    if (hook(this, input, result) is { } changed) result = changed;
                RunAfter();
                return result;
            }
        }

        /// <summary>A module of two inputs: override forward, run it by call.</summary>
        public abstract class Module<T1, T2, TResult>(string name)
            : HookableModule<Func<Module<T1, T2, TResult>, T1, T2, (T1, T2)?>,
                Func<Module<T1, T2, TResult>, T1, T2, TResult, TResult?>>(name),
              IModule<T1, T2, TResult>
        {
            /// <summary>What the module computes.</summary>
            public abstract TResult forward(T1 input1, T2 input2);

            /// <summary>Runs the hooks and <see cref="forward"/>.</summary>
            public TResult call(T1 input1, T2 input2)
            {
                if (!HasHooks) return forward(input1, input2);
                RunBefore();
                foreach (var hook in PreHooks)
                    if (hook(this, input1, input2) is { } changed) (input1, input2) = changed;
                var result = forward(input1, input2);
                foreach (var hook in PostHooks)
                    if (hook(this, input1, input2, result) is { } changed) result = changed;
                RunAfter();
                return result;
            }
        }

        /// <summary>A module of three inputs: override forward, run it by call.</summary>
        public abstract class Module<T1, T2, T3, TResult>(string name)
            : HookableModule<Func<Module<T1, T2, T3, TResult>, T1, T2, T3, (T1, T2, T3)?>,
                Func<Module<T1, T2, T3, TResult>, T1, T2, T3, TResult, TResult?>>(name),
              IModule<T1, T2, T3, TResult>
        {
            /// <summary>What the module computes.</summary>
            public abstract TResult forward(T1 input1, T2 input2, T3 input3);

            /// <summary>Runs the hooks and <see cref="forward"/>.</summary>
            public TResult call(T1 input1, T2 input2, T3 input3)
            {
                if (!HasHooks) return forward(input1, input2, input3);
                RunBefore();
                foreach (var hook in PreHooks)
                    if (hook(this, input1, input2, input3) is { } changed) (input1, input2, input3) = changed;
                var result = forward(input1, input2, input3);
                foreach (var hook in PostHooks)
                    if (hook(this, input1, input2, input3, result) is { } changed) result = changed;
                RunAfter();
                return result;
            }
        }

        /// <summary>A module of four inputs: override forward, run it by call.</summary>
        public abstract class Module<T1, T2, T3, T4, TResult>(string name)
            : HookableModule<Func<Module<T1, T2, T3, T4, TResult>, T1, T2, T3, T4, (T1, T2, T3, T4)?>,
                Func<Module<T1, T2, T3, T4, TResult>, T1, T2, T3, T4, TResult, TResult?>>(name),
              IModule<T1, T2, T3, T4, TResult>
        {
            /// <summary>What the module computes.</summary>
            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4);

            /// <summary>Runs the hooks and <see cref="forward"/>.</summary>
            public TResult call(T1 input1, T2 input2, T3 input3, T4 input4)
            {
                if (!HasHooks) return forward(input1, input2, input3, input4);
                RunBefore();
                foreach (var hook in PreHooks)
                    if (hook(this, input1, input2, input3, input4) is { } changed)
                        (input1, input2, input3, input4) = changed;
                var result = forward(input1, input2, input3, input4);
                foreach (var hook in PostHooks)
                    if (hook(this, input1, input2, input3, input4, result) is { } changed) result = changed;
                RunAfter();
                return result;
            }
        }

        /// <summary>A module of five inputs: override forward, run it by call.</summary>
        public abstract class Module<T1, T2, T3, T4, T5, TResult>(string name)
            : HookableModule<Func<Module<T1, T2, T3, T4, T5, TResult>, T1, T2, T3, T4, T5,
                (T1, T2, T3, T4, T5)?>, Func<Module<T1, T2, T3, T4, T5, TResult>, T1, T2, T3, T4, T5, TResult,
                TResult?>>(name),
              IModule<T1, T2, T3, T4, T5, TResult>
        {
            /// <summary>What the module computes.</summary>
            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5);

            /// <summary>Runs the hooks and <see cref="forward"/>.</summary>
            public TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5)
            {
                if (!HasHooks) return forward(input1, input2, input3, input4, input5);
                RunBefore();
                foreach (var hook in PreHooks)
                    if (hook(this, input1, input2, input3, input4, input5) is { } changed)
                        (input1, input2, input3, input4, input5) = changed;
                var result = forward(input1, input2, input3, input4, input5);
                foreach (var hook in PostHooks)
                    if (hook(this, input1, input2, input3, input4, input5, result) is { } changed)
                        result = changed;
                RunAfter();
                return result;
            }
        }

        /// <summary>A module of six inputs: override forward, run it by call.</summary>
        public abstract class Module<T1, T2, T3, T4, T5, T6, TResult>(string name)
            : HookableModule<Func<Module<T1, T2, T3, T4, T5, T6, TResult>, T1, T2, T3, T4, T5, T6,
                (T1, T2, T3, T4, T5, T6)?>, Func<Module<T1, T2, T3, T4, T5, T6, TResult>, T1, T2, T3, T4, T5,
                T6, TResult, TResult?>>(name),
              IModule<T1, T2, T3, T4, T5, T6, TResult>
        {
            /// <summary>What the module computes.</summary>
            public abstract TResult forward(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5, T6 input6);

            /// <summary>Runs the hooks and <see cref="forward"/>.</summary>
            public TResult call(T1 input1, T2 input2, T3 input3, T4 input4, T5 input5, T6 input6)
            {
                if (!HasHooks) return forward(input1, input2, input3, input4, input5, input6);
                RunBefore();
                foreach (var hook in PreHooks)
                    if (hook(this, input1, input2, input3, input4, input5, input6) is { } changed)
                        (input1, input2, input3, input4, input5, input6) = changed;
                var result = forward(input1, input2, input3, input4, input5, input6);
                foreach (var hook in PostHooks)
                    if (hook(this, input1, input2, input3, input4, input5, input6, result) is { } changed)
                        result = changed;
                RunAfter();
                return result;
            }
        }
    }
}
