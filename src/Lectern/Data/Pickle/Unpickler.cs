using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Pickle;

/// <summary>
/// Reads Python pickles of protocol 2 to 5 into plain .NET values, and runs nothing that the caller has not
/// allowed.
/// </summary>
/// <remarks>
/// <para>A pickle is a small program for a stack machine, and Python's own reader lets it call any function
/// by name. Here each name (GLOBAL, STACK_GLOBAL) goes to the caller's <c>find</c>; what that does not know
/// ends the reading.</para>
/// <para>Values: None → null, bool, integers → <see cref="long"/> (<see cref="BigInteger"/> beyond 64 bits),
/// float → double, text → string, bytes and Python 2's <c>str</c> → byte[], list → <see cref="List{T}"/>,
/// tuple → <c>object?[]</c>, dict → <see cref="PickleDictionary"/>, set → <see cref="HashSet{T}"/>.</para>
/// <para>Cost: linear in the pickle's bytes. There is no recursion, and lengths are checked against the bytes
/// that are left before anything is allocated, so memory is bounded by the file and by the limit on
/// objects.</para>
/// <para>The folder depends on nothing else, since two assemblies compile it: Lectern reads Planetoid's files
/// with it, and Lectern.Torch PyTorch's state dictionaries. Source: Python's documentation of
/// pickletools.</para>
/// </remarks>
internal sealed class Unpickler
{
    private const int LongestInteger = 1024;

    private readonly Func<string, string, object?> find;
    private readonly Func<object?, object?>? persistent;
    private readonly int mostObjects;
    private readonly List<object?> stack = [];
    private readonly List<int> marks = [];
    private readonly Dictionary<long, object?> memo = [];
    private byte[] data = [];
    private int position;
    private int objects;

    /// <param name="find">Gives what stands for a Python global (module, name): a
    /// <c>Func&lt;object?[], object?&gt;</c> where the pickle may call it, any other object where it is only
    /// a value; null forbids it.</param>
    /// <param name="persistent">Gives the object of a persistent id (PyTorch's storages); null forbids
    /// them.</param>
    /// <param name="mostObjects">How many objects the pickle may make before it is refused.</param>
    public Unpickler(
        Func<string, string, object?> find,
        Func<object?, object?>? persistent = null,
        int mostObjects = 4_000_000)
    {
        this.find = find;
        this.persistent = persistent;
        this.mostObjects = mostObjects;
    }

    /// <summary>The bytes of ASCII or Latin-1 text, as Python 2 wrote names.</summary>
    public static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>The text of bytes that hold a name: Latin-1.</summary>
    public static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>Reads the one object that the pickle holds.</summary>
    /// <param name="pickle">The whole pickle, from its PROTO opcode to its STOP; bytes after STOP are not
    /// looked at.</param>
    /// <exception cref="InvalidDataException">It is no pickle of protocol 2 to 5, is cut short, names a
    /// global that <c>find</c> does not know, or makes too many objects; the message says which, and
    /// where.</exception>
    public object? Load(byte[] pickle)
    {
        (data, position, objects) = (pickle, 0, 0);
        stack.Clear();
        marks.Clear();
        memo.Clear();
        if (pickle.Length < 2 || pickle[0] != 0x80)
        {
            throw Bad("it does not begin with the PROTO opcode, so it is no pickle of protocol 2 or later");
        }
        while (true)
        {
            var at = position;
            var opcode = Take(1)[0];
            if (opcode == (byte)'.')
            {
                return Pop();
            }
            Run(opcode, at);
            if (stack.Count > mostObjects)
            {
                throw TooMany();
            }
        }
    }

