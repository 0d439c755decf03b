using Lectern.Papers.Applications.Molecules;
using Lectern.Tests.Data;

namespace Lectern.Tests.Papers.Applications.Molecules;

/// <summary>Molecules as text, as sets, as numbers and as drawings; where there is RDKit, it has to agree.</summary>
public sealed class MoleculesTests
{
    private static readonly string[] Drugs =
    [
        "CC(=O)Oc1ccccc1C(=O)O", "CN1C=NC2=C1C(=O)N(C(=O)N2C)C", "CC(C)Cc1ccc(cc1)[C@@H](C)C(=O)O", "C1CCC2(CC1)OCCO2",
        "C[NH+]1CCN(CC1)c1nc2ccccc2s1", "O=[N+]([O-])c1ccc(Cl)cc1", "N#Cc1ccc(Br)c(F)c1", "CS(=O)(=O)N1CCC[C@H]1C([O-])=O",
        "c1cc2ccc3cccc4ccc(c1)c2c34", "C%10CCCCC%10", "O=c1cccc[nH]1", "C(/F)=C\\F", "C12C3C4C1C5C2C3C45", "[13CH3]I", "CC(C)(C)c1cc(C(C)(C)C)cc(C(C)(C)C)c1",
    ];

    // ------------------------------------------------------------------------------------ text

    [Theory]
    [InlineData("C", 1, 0, "CH4")]
    [InlineData("C(=O)O", 3, 2, "C2H, O1, OH")]
    [InlineData("[NH4+]", 1, 0, "N+H4")]
    [InlineData("c1ccccc1", 6, 6, "benzene")]
    [InlineData("[O-][N+](=O)C", 4, 3, "nitro")]
    [InlineData("c1cc[nH]c1", 5, 5, "pyrrole")]
    [InlineData("C%11CC%11", 3, 3, "two digits")]
    [InlineData("F/C=C/F", 4, 3, "stereo")]
    [InlineData("C[C@@H](N)O", 4, 3, "stereo")]
    [InlineData("c1ccccc1c1ccccc1", 12, 13, "an aromatic bond that is none")]
    [InlineData("Cn1ccnc1", 6, 6, "imidazole")]
    [InlineData("O=c1cc[nH]cc1", 7, 7, "pyridone")]
    public void A_text_becomes_atoms_and_bonds_each_atom_in_a_valence_of_its_own(string text, int atoms, int bonds, string what)
    {
        var molecule = Molecule.Parse(text);
        Assert.Equal((atoms, bonds), (molecule.Atoms.Count, molecule.Bonds.Count));
        Assert.True(molecule.IsValid(), what);
        Assert.Equal(molecule.Smiles, Molecule.Parse(molecule.Smiles).Smiles);
    }

    [Fact]
    public void Hydrogens_charges_and_alternating_bonds_by_hand()
    {
        var acid = Molecule.Parse("C(=O)[O-]");
        Assert.Equal([new Atom(Element.C, 0, 1), new Atom(Element.O), new Atom(Element.O, -1)], acid.Atoms);
        Assert.Equal("O=CO", Molecule.Parse("C(=O)O").Smiles);
        Assert.Equal("O=CO", acid.Neutral()!.Smiles);
        Assert.Null(Molecule.Parse("C[N+](C)(C)C").Neutral());
        var ring = Molecule.Parse("c1ccncc1");
        Assert.All(Enumerable.Range(0, 6), i => Assert.Equal(3, ring.OrderSum(i)));
        Assert.Equal([1, 1, 1, 0, 1, 1], ring.Atoms.Select(a => a.Hydrogens));
        // Pyrrole's nitrogen keeps its hydrogen and has no double bond.
        var pyrrole = Molecule.Parse("c1cc[nH]c1");
        Assert.Equal(2, pyrrole.OrderSum(3));
    }

