using Pickle;

namespace Lectern.Tests.Data;

public sealed class UnpicklerTests
{
    private static readonly Unpickler Plain = new((_, _) => null);

    [Fact]
    public void Given_a_global_that_is_not_allowed_then_the_error_names_it()
    {
        // What a hostile pickle does: find os.system, and call it.
        byte[] pickle = [0x80, 2, .. "cos\nsystem\nU"u8, 4, .. "echo"u8, 0x85, .. "R."u8];

        var error = Assert.Throws<InvalidDataException>(() => Plain.Load(pickle));

        Assert.Contains("'os.system'", error.Message);
        Assert.Contains("nothing of it was run", error.Message);
    }

    [Fact]
    public void Given_a_global_by_the_stack_then_it_is_asked_for_too()
    {
        byte[] pickle = [0x80, 4, 0x8c, 2, .. "os"u8, 0x8c, 6, .. "system"u8, 0x93, .. "."u8];

        Assert.Contains("'os.system'", Assert.Throws<InvalidDataException>(() => Plain.Load(pickle)).Message);
    }

    [Fact]
    public void Numbers_text_and_containers_come_as_plain_values()
    {
        // {'a': [1, 300, -2, 2**40, 2**70, 1.5, None, True, False], 'b': (), 'c': (1, 2), b'd': 'é'} by
        // protocol 4.
        var pickle = Convert.FromHexString(
            "8004954e000000000000007d94288c0161945d94284b014d2c014afeffffff8a060000000000018a0900000000"
            + "0000000040473ff80000000000004e8889658c016294298c0163944b014b028694430164948c02c3a994752e");

        var value = Assert.IsType<PickleDictionary>(Plain.Load(pickle));

        Assert.Equal(
            [1L, 300L, -2L, 1L << 40, System.Numerics.BigInteger.Pow(2, 70), 1.5, null, true, false],
            Assert.IsType<List<object?>>(value["a"]));
        Assert.Empty(Assert.IsType<object?[]>(value["b"]));
        Assert.Equal([1L, 2L], Assert.IsType<object?[]>(value["c"]));
        Assert.Equal("é", value["d"]);
        Assert.Equal(4, value.Count);
    }

    [Fact]
    public void Python_2_text_comes_as_raw_bytes()
    {
        byte[] pickle = [0x80, 2, .. "U"u8, 3, 0xff, 0, (byte)'\n', .. "."u8];

        Assert.Equal(new byte[] { 0xff, 0, (byte)'\n' }, Plain.Load(pickle));
    }

    [Fact]
    public void A_recalled_object_is_the_same_object()
    {
        byte[] pickle = [0x80, 2, .. "]q\0h\0"u8, 0x86, .. "."u8];

        var pair = Assert.IsType<object?[]>(Plain.Load(pickle));

        Assert.Same(pair[0], pair[1]);
    }

    [Fact]
    public void A_persistent_id_goes_to_the_caller_or_is_refused()
    {
        byte[] pickle = [0x80, 2, .. "X"u8, 2, 0, 0, 0, .. "idQ."u8];

        Assert.Equal("<id>", new Unpickler((_, _) => null, id => $"<{id}>").Load(pickle));
        Assert.Contains("persistent", Assert.Throws<InvalidDataException>(() => Plain.Load(pickle)).Message);
    }

    [Theory]
    [InlineData("", "PROTO")]
    [InlineData("6164626364", "PROTO")]
    [InlineData("80095d2e", "protocol is 9")]
    [InlineData("80025d", "cut short")]
    [InlineData("8002580000000f", "cut short")]
    [InlineData("800258ffffffff2e", "cut short")]
    [InlineData("80048effffffffffffffff2e", "cut short")]
    [InlineData("80028bffffff7f2e", "integer")]
    [InlineData("80022e", "stack is empty")]
    [InlineData("8002652e", "mark")]
    [InlineData("800268002e", "never stored")]
    [InlineData("80024e4b01612e", "a list")]
    [InlineData("80024e29522e", "may not be called")]
    [InlineData("80027d5d4e732e", "keys of text")]
    [InlineData("80024e7d622e", "gives a state")]
    [InlineData("8002692e", "0x69")]
    public void A_damaged_or_hostile_pickle_is_refused_with_the_reason(string hex, string reason) =>
        Assert.Contains(reason, Refused(Plain, Convert.FromHexString(hex)));

    [Fact]
    public void A_pickle_of_too_many_objects_is_refused()
    {
        byte[] lists = [0x80, 2, .. Enumerable.Repeat((byte)']', 1001)];
        byte[] copies = [0x80, 2, (byte)']', .. Enumerable.Repeat((byte)'2', 1001)];
        byte[] marks = [0x80, 2, .. Enumerable.Repeat((byte)'(', 1001)];
        var reader = new Unpickler((_, _) => null, mostObjects: 1000);

        foreach (var pickle in new[] { lists, copies, marks })
        {
            Assert.Contains("1,000 objects", Refused(reader, pickle));
        }
    }

    [Fact]
    public void Every_cut_of_a_good_pickle_is_refused()
    {
        byte[] pickle = [0x80, 2, .. "}(X"u8, 1, 0, 0, 0, .. "aK"u8, 1, .. "u."u8];
        Assert.Equal(1L, Assert.IsType<PickleDictionary>(Plain.Load(pickle))["a"]);

        for (var length = 0; length < pickle.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => Plain.Load(pickle[..length]));
        }
    }

    private static string Refused(Unpickler reader, byte[] pickle) =>
        Assert.Throws<InvalidDataException>(() => reader.Load(pickle)).Message;
}