    private void Run(byte opcode, int at)
    {
        switch (opcode)
        {
            case 0x80: // PROTO
                var protocol = Take(1)[0];
                if (protocol is < 2 or > 5)
                {
                    throw Bad($"its protocol is {protocol}; 2 to 5 are read");
                }
                break;
            case 0x95: Take(8); break;                                          // FRAME: of no use here
            case (byte)'(': marks.Add(stack.Count); Count(); break;             // MARK
            case (byte)'0': Pop(); break;                                       // POP
            case (byte)'1': PopMark(); break;                                   // POP_MARK
            case (byte)'2': stack.Add(Peek()); break;                           // DUP

            case (byte)'N': Push(null); break;                                  // NONE
            case 0x88: Push(true); break;                                       // NEWTRUE
            case 0x89: Push(false); break;                                      // NEWFALSE
            case (byte)'K': Push((long)Take(1)[0]); break;                      // BININT1
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;   // BININT2
            case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;    // BININT
            case 0x8a: PushInteger(Take(1)[0]); break;                          // LONG1
            case 0x8b: PushInteger(BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;        // LONG4
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;            // BINFLOAT

            case (byte)'U': Push(Take(Take(1)[0]).ToArray()); break;            // SHORT_BINSTRING
            case (byte)'T': Push(Take(Length4()).ToArray()); break;             // BINSTRING
            case (byte)'C': Push(Take(Take(1)[0]).ToArray()); break;            // SHORT_BINBYTES
            case (byte)'B': Push(Take(Length4()).ToArray()); break;             // BINBYTES
            case 0x8e or 0x96: Push(Take(Length8()).ToArray()); break;          // BINBYTES8, BYTEARRAY8
            case 0x8c: Push(Utf8(Take(Take(1)[0]))); break;                     // SHORT_BINUNICODE
            case (byte)'X': Push(Utf8(Take(Length4()))); break;                 // BINUNICODE
            case 0x8d: Push(Utf8(Take(Length8()))); break;                      // BINUNICODE8

            case (byte)']': Push(new List<object?>()); break;                   // EMPTY_LIST
            case (byte)'l': Push(PopMark().ToList()); break;                    // LIST
            case (byte)'a': Append([Pop()]); break;                             // APPEND
            case (byte)'e': Append(PopMark()); break;                           // APPENDS
            case (byte)')': Push(Array.Empty<object?>()); break;                // EMPTY_TUPLE
            case (byte)'t': Push(PopMark()); break;                             // TUPLE
            case 0x85 or 0x86 or 0x87: Push(Pop(opcode - 0x84)); break;         // TUPLE1, TUPLE2, TUPLE3
            case (byte)'}': Push(new PickleDictionary()); break;                // EMPTY_DICT
            case (byte)'d': Dictionary(PopMark()); break;                       // DICT
            case (byte)'s': SetItems(Pop(2)); break;                            // SETITEM
            case (byte)'u': SetItems(PopMark()); break;                         // SETITEMS
            case 0x8f: Push(new HashSet<object>(PickleKeys.Instance)); break;   // EMPTY_SET
            case 0x90: Add(PopMark()); break;                                   // ADDITEMS
            case 0x91: Frozen(PopMark()); break;                                // FROZENSET

            case (byte)'q': Remember(Take(1)[0]); break;                        // BINPUT
            case (byte)'r': Remember(Length4()); break;                         // LONG_BINPUT
            case 0x94: Remember(memo.Count); break;                             // MEMOIZE
            case (byte)'h': Recall(Take(1)[0]); break;                          // BINGET
            case (byte)'j': Recall(Length4()); break;                           // LONG_BINGET

            case (byte)'c': Global(Line(), Line()); break;                      // GLOBAL
            case 0x93: StackGlobal(); break;                                    // STACK_GLOBAL
            case (byte)'R' or 0x81: Call(); break;                              // REDUCE, NEWOBJ
            case 0x92: CallWithNames(); break;                                  // NEWOBJ_EX
            case (byte)'b': Build(); break;                                     // BUILD
            case (byte)'Q': Persistent(Pop()); break;                           // BINPERSID

            default:
                throw Bad($"the opcode 0x{opcode:x2} at byte {at} is not one of those that are read");
        }
    }

    // ---- numbers, text, bytes

    private void PushInteger(int length)
    {
        if (length is < 0 or > LongestInteger)
        {
            throw Bad($"it has an integer of {length} bytes; at most {LongestInteger} are read");
        }
        var value = new BigInteger(Take(length));
        Push(value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value);
    }

    private string Utf8(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes);

    private string Line()
    {
        var length = data.AsSpan(position).IndexOf((byte)'\n');
        if (length < 0)
        {
            throw CutShort(1);
        }
        var line = Encoding.UTF8.GetString(Take(length));
        position++;
        return line;
    }

    private int Length4() => Length(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)));

    private int Length8() => Length(BinaryPrimitives.ReadUInt64LittleEndian(Take(8)));

    private int Length(ulong length) => length <= int.MaxValue ? (int)length : throw CutShort(length);

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > data.Length - position)
        {
            throw CutShort((ulong)length);
        }
        var taken = data.AsSpan(position, length);
        position += length;
        return taken;
    }

    // ---- stack and memo

    private void Push(object? value)
    {
        Count();
        stack.Add(value);
    }

    private void Count()
    {
        if (++objects > mostObjects)
        {
            throw TooMany();
        }
    }

    private object? Peek() =>
        stack.Count > Floor ? stack[^1] : throw Bad($"its stack is empty at byte {position}");

    // What lies under the last mark is not the opcode's to take.
    private int Floor => marks.Count == 0 ? 0 : marks[^1];

    private object? Pop()
    {
        var value = Peek();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private object?[] Pop(int count)
    {
        if (stack.Count - Floor < count)
        {
            throw Bad($"its stack holds fewer than {count} items at byte {position}");
        }
        return PopFrom(stack.Count - count);
    }

    private object?[] PopMark()
    {
        if (marks.Count == 0)
        {
            throw Bad($"it uses a mark that was not set, at byte {position}");
        }
        var mark = marks[^1];
        marks.RemoveAt(marks.Count - 1);
        return PopFrom(mark);
    }

    private object?[] PopFrom(int start)
    {
        var items = stack.GetRange(start, stack.Count - start).ToArray();
        stack.RemoveRange(start, items.Length);
        return items;
    }

    private void Remember(long index)
    {
        memo[index] = Peek();
        if (memo.Count > mostObjects)
        {
            throw TooMany();
        }
    }

    private void Recall(long index) =>
        stack.Add(memo.TryGetValue(index, out var value)
            ? value
            : throw Bad($"it recalls item {index}, which it never stored"));

    // ---- containers

    private void Append(object?[] items) => Target<List<object?>>("a list").AddRange(items);

    private void SetItems(object?[] items)
    {
        var dictionary = Target<PickleDictionary>("a dictionary");
        if (items.Length % 2 != 0)
        {
            throw Bad($"it sets a key without a value at byte {position}");
        }
        for (var i = 0; i < items.Length; i += 2)
        {
            dictionary.Set(items[i], items[i + 1]);
        }
    }

    private void Dictionary(object?[] items)
    {
        Push(new PickleDictionary());
        SetItems(items);
    }

    private void Frozen(object?[] items)
    {
        Push(new HashSet<object>(PickleKeys.Instance));
        Add(items);
    }

    private void Add(object?[] items)
    {
        var set = Target<HashSet<object>>("a set");
        foreach (var item in items)
        {
            PickleKeys.Require(item);
            set.Add(item!);
        }
    }

    private T Target<T>(string what) where T : class => Peek() as T
        ?? throw Bad($"it fills a {TypeName(Peek())} as if it were {what}, at byte {position}");

    private static string TypeName(object? value) => value?.GetType().Name ?? "None";

    // ---- globals and the objects they make

    private void Global(string module, string name) => Push(find(module, name)
        ?? throw new InvalidDataException(
            $"The pickle names the Python global '{module}.{name}', which this reader does not allow; "
            + "nothing of it was run. A file of plain tables does not need it. If you trust it, read it in "
            + "Python and save its arrays in a plain format."));

    private void StackGlobal()
    {
        var name = Pop();
        var module = Pop();
        if (module is not string moduleText || name is not string nameText)
        {
            throw Bad($"it names a global by something other than text, at byte {position}");
        }
        Global(moduleText, nameText);
    }

    private void Call()
    {
        var arguments = Pop() as object?[]
            ?? throw Bad($"it calls with arguments that are no tuple, at byte {position}");
        var function = Pop() as Func<object?[], object?>
            ?? throw Bad($"it calls an object that may not be called, at byte {position}");
        Push(function(arguments));
    }

    private void CallWithNames()
    {
        if (Pop() is not PickleDictionary { Count: 0 })
        {
            throw Bad($"it calls with named arguments at byte {position}, which is not read");
        }
        Call();
    }

    private void Build()
    {
        var state = Pop();
        switch (Peek())
        {
            case IPickleState target: target.Build(state); break;
            case PickleDictionary dictionary: dictionary.Attributes = state; break;
            case var other: throw Bad($"it gives a state to an object of type {TypeName(other)}");
        }
    }

    private void Persistent(object? id)
    {
        if (persistent is null)
        {
            throw Bad("it refers to data outside itself (a persistent id), which this reader does not allow");
        }
        Push(persistent(id));
    }

    // ---- errors

    private InvalidDataException TooMany() =>
        Bad($"it makes more than {mostObjects:N0} objects, which no file of that kind needs");

    private InvalidDataException CutShort(ulong wanted) =>
        Bad($"it is cut short: byte {position:N0} of {data.Length:N0} announces {wanted:N0} more");

    private static InvalidDataException Bad(string what) => new($"The pickle cannot be read: {what}.");
}
