using System.Globalization;

namespace Lectern.Papers.Applications.Molecules;

/// <summary>
/// Reads SMILES (Weininger 1988) of ordinary drug sets: organic and bracket atoms, charges, hydrogens, branches, ring
/// closures up to %99, aromatic lower case, which becomes a Kekulé form. Stereo marks (@ / \) and isotopes are accepted
/// and dropped. Several parts (".") and elements outside <see cref="Element"/> are errors.
/// </summary>
public sealed class SmilesReader
{
    // What is drawn between two atoms; Unsaid is single, or aromatic between two aromatic atoms of a ring.
    private const int Unsaid = 0, Aromatic = 4;

    private readonly string text;
    private readonly List<Atom> atoms = [];
    private readonly List<bool> aromatic = [], bracket = [];
    private readonly List<Bond> bonds = [];
    private readonly Dictionary<int, (int Atom, int Order)> open = [];
    private int at;

    private SmilesReader(string text) => this.text = text;

    /// <summary>Reads one molecule.</summary>
    /// <param name="text">Its SMILES; blanks around it do not matter.</param>
    /// <exception cref="FormatException">It is no SMILES, or holds what is not kept here; the message names the place.</exception>
    public static Molecule Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new SmilesReader(text.Trim()).Read();
    }

    private FormatException Fault(string why) =>
        new($"'{text}' is no SMILES that can be read: {why}, at character {Math.Min(at + 1, text.Length)}.");

    private Molecule Read()
    {
        if (text.Length == 0) throw new FormatException("An empty text is no SMILES: give at least one atom, such as 'C'.");
        var branches = new Stack<int>();
        int last = -1, order = Unsaid;
        while (at < text.Length)
        {
            char c = text[at];
            switch (c)
            {
                case '(':
                    if (last < 0) throw Fault("a branch before any atom");
                    branches.Push(last);
                    at++;
                    break;
                case ')':
                    if (!branches.TryPop(out last)) throw Fault("a ')' without '('");
                    at++;
                    break;
                case '-' or '/' or '\\' or '=' or '#' or ':':
                    order = c switch { '=' => 2, '#' => 3, ':' => Aromatic, _ => 1 };
                    at++;
                    break;
                case '%' or (>= '0' and <= '9'):
                    Close(last, ref order);
                    break;
                case '.':
                    throw Fault("it has several parts; give one molecule, without salts");
                default:
                    ReadAtom(c);
                    if (last >= 0) bonds.Add(new Bond(last, atoms.Count - 1, order));
                    (last, order) = (atoms.Count - 1, Unsaid);
                    break;
            }
        }
        if (branches.Count > 0) throw Fault("a '(' is not closed");
        if (open.Count > 0) throw Fault($"ring {open.Keys.First()} is not closed");
        if (order != Unsaid) throw Fault("a bond leads nowhere");
        return Kekule();
    }

    private void Close(int last, ref int order)
    {
        if (last < 0) throw Fault("a ring before any atom");
        int length = text[at] == '%' ? 2 : 1, first = text[at] == '%' ? at + 1 : at;
        if (first + length > text.Length
            || !int.TryParse(text.AsSpan(first, length), NumberStyles.None, CultureInfo.InvariantCulture, out int ring))
            throw Fault("'%' wants two digits");
        if (open.Remove(ring, out var begun))
        {
            if (begun.Atom == last || bonds.Any(b => (b.A, b.B) == (begun.Atom, last) || (b.A, b.B) == (last, begun.Atom)))
                throw Fault($"ring {ring} joins atoms that are one, or joined already");
            if (order != Unsaid && begun.Order != Unsaid && order != begun.Order) throw Fault($"ring {ring} has two different bonds");
            bonds.Add(new Bond(begun.Atom, last, Math.Max(order, begun.Order)));
        }
        else open[ring] = (last, order);
        (order, at) = (Unsaid, first + length);
    }

    private void ReadAtom(char c)
    {
        bool inBracket = c == '[';
        if (inBracket) at++;
        while (inBracket && at < text.Length && char.IsAsciiDigit(text[at])) at++;              // isotope
        var (element, lower) = ReadElement();
        int hydrogens = 0, charge = 0;
        if (inBracket)
        {
            while (at < text.Length && text[at] == '@') at++;
            if (at < text.Length && text[at] == 'H') hydrogens = ReadCount();
            for (; at < text.Length && text[at] is '+' or '-';)
                charge += text[at] == '+' ? ReadCount() : -ReadCount();
            if (at < text.Length && text[at] == ':') ReadCount();                               // an atom's number in a reaction
            if (at >= text.Length || text[at] != ']') throw Fault("the bracket does not end as '[isotope symbol @ H charge]' does");
            at++;
        }
        atoms.Add(new Atom(element, charge, hydrogens));
        aromatic.Add(lower);
        bracket.Add(inBracket);
    }

    /// <summary>A sign and the number after it, or 1.</summary>
    private int ReadCount()
    {
        int begin = ++at;
        while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
        return begin == at ? 1
            : int.TryParse(text.AsSpan(begin, at - begin), NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count
            : throw Fault("a number too large");
    }

    private (Element Element, bool Aromatic) ReadElement()
    {
        // The longest symbol wins: Cl before C. Only some elements can be aromatic.
        foreach (int length in (int[])[2, 1])
        {
            if (at + length > text.Length) continue;
            string symbol = text.Substring(at, length);
            bool lower = length == 1 && "bcnops".Contains(symbol[0]);
            if (lower) symbol = symbol.ToUpperInvariant();
            if (!char.IsAsciiLetterUpper(symbol[0]) || !Enum.TryParse<Element>(symbol, out var element)) continue;
            at += length;
            return (element, lower);
        }
        throw Fault($"'{(at < text.Length ? text[at] : ' ')}' begins none of the elements {string.Join(" ", Enum.GetNames<Element>())}");
    }

    // --------------------------------------------------------------------------- from aromatic to alternating bonds

    /// <summary>Fixes the bonds that were not said: an aromatic atom with a free valence has one double bond in its ring,
    /// so these atoms are matched in pairs along aromatic bonds.</summary>
    private Molecule Kekule()
    {
        bool[] inRing = Rings.InRing(atoms.Count, bonds);
        for (int b = 0; b < bonds.Count; b++)
            if (bonds[b].Order == Unsaid)
                bonds[b] = bonds[b] with { Order = inRing[b] && aromatic[bonds[b].A] && aromatic[bonds[b].B] ? Aromatic : 1 };
        int[] sums = new int[atoms.Count];
        foreach (var (a, b, order) in bonds)
            foreach (int end in (int[])[a, b]) sums[end] += order == Aromatic ? 1 : order;
        bool Wants(int i)
        {
            int used = sums[i] + atoms[i].Hydrogens;
            return aromatic[i] && Molecule.Valence(atoms[i].Element, atoms[i].Charge, used) > used;
        }
        int[] wanting = [.. Enumerable.Range(0, atoms.Count).Where(Wants)];
        var partner = PerfectMatching.Find(wanting, [.. bonds.Where(b => b.Order == Aromatic).Select(b => (b.A, b.B))])
            ?? throw new FormatException($"'{text}' has aromatic atoms that no alternating bonds can be found for: write the hydrogen "
                + "of a pyrrole's nitrogen as [nH], or give single and double bonds.");
        for (int b = 0; b < bonds.Count; b++)
            if (bonds[b].Order == Aromatic)
                bonds[b] = bonds[b] with { Order = partner.TryGetValue(bonds[b].A, out int other) && other == bonds[b].B ? 2 : 1 };
        Array.Clear(sums);
        foreach (var (a, b, order) in bonds) (sums[a], sums[b]) = (sums[a] + order, sums[b] + order);
        for (int i = 0; i < atoms.Count; i++)
            if (!bracket[i])
                atoms[i] = atoms[i] with { Hydrogens = Math.Max(0, Molecule.Valence(atoms[i].Element, 0, sums[i]) - sums[i]) };
        return new Molecule(atoms, bonds);
    }
}
