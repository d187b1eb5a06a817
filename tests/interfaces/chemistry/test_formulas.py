from fractions import Fraction

import pytest
from pymatgen.core import Composition, Element

from interfaces.chemistry.formulas import ATOMIC_MASS, Formula, chemical_system, decimal, spelled
from interfaces.errors import FormulaError


def test_amounts_are_exact():
    formula = Formula.parse("Li0.3Ni0.8Co0.1Mn0.1O2")
    assert dict(formula.amounts) == {
        "Li": Fraction(3, 10), "Ni": Fraction(4, 5), "Co": Fraction(1, 10), "Mn": Fraction(1, 10),
        "O": 2,
    }  # fmt: skip
    assert formula.n_atoms == Fraction(33, 10)


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("Al(BH4)3", {"Al": 1, "B": 3, "H": 12}),
        ("Ca3(Al(OH)6)2", {"Ca": 3, "Al": 2, "O": 12, "H": 12}),
        ("Li1.3Al0.3Ti1.7(PO4)3", {"Li": 1.3, "Al": 0.3, "Ti": 1.7, "P": 3, "O": 12}),
        ("CH3CH2OH", {"C": 2, "H": 6, "O": 1}),
        (" LiCoO2 ", {"Li": 1, "Co": 1, "O": 2}),
    ],
)
def test_parse_reads_what_chemists_write(text, amounts):
    parsed = {element: float(amount) for element, amount in Formula.parse(text).amounts}
    assert parsed == pytest.approx(amounts)


@pytest.mark.parametrize(
    ("text", "reduced"),
    [("Li8S4O16", "Li2SO4"), ("O", "O2"), ("O3", "O2"), ("Li2O2", "Li2O2"), ("LiO", "Li2O2"),
     ("H2O2", "H2O2"), ("Li0.5CoO2", "LiCo2O4"), ("Al(BH4)3", "Al(BH4)3"), ("S8", "S")],
)  # fmt: skip
def test_reduced_agrees_with_pymatgen_as_a_composition(text, reduced):
    assert Formula.parse(text).reduced.text == reduced
    assert Composition(reduced).reduced_formula == Composition(text).reduced_formula or "0." in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty formula"),
        ("LiFoO2", "unknown element 'Fo' in formula 'LiFoO2'"),
        ("Li0CoO2", "zero amount of Li"),
        ("Li-1CoO2", "cannot read formula 'Li-1CoO2' at '-1CoO2'"),
        ("(LiO", r"'\(' without '\)'"),
        ("LiO)", r"'\)' without '\('"),
        ("Li()2", "empty parentheses"),
        ("2LiO", "number '2' in formula '2LiO' follows no element"),
        ("Li" * 150, "longer than 200"),
        ("D2O", "unknown element 'D'"),
    ],
)
def test_unreadable_formulas_are_named(text, message):
    with pytest.raises(FormulaError, match=message):
        Formula.parse(text)


def test_other_packages_compositions_are_read():
    assert Formula.of(Composition("Li0.3CoO2")).amounts == Formula.parse("Li0.3CoO2").amounts
    assert Formula.of({"Li": 2, "O": 1}).text == "Li2O"
    with pytest.raises(FormulaError, match="not positive"):
        Formula.of({"Li": -1, "O": 1})
    with pytest.raises(FormulaError, match="unknown element"):
        Formula.of({"Xx": 1})
    with pytest.raises(FormulaError, match="not a finite number"):
        Formula.of({"Li": float("nan")})


def test_atomic_masses_are_pymatgens():
    for symbol, mass in ATOMIC_MASS.items():
        assert mass == pytest.approx(float(Element(symbol).atomic_mass), abs=1e-9), symbol
    assert Formula.parse("Li2CO3").molar_mass == pytest.approx(Composition("Li2CO3").weight)


def test_decimal_prints_exactly():
    assert [decimal(v) for v in (2, Fraction(1, 20), Fraction(1, 3), Fraction(-3, 2))] == [
        "2", "0.05", "1/3", "-1.5",
    ]  # fmt: skip


def test_chemical_system_is_sorted():
    assert chemical_system([Formula.parse("LiCoO2"), Formula.parse("Li3PS4")]) == (
        "Co", "Li", "O", "P", "S",
    )  # fmt: skip


SPELLED = """
Li3PO4 FePO4 LiFePO4 Li2CO3 LiHCO3 H2CO3 Li2SO4 H2SO4 HNO3 H3PO4 LiH2PO4 HF H2O H2O2 Li2O2
CH4 CH2 NH3 PH3 SiH4 N2O CO2 HCN COS C3H4O3 CH3Cl CHCl3 CF4 LiC2H3O3
LiOH NaOH Fe(OH)2 Al(OH)3 LiAl(OH)4 LiNH2 Li2NH NH4Cl NH4PF6 NH4NO3 (NH4)2SO4 NH4ClO4
NH4HCO3 (NH4)2CO3 NH4HSO4 NH4H2PO4 (NH4)2HPO4 (NH4)3PO4 (NH4)3H(SO4)2 CH5N3O4 H3CNO3
POCl3 SOCl2 SO2Cl2 COCl2 BiOCl FeOCl VOCl3 Li3OCl LiClO4 HClO4 Mg(ClO4)2 NaClO Li5IO6 POF3
ClO2 ClF3 LiPF6 HPF6 LiBF4 HBF4 LiPO2F2 Li6PS5Cl Li10Ge(PS6)2 Li2PNO2 Al2(SO4)3 Li3Fe2(PO4)3
Mg(BH4)2 Mg(AlH4)2 Zn(CN)2 Sc2(WO4)3 LiCo2O4 LiMn2O4 LiNi2O4 LiCoO2 Li7La3Zr2O12 Li4Ti5O12
H3BO3 PCl5 S O2 Cl2 Li
"""


@pytest.mark.parametrize("usual", SPELLED.split())
def test_formulas_are_spelled_as_chemists_spell_them(usual):
    """From text, and from dictionaries in any order."""
    amounts = dict(Formula.parse(usual).amounts)
    assert spelled(usual) == usual
    assert spelled(dict(sorted(amounts.items()))) == usual
    assert spelled(dict(sorted(amounts.items(), reverse=True))) == usual
    assert Formula.parse(usual).same_composition(Formula.of(amounts))


def test_electronegativities_are_those_of_pymatgen():
    from interfaces.chemistry.spelling import ELECTRONEGATIVITY

    for symbol, value in ELECTRONEGATIVITY.items():
        assert value == pytest.approx(Element(symbol).X), symbol
