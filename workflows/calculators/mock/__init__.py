"""Calculators that are not real: one made-up energy, for ASE and in place of ``vasp_std``.

Everything here exists so that flows run and are tested without VASP. No number that comes out
of it says anything about a material, and every file that it writes says MOCK (`marks`).
"""
