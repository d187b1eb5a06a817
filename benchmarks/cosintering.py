"""NCM622, LLZO and Li3BO3 fired together: closed at 0 K, closed at 973 K, and in air at 973 K.

    python benchmarks/cosintering.py

On the bundled set (a Gibbs energy needs volumes) prints a Markdown table of the pairs: total and
mutual minimum, and the reaction of the mutual one.
"""

from __future__ import annotations

from workflows.analyses.conditions import CLOSED, Conditions
from workflows.analyses.curve import compute_curve

PAIRS = (("NCM622", "LLZO"), ("NCM622", "LBO"), ("LLZO", "LBO"))
KELVIN = 973.0
AIR = (("O2", 0.21),)
SURROUNDINGS = {
    "closed, 0 K": CLOSED,
    f"closed, {KELVIN:g} K": Conditions(temperature=KELVIN),
    f"air, {KELVIN:g} K": Conditions(("O",), pressures=AIR, temperature=KELVIN),
    f"air at {KELVIN:g} K over phases at 0 K": Conditions(
        ("O",), pressures=AIR, gas_temperature=KELVIN
    ),
}


def main() -> None:
    print("| pair | surroundings | minimum total | minimum mutual | its reaction |")
    print("|---|---|---|---|---|")
    for first, second in PAIRS:
        for name, conditions in SURROUNDINGS.items():
            curve = compute_curve(first, second, conditions=conditions)
            total, mutual = curve.minimum_total, curve.minimum_mutual
            reaction = mutual.reaction if mutual.mutual < -1e-6 else "none"
            print(
                f"| {first} \\| {second} | {name} | {1000 * total.total:z.1f} | "
                f"{1000 * mutual.mutual:z.1f} | {reaction} |"
            )


if __name__ == "__main__":
    main()
