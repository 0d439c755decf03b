using System.Globalization;
using Lectern.Papers.Applications.Molecules;
using Lectern.Tests.Data;

namespace Lectern.Tests.Papers.Applications.Molecules;

/// <summary>RDKit, where Python has it: what it thinks of the same molecules.</summary>
internal static class RDKit
{
    /// <summary>
    /// In how many molecules it has another opinion: on validity; on identity, of each molecule in two numberings and of
    /// all with each other; on logP, but for rings with a triple bond, which it calls aromatic. Skips the test without it.
    /// </summary>
    internal static (int Validity, int Identity, int LogP) Disagreements(IReadOnlyList<Molecule> molecules)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, molecules.Select((m, i) => string.Join('\t', m.Smiles, Kekule(Renumbered(m, i)), m.IsValid() ? 1 : 0,
                HasTripleInRing(m) ? "" : CrippenLogP.Of(m).ToString("R", CultureInfo.InvariantCulture))));
            string[] answer = Python.RunWith("rdkit", """
                import sys
                from rdkit import Chem, RDLogger
                from rdkit.Chem import Crippen
                RDLogger.DisableLog('rdApp.*')
                validity = identity = far = 0
                names = {}
                for line in open(sys.argv[1]):
                    ours, other, valid, logp = line.rstrip('\n').split('\t')
                    a, b = Chem.MolFromSmiles(ours), Chem.MolFromSmiles(other)
                    validity += (a is not None) != (valid == '1') or (b is not None) != (valid == '1')
                    if a is None or b is None: continue
                    one, two = Chem.MolToSmiles(a), Chem.MolToSmiles(b)
                    identity += one != two or names.setdefault(one, ours) != ours
                    far += logp != '' and abs(Crippen.MolLogP(a) - float(logp)) > 1e-6
                print(validity, identity, far)
                """, file).Split(' ');
            return (int.Parse(answer[0], CultureInfo.InvariantCulture), int.Parse(answer[1], CultureInfo.InvariantCulture), int.Parse(answer[2], CultureInfo.InvariantCulture));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static bool HasTripleInRing(Molecule m) => new Aromaticity(m).Rings.Any(r => r.Bonds.Any(b => m.Bonds[b].Order == 3));

    /// <summary>The same molecule with its atoms and bonds in another order.</summary>
    internal static Molecule Renumbered(Molecule m, int seed)
    {
        int[] place = [.. Enumerable.Range(0, m.Atoms.Count)];
        new Random(seed).Shuffle(place);
        var atoms = new Atom[place.Length];
        for (int i = 0; i < place.Length; i++) atoms[place[i]] = m.Atoms[i];
        var bonds = m.Bonds.Select(b => new Bond(place[b.B], place[b.A], b.Order)).ToArray();
        new Random(seed).Shuffle(bonds);
        return new Molecule(atoms, bonds);
    }

    /// <summary>A text with the bonds as they are: each bond outside a spanning tree closes a ring by its own number.</summary>
    private static string Kekule(Molecule m)
    {
        string[] marks = ["", "-", "=", "#"];
        int[] part = [.. Enumerable.Range(0, m.Atoms.Count)];
        bool[] closes = [.. m.Bonds.Select(bond =>
        {
            if (part[bond.A] == part[bond.B]) return true;
            part = [.. part.Select(p => p == part[bond.A] ? part[bond.B] : p)];
            return false;
        })];
        return Write(0, -1);

        string Write(int at, int by)
        {
            var (element, charge, h) = m.Atoms[at];
            string text = $"[{element}{(h > 0 ? $"H{h}" : "")}{(charge == 0 ? "" : charge.ToString("+0;-0", CultureInfo.InvariantCulture))}]";
            var mine = m.Bonds.Select((bond, b) => (bond, b)).Where(x => x.b != by && (x.bond.A == at || x.bond.B == at)).ToList();
            foreach (var (bond, b) in mine.Where(x => closes[x.b])) text += $"{marks[bond.Order]}%{10 + b}";
            foreach (var (bond, b) in mine.Where(x => !closes[x.b])) text += $"({marks[bond.Order]}{Write(bond.A + bond.B - at, b)})";
            return text;
        }
    }
}
