using static Lectern.Papers.Applications.Molecules.Element;

namespace Lectern.Papers.Applications.Molecules;

/// <summary>
/// logP, the logarithm of how a substance parts between octanol and water, as a sum over atoms: each atom, hydrogens too,
/// has one of 68 types by its surroundings, and each type a number that was fitted to measured values. Types and numbers:
/// Wildman and Crippen, J. Chem. Inf. Comput. Sci. 39, 1999, table 1, in the order in which RDKit tries them.
/// </summary>
public sealed class CrippenLogP
{
    private readonly Molecule molecule;
    private readonly bool[] aromatic;
    private readonly List<Near>[] near;

    /// <summary>A neighbour: an aromatic bond counts as Order 0.</summary>
    private readonly record struct Near(int Atom, Element Element, bool Aromatic, int Order)
    {
        /// <summary>An atom that is not aromatic, by a single bond.</summary>
        public bool Plain => Order == 1 && !Aromatic;
    }

    private CrippenLogP(Molecule molecule)
    {
        this.molecule = molecule;
        var aromaticity = new Aromaticity(molecule);
        aromatic = aromaticity.Atoms;
        near = [.. molecule.Atoms.Select(_ => new List<Near>())];
        for (int b = 0; b < molecule.Bonds.Count; b++)
        {
            var (one, other, order) = molecule.Bonds[b];
            if (aromaticity.Bonds[b]) order = 0;
            near[one].Add(new Near(other, molecule.Atoms[other].Element, aromatic[other], order));
            near[other].Add(new Near(one, molecule.Atoms[one].Element, aromatic[one], order));
        }
    }

    /// <summary>logP of a molecule.</summary>
    /// <param name="molecule">The molecule.</param>
    public static double Of(Molecule molecule) => Contributions(molecule).Sum();

    /// <summary>logP less the atoms by which the longest ring exceeds six: what generators are asked to make large. The
    /// usual "penalised logP" also subtracts a score of synthetic accessibility, which needs a table of fragments, and
    /// divides each part by its spread in ZINC; so its numbers are others.</summary>
    /// <param name="molecule">The molecule.</param>
    public static double LessLargeRings(Molecule molecule) =>
        Of(molecule) - Math.Max(0, Rings.Shortest(molecule).Select(r => r.Atoms.Length).DefaultIfEmpty(0).Max() - 6);

    /// <summary>What each atom with its hydrogens contributes to logP.</summary>
    /// <param name="molecule">The molecule.</param>
    public static double[] Contributions(Molecule molecule)
    {
        ArgumentNullException.ThrowIfNull(molecule);
        var sum = new CrippenLogP(molecule);
        return [.. molecule.Atoms.Select((a, i) => sum.OfAtom(i) + (a.Hydrogens > 0 ? a.Hydrogens * sum.OfHydrogen(i) : 0))];
    }

    private double OfAtom(int i)
    {
        var (element, charge, h) = molecule.Atoms[i];
        return element switch
        {
            C => aromatic[i] ? AromaticCarbon(near[i], h) : Carbon(near[i], h),
            N when aromatic[i] => charge > 0 ? -1.119 : charge == 0 ? -0.3239 : -0.4806,       // N12, N11, NS
            N => charge == 0 ? Nitrogen(near[i], h) : ChargedNitrogen(near[i], h, charge),
            O => aromatic[i] ? 0.1552 : Oxygen(near[i], h, charge),                             // O1
            F or Cl or Br or I when charge != 0 => -2.996,                                      // Hal
            F => 0.4202,
            Cl => 0.6895,
            Br => 0.8456,
            I => 0.8857,
            P => 0.8612,
            S when aromatic[i] => 0.6237,                                                       // S3
            S => charge != 0 || near[i].Any(n => n.Order == 2 && !n.Aromatic && n.Element is N or O or P or S) ? -0.0024 : 0.6482, // S2, S1
            _ => -0.3808,                                                                       // Me1: B, Si
        };
    }

    private static double Carbon(List<Near> near, int h)
    {
        static bool Hetero(Near n) => n.Plain && n.Element is N or O or P or S or F or Cl or Br or I;
        bool saturated = near.All(n => n.Order == 1), plain = near.All(n => n.Plain);
        bool toCarbon = near.Any(n => n.Order == 2 && n.Element == C && !n.Aromatic);
        var others = near.Where(n => n.Order != 2).ToList();
        if (saturated && plain && near.All(n => n.Element == C)) return h >= 2 ? 0.1441 : 0;    // C1, C2
        if (saturated && plain && near.Any(Hetero)) return h >= 2 ? -0.2035 : -0.2051;          // C3, C4
        if (near.Any(n => n.Order == 2 && n.Element != C && !n.Aromatic)) return -0.2783;       // C5
        if (toCarbon && others.All(n => n.Plain) && !near.Any(n => n.Order == 2 && n.Aromatic)) return 0.1551;   // C6
        if (near.Any(n => n.Order == 3 && !n.Aromatic)) return 0.0017;                          // C7
        if (saturated && near.Any(n => n.Aromatic))
            return h switch { 3 => near[0].Element == C ? 0.08452 : -0.1444, 2 => -0.0516, 1 => 0.1193, _ => -0.0967 };  // C8-C12
        if (toCarbon || near.Any(n => n.Order == 2 && n.Element == C)) return 0.264;            // C26
        return saturated && near.Any(n => n.Plain) ? 0.2148 : 0.08129;                          // C27, CS
    }

