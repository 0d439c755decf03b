namespace Lectern.Papers.Applications.Molecules;

/// <summary>
/// Which atoms and bonds are aromatic: rings, and unions of up to three rings that share a bond, around which 4n + 2
/// electrons are shared (Hückel). What an atom gives is as in RDKit (its book, "The RDKit Aromaticity Model"), but that no
/// atom of a triple bond takes part.
/// </summary>
public sealed class Aromaticity
{
    private const int Never = -1;

    /// <param name="molecule">The molecule.</param>
    public Aromaticity(Molecule molecule)
    {
        ArgumentNullException.ThrowIfNull(molecule);
        (Atoms, Bonds) = (new bool[molecule.Atoms.Count], new bool[molecule.Bonds.Count]);
        bool[] inRing = Molecules.Rings.InRing(Atoms.Length, molecule.Bonds);
        Rings = Molecules.Rings.Shortest(molecule);
        int[] gives = [.. Enumerable.Range(0, Atoms.Length).Select(i => Gives(molecule, i, inRing))];
        var candidates = Rings.Where(ring => ring.Atoms.All(atom => gives[atom] != Never)).ToList();
        for (int a = 0; a < candidates.Count; a++)
        {
            Try([candidates[a]]);
            for (int b = a + 1; b < candidates.Count; b++)
            {
                bool ab = Fused(candidates[a], candidates[b]);
                if (ab) Try([candidates[a], candidates[b]]);
                for (int c = b + 1; c < candidates.Count; c++)
                {
                    bool ac = Fused(candidates[a], candidates[c]), bc = Fused(candidates[b], candidates[c]);
                    if ((ab && (ac || bc)) || (ac && bc)) Try([candidates[a], candidates[b], candidates[c]]);
                }
            }
        }

        // Electrons are shared around the outline: bonds that lie in one ring of the union.
        void Try(Ring[] union)
        {
            int[] outline = [.. union.SelectMany(ring => ring.Bonds).GroupBy(b => b).Where(g => g.Count() == 1).Select(g => g.Key)];
            int[] atoms = [.. outline.SelectMany(b => (int[])[molecule.Bonds[b].A, molecule.Bonds[b].B]).Distinct()];
            int electrons = atoms.Sum(atom => gives[atom]);
            if (electrons % 4 != 2) return;
            foreach (int atom in atoms) Atoms[atom] = true;
            foreach (int bond in outline) Bonds[bond] = true;
        }
    }

    /// <summary>Whether each atom is aromatic.</summary>
    public bool[] Atoms { get; }

    /// <summary>Whether each bond is aromatic, in the molecule's numbering.</summary>
    public bool[] Bonds { get; }

    /// <summary>All rings, aromatic or not.</summary>
    public IReadOnlyList<Ring> Rings { get; }

    private static bool Fused(Ring a, Ring b) => a.Bonds.Intersect(b.Bonds).Count() == 1;      // more: bridged

    /// <summary>Electrons that an atom gives to a ring that it is in; less than 0 where no ring with it is aromatic.</summary>
    private static int Gives(Molecule molecule, int atom, bool[] inRing)
    {
        var (element, charge, hydrogens) = molecule.Atoms[atom];
        var near = molecule.Neighbours(atom);
        int sharing = near.Count + hydrogens, bonded = molecule.OrderSum(atom) + hydrogens;
        int usual = Molecule.Valences(element)[0];
        bool fits = bonded <= Molecule.Valences(element, charge)[0] && near.Count(n => n.Order > 1) <= 1
            && near.All(n => n.Order < 3);
        if (usual <= 1 || sharing > 3 || !fits) return Never;
        // Electrons beyond those of its single bonds: of its valence, and of lone pairs.
        int free = usual - sharing + Math.Max(0, Outer(element) - usual - charge);
        bool multiple = near.Any(n => n.Order > 1);
        int outside = -1;                                                       // what a double bond leads to, out of all rings
        for (int b = 0; b < molecule.Bonds.Count; b++)
            if (!inRing[b] && molecule.Bonds[b] is { Order: > 1 } bond && (bond.A == atom || bond.B == atom))
                outside = bond.A == atom ? bond.B : bond.A;
        bool stolen = outside >= 0 && IsMoreElectronegative(molecule.Atoms[outside].Element, element);
        return free switch
        {
            < 0 => Never,
            0 => outside >= 0 ? 0 : multiple ? 1 : Never,
            1 when stolen => 0,                                                 // C=O keeps its place open
            1 => multiple ? 1 : charge == 1 ? 0 : Never,
            _ => (free - (stolen ? 1 : 0)) % 2 == 1 ? 1 : 2,
        };
    }

    private static bool IsMoreElectronegative(Element one, Element other) => Outer(one) > Outer(other)
        || (Outer(one) == Outer(other) && one < other);

    private static int Outer(Element element) => (int)element switch { 5 => 3, 6 or 14 => 4, 7 or 15 => 5, 8 or 16 => 6, _ => 7 };
}
