using TorchSharp.Native;
using static TorchSharp.Native.NativeMethods;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A source of random numbers with a state of its own.</summary>
    public class Generator : IDisposable
    {
        private nint handle;

        /// <param name="seed">Equal seeds give equal numbers.</param>
        /// <param name="device">Where the numbers are drawn.</param>
        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            handle = lt_generator(this.device.Packed, (long)seed);
            Op.Check(handle != 0);
        }

        private Generator(nint handle)
        {
            this.handle = handle;
            device = CPU;
        }

        ~Generator() => Release();

        /// <summary>libtorch's own generator, which functions use when none is given.</summary>
        public static Generator Default { get; } = new(lt_default_generator());

        public nint Handle => handle != 0 ? handle : throw new ObjectDisposedException(nameof(Generator));

        /// <summary>Where the numbers are drawn.</summary>
        public Device device { get; }

        /// <summary>The whole state, to be given back by <see cref="set_state"/>.</summary>
        public Tensor get_state() => Tensor.Adopt(lt_generator_state(Handle));

        public void set_state(Tensor value) => Op.Check(lt_generator_set_state(Handle, value.Handle) == 0);

        public Generator manual_seed(long seed)
        {
            Op.Check(lt_generator_seed(Handle, seed) == 0);
            return this;
        }

        /// <summary>Seeds the generator with a number that the system draws, and returns it.</summary>
        public long seed()
        {
            long drawn = Random.Shared.NextInt64();
            manual_seed(drawn);
            return drawn;
        }

        public long initial_seed() => lt_generator_initial_seed(Handle);

        public void Dispose()
        {
            Release();
            GC.SuppressFinalize(this);
        }

        private void Release()
        {
            if (handle != 0) lt_generator_free(handle);
            handle = 0;
        }
    }

    /// <summary>Seeds the generators of all devices: from here on the same calls give the same numbers.</summary>
    public static Generator manual_seed(long seed)
    {
        Op.Check(lt_manual_seed(seed) == 0);
        return Generator.Default;
    }

    /// <summary>libtorch's source of random numbers, under the names that Python has them.</summary>
    public static partial class random
    {
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);
        public static long seed() => Generator.Default.seed();
        public static long initial_seed() => Generator.Default.initial_seed();
        public static Tensor get_rng_state() => Generator.Default.get_state();
        public static void set_rng_state(Tensor state) => Generator.Default.set_state(state);
    }

    public static Tensor get_rng_state() => Generator.Default.get_state();
    public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);
}
