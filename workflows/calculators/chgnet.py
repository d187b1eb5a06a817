"""CHGNet as an ASE calculator for many relaxations.

The stock CHGNet calculator keeps the graph of the graph (``create_graph=True``) and walks back
through it twice, for forces and for stress. Relaxations need neither, so this one asks once and
freezes the weights: the same numbers to float32 rounding in half the time (a test compares them).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from ase.calculators.calculator import Calculator, all_changes
from ase.stress import full_3x3_to_voigt_6_stress
from pymatgen.io.ase import AseAtomsAdaptor

if TYPE_CHECKING:
    from pymatgen.core import Structure

CHECKPOINT = "0.3.0"  #: r2scan is another scheme


class FastCHGNet(Calculator):  # type: ignore[misc]
    """CHGNet energies [eV], forces [eV/angstrom] and stress [eV/angstrom^3] on one thread.

    Energies are on the Materials Project's *corrected* scale (MaterialsProject2020),
    on which CHGNet 0.3.0 was trained (doi 10.1038/s42256-023-00716-3): never correct them again.

    Raises
    ------
    ImportError
        If the extra ``mlip`` is not installed. There is no other model to fall back to.
    """

    implemented_properties = ("energy", "forces", "stress")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        # Two threads for one small graph are 10-20 times slower than one on a busy machine.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        import torch
        from chgnet.model.model import CHGNet

        torch.set_num_threads(1)
        self._model = CHGNet.load(model_name=CHECKPOINT, use_device="cpu", verbose=False)
        for parameter in self._model.parameters():
            parameter.requires_grad_(False)
        # An isolated atom (a gas in a large cell) is legitimate input, not a reason to stop.
        self._model.graph_converter.set_isolated_atom_response("ignore")

    @property
    def version(self) -> str:
        """Name of the checkpoint that was loaded."""
        return str(self._model.version)

    def calculate(
        self,
        atoms: Any = None,
        properties: Sequence[str] | None = None,
        system_changes: Sequence[str] = all_changes,
    ) -> None:
        """Fill ``results`` with energy, forces and stress of ``atoms``."""
        import torch
        from chgnet.model.model import BatchedGraph

        super().calculate(atoms, properties, system_changes)
        model = self._model
        graph = model.graph_converter(AseAtomsAdaptor.get_structure(atoms))
        batch = BatchedGraph.from_graphs(
            [graph],
            bond_basis_expansion=model.bond_basis_expansion,
            angle_basis_expansion=model.angle_basis_expansion,
            compute_stress=True,
        )
        interaction = model._compute(batch)["e"]  # eV/atom, without the reference of each element
        count = len(atoms)
        gradient = torch.autograd.grad(
            (interaction * count).sum(), [*batch.atom_positions, *batch.strains]
        )
        stress = gradient[1].numpy().astype(float) / atoms.get_volume()
        reference = model.composition_model([graph]).item()
        self.results = {
            "energy": (interaction.item() + reference) * count,
            "forces": -gradient[0].numpy().astype(float),
            "stress": full_3x3_to_voigt_6_stress((stress + stress.T) / 2),
        }

    def energies(self, structures: Sequence[Structure]) -> np.ndarray:
        """Energies [eV/atom] of several structures in one pass, without forces; shape (n,)."""
        import torch

        with torch.inference_mode():
            predicted = self._model.predict_structure(
                list(structures), task="e", batch_size=len(structures)
            )
        if isinstance(predicted, dict):  # one structure comes back bare
            predicted = [predicted]
        return np.array([float(prediction["e"]) for prediction in predicted])
