"""Molecular dynamics of atomate2's ASE family with made-up forces, as a user writes a Maker."""

from __future__ import annotations

from dataclasses import dataclass

from atomate2.ase.md import AseMDMaker


@dataclass
class MockMDMaker(AseMDMaker):
    name: str = "my dynamics"

    def _get_calculator(self):
        from workflows.calculators.mock.calculator import MockCalculator

        return MockCalculator(pair_scale=0.1)