    private static double AromaticCarbon(List<Near> near, int h)
    {
        var rest = near.Where(n => n.Order > 0).ToList();
        if (h > 0) return 0.1581;                                                               // C18
        if (rest.Count == 0) return near.Count == 3 ? 0.2955 : 0.08129;                         // C19, CS
        var (_, element, aromatic, order) = rest[0];
        if (order == 2) return !aromatic && element is C or N or O ? -0.8186 : 0.08129;         // C25
        if (aromatic) return 0.2713;                                                            // C20
        return element switch
        {
            F => 0,                                                                             // C14
            Cl => 0.245,
            Br => 0.198,
            I => 0,                                                                             // C17
            C => 0.136,                                                                         // C21
            N => 0.4619,
            O => 0.5437,
            S => 0.1893,                                                                        // C24
            _ => -0.5443,                                                                       // C13
        };
    }

    private static double Nitrogen(List<Near> near, int h)
    {
        if (near.Any(n => n.Order == 3)) return 0.01508;                                        // N9
        if (near.Any(n => n.Order == 2)) return h == 1 ? 0.08387 : near.Count > 1 ? 0.1836 : -0.4806;   // N5, N6, NS
        int toAromatic = near.Count(n => n.Aromatic);
        return (near.Count, h) switch
        {
            (1, 2) => toAromatic > 0 ? -1.027 : -1.019,                                         // N3, N1
            (2, 1) => toAromatic > 0 ? -0.5188 : -0.7096,                                       // N4, N2
            (3, 0) => toAromatic > 0 ? -0.4458 : -0.3187,                                       // N8, N7
            _ => -0.4806,                                                                       // NS
        };
    }

    private static double ChargedNitrogen(List<Near> near, int h, int charge)
    {
        if (charge < 0) return 0.2887;                                                          // N14
        if (h > 0) return -1.95;                                                                // N10
        if (near.Any(n => n.Order == 3)) return 0.2887;                                         // N14
        bool amine = near.Count == 4 && near.All(n => n.Plain);
        bool imine = near.Count == 3 && near.Any(n => n.Order == 2 && !n.Aromatic) && near.Any(n => n.Plain);
        bool cumulated = near.Count == 2 && near.Any(n => n.Element == N);
        if (cumulated && near.All(n => n.Element == N)) return 0.2887;                          // N14: an azide
        return amine || imine || cumulated ? -0.3396 : -0.4806;                                 // N13, NS
    }

    private double Oxygen(List<Near> near, int h, int charge)
    {
        if (h > 0) return -0.2893;                                                              // O2
        if (near.Count == 2 && charge == 0) return near.Any(n => n.Aromatic) ? -0.4195 : -0.0684;   // O4, O3
        if (near.Count != 1) return -0.1188;
        var (atom, element, toAromatic, order) = near[0];
        if (order == 1 && charge < 0)
            return element switch
            {
                N => 0.0335,
                S => -0.3339,                                  // O5, O6
                C when this.near[atom].Any(n => n.Order == 2 && n.Element == O) => -1.326,
                _ => -1.189
            };   // O12, O7
        if (element is N or O) return 0.0335;                                                   // O5
        if (element == S) return -0.3339;                                                       // O6
        if (element != C) return -0.1188;
        if (toAromatic) return 0.1788;                                                          // O8
        // A carbonyl group: by the two others at its carbon.
        var others = this.near[atom].Where(n => n.Order == 1).ToList();
        int hydrogens = molecule.Atoms[atom].Hydrogens;
        bool aliphaticCarbon = others.Any(n => n.Plain && n.Element == C), aromaticCarbon = others.Any(n => n.Aromatic && n.Element == C);
        if (hydrogens == 2) return -0.1526;                                                     // O9: formaldehyde
        if (hydrogens == 1)
            return aliphaticCarbon || others.Any(n => n.Plain && n.Element is N or O) ? -0.1526 : aromaticCarbon ? 0.1129 : -0.1188;
        if (others.Count == 0) return this.near[atom].Count(n => n.Order == 2 && n.Element == O) == 2 ? -0.1526 : -0.1188;   // CO₂
        if (aliphaticCarbon && others.All(n => n.Plain)) return -0.1526;                        // O9
        if (aromaticCarbon || (aliphaticCarbon && others.Any(n => n.Aromatic))) return 0.1129;  // O10
        return others.Count == 2 && others.All(n => n.Element != C) ? 0.4833 : -0.1188;         // O11, OS
    }

    private double OfHydrogen(int on)
    {
        var element = molecule.Atoms[on].Element;
        if (element == C) return 0.123;                                                         // H1
        if (element == N) return 0.2142;                                                        // H3
        if (element != O || near[on].Count == 0) return -0.2677;                                // H2, water too
        var (atom, to, toAromatic, _) = near[on][0];
        if (toAromatic && to == C) return -0.2677;                                              // H2
        return to switch
        {
            C when near[atom].All(n => n.Order == 1) => -0.2677,                                // H2
            C => near[atom].Any(n => n.Order == 2 && n.Element is C or N or O or S) ? 0.298 : 0.1125,   // H4, HS
            N => 0.2142,                                                                        // H3
            O or S => 0.298,                                                                    // H4
            _ => -0.2677,                                                                       // H2
        };
    }
}