    [Fact]
    public void The_canonical_text_does_not_depend_on_numbers_or_on_which_bonds_are_double()
    {
        var seen = new HashSet<string>();
        foreach (string drug in Drugs)
        {
            var molecule = Molecule.Parse(drug);
            Assert.True(seen.Add(molecule.Smiles));
            for (int seed = 0; seed < 8; seed++) Assert.Equal(molecule.Smiles, RDKit.Renumbered(molecule, seed).Smiles);
            Assert.Equal(molecule.Smiles, Molecule.Parse(molecule.Smiles).Smiles);
        }
        Assert.Equal(Molecule.Parse("CC1=C(C)C=CC=C1").Smiles, Molecule.Parse("CC1=CC=CC=C1C").Smiles);     // xylene: one thing
        Assert.NotEqual(Molecule.Parse("CC1=C(C)C=C1").Smiles, Molecule.Parse("CC1=CC=C1C").Smiles);        // four electrons: two things
        Assert.Equal("c1ccccc1", Molecule.Parse("C1=CC=CC=C1").Smiles);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("C(C", "'(' is not closed")]
    [InlineData("CC)", "')' without '('")]
    [InlineData("C1CC", "ring 1 is not closed")]
    [InlineData("CXC", "'X' begins none of the elements")]
    [InlineData("CC.O", "several parts")]
    [InlineData("C=", "a bond leads nowhere")]
    [InlineData("[CH3", "bracket does not end")]
    [InlineData("c1cccc1", "no alternating bonds")]
    [InlineData("C11", "joins atoms that are one")]
    [InlineData("C=1CC#1", "two different bonds")]
    [InlineData("(C)", "a branch before any atom")]
    [InlineData("C%1", "two digits")]
    [InlineData("[CH99999999999]", "a number too large")]
    public void What_is_no_molecule_is_said(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<FormatException>(() => Molecule.Parse(text)).Message, StringComparison.Ordinal);

    [Fact]
    public void Rings_are_found_in_molecules_of_several_parts()
    {
        var ring = Molecule.Parse("C1CCCCC1");
        var parts = Molecule.Of([.. ring.Atoms.Select(atom => atom.Element), Element.O, Element.N], ring.Bonds);
        Assert.Equal(6, Assert.Single(Rings.Shortest(parts)).Atoms.Length);
    }

    [Fact]
    public void Bonds_that_cannot_be_are_refused_and_valences_that_are_broken_are_seen()
    {
        Assert.Throws<ArgumentException>(() => Molecule.Of([Element.C], [new Bond(0, 1, 1)]));
        Assert.Throws<ArgumentException>(() => Molecule.Of([Element.C, Element.C], [new Bond(0, 1, 4)]));
        Assert.Throws<ArgumentException>(() => Molecule.Of([Element.C, Element.C], [new Bond(0, 1, 1), new Bond(1, 0, 1)]));
        Assert.False(Molecule.Of([Element.O, Element.O], [new Bond(0, 1, 3)]).IsValid());
        Assert.True(Molecule.Of([Element.O, Element.O], [new Bond(0, 1, 2)]).IsValid());
        Assert.False(Molecule.Of([Element.C, Element.C], []).IsValid());                                    // in two parts
        Assert.Throws<ArgumentException>(() => Molecule.Of([Element.C, Element.C], []).Smiles);
    }

    [Fact]
    public void A_file_has_a_molecule_a_line_and_its_faults_are_named_with_their_line()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, ["CCO ethanol", "", "c1ccccc1\tbenzene", "N,ammonia"]);
            Assert.Equal(["CCO", "c1ccccc1", "N"], SmilesFiles.Read(file).Select(m => m.Smiles));
            File.WriteAllLines(file, ["CCO", "C("]);
            Assert.Contains("line 2", Assert.Throws<InvalidDataException>(() => SmilesFiles.Read(file)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void ZINC_is_read_as_the_catalogue_says()
    {
        var files = TestData.RequireStore().Require("zinc");
        var (train, test) = SmilesFiles.Load(files);
        Assert.Equal((files.Set.Statistics["train"], files.Set.Statistics["test"]), (train.Count, test.Count));
        Assert.All(test, m => Assert.True(m.IsValid()));
    }

    // ------------------------------------------------------------------------------------ sets, rings, numbers

    [Fact]
    public void There_are_as_many_alkanes_as_chemistry_says()
    {
        var alkanes = MoleculeEnumeration.UpTo(8, [Element.C], order: 1, rings: false);
        Assert.Equal([1, 1, 1, 2, 3, 5, 9, 18], alkanes.GroupBy(m => m.Atoms.Count).Select(g => g.Count()));
        // Two atoms by hand: C C with three orders, C N three, C O two, C F one; N N three, N O two, N F; O O two, O F; F F.
        var all = MoleculeEnumeration.UpTo(4);
        Assert.Equal([4, 3 + 3 + 2 + 1 + 3 + 2 + 1 + 2 + 1 + 1], all.GroupBy(m => m.Atoms.Count).Select(g => g.Count()).Take(2));
        Assert.All(all, m => Assert.True(m.IsValid()));
        Assert.Equal(all.Count, all.Select(m => m.Smiles).Distinct().Count());
        // Whatever grows at random is among them.
        var known = all.Select(m => m.Smiles).ToHashSet();
        Assert.All(MoleculeEnumeration.Random(200, 4, 1), m => Assert.Contains(m.Smiles, known));
        Assert.Throws<InvalidOperationException>(() => MoleculeEnumeration.Random(100, 2, 1));
    }

    [Theory]
    [InlineData("c1ccccc1", new[] { 6 }, 6)]
    [InlineData("C1CCCCC1", new[] { 6 }, 0)]
    [InlineData("c1ccc2ccccc2c1", new[] { 6, 6 }, 10)]
    [InlineData("c1ccc2cccc2cc1", new[] { 5, 7 }, 10)]                                             // azulene: around both
    [InlineData("C1=CC=C1", new[] { 4 }, 0)]
    [InlineData("O=C1C=CC=C1", new[] { 5 }, 0)]
    [InlineData("O=C1C=CC=CC=C1", new[] { 7 }, 7)]                                                  // tropone
    [InlineData("C1CC2CCC1C2", new[] { 5, 5 }, 0)]
    [InlineData("C1=CSC=C1", new[] { 5 }, 5)]
    public void Rings_and_what_is_aromatic_by_hand(string smiles, int[] sizes, int aromatic)
    {
        var aromaticity = new Aromaticity(Molecule.Parse(smiles));
        Assert.Equal(sizes, aromaticity.Rings.Select(r => r.Atoms.Length).Order());
        Assert.Equal(aromatic, aromaticity.Atoms.Count(a => a));
    }

    [Fact]
    public void LogP_by_hand()
    {
        Assert.Equal(0.1441 + 4 * 0.123, CrippenLogP.Of(Molecule.Parse("C")), 12);
        Assert.Equal(6 * (0.1581 + 0.123), CrippenLogP.Of(Molecule.Parse("c1ccccc1")), 12);
        // Ethanol: CH3 and CH2-O, the oxygen, five hydrogens on carbon, one on the oxygen.
        Assert.Equal(0.1441 - 0.2035 - 0.2893 + 5 * 0.123 - 0.2677, CrippenLogP.Of(Molecule.Parse("CCO")), 12);
        Assert.Equal(7 * (0.1441 + 2 * 0.123) - 1, CrippenLogP.LessLargeRings(Molecule.Parse("C1CCCCCC1")), 12);
        Assert.Equal(CrippenLogP.Of(Molecule.Parse("CCO")), CrippenLogP.Contributions(Molecule.Parse("OCC")).Sum(), 12);
    }

    [Fact]
    public void RDKit_agrees_on_validity_identity_and_logP() =>
        // All small molecules there are, larger ones at random, and real ones.
        Assert.Equal((0, 0, 0), RDKit.Disagreements([.. MoleculeEnumeration.UpTo(4), .. MoleculeEnumeration.Random(600, 9, 3), .. Drugs.Select(Molecule.Parse)]));

    // ------------------------------------------------------------------------------------ drawings

    [Fact]
    public void A_drawn_benzene_is_a_hexagon_and_a_drawn_chain_a_zigzag()
    {
        var ring = MoleculeDrawing.Layout(Molecule.Parse("c1ccccc1"));
        double Distance(int a, int b) => Math.Sqrt(Math.Pow(ring[a].X - ring[b].X, 2) + Math.Pow(ring[a].Y - ring[b].Y, 2));
        for (int i = 0; i < 6; i++)
        {
            Assert.Equal(1, Distance(i, (i + 1) % 6), 0.02);
            Assert.Equal(2, Distance(i, (i + 3) % 6), 0.04);
        }
        ring = MoleculeDrawing.Layout(Molecule.Parse("CCCCC"));
        Assert.Equal(Math.Sqrt(12), Distance(0, 4), 0.05);
        ring = MoleculeDrawing.Layout(Molecule.Parse("CC#CC"));
        Assert.Equal(2, Distance(0, 2), 0.05);
    }

    [Fact]
    public void A_figure_has_the_atoms_that_are_not_carbon_as_text()
    {
        string json = MoleculeDrawing.Draw([Molecule.Parse("CCO"), Molecule.Parse("C[NH3+]")], ["ethanol", "b"]).ToJson();
        Assert.Contains("\"OH\"", json, StringComparison.Ordinal);
        Assert.Contains("\"ethanol\"", json, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => MoleculeDrawing.Draw([]));
    }
}
