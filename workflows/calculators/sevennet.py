"""SevenNet on one thread: an ASE calculator, and energies without forces."""

from __future__ import annotations

import os
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ase import Atoms
    from ase.calculators.calculator import Calculator

CHECKPOINT = "7net-l3i5"  #: the weights of every bundled energy
#: 3.7 instead of 12 s of CPU for a step of 222 atoms; its energies belong to no set
QUICK = "7net-0"


@cache
def sevennet(checkpoint: str = CHECKPOINT) -> Calculator:
    """ASE calculator of a checkpoint that the ``sevenn`` wheel holds; energies, forces, stress.

    The weights are frozen: gradients with respect to them cost a quarter of the time and are never
    used.

    Raises
    ------
    ImportError
        If the extra ``mlip`` is not installed. There is no other model to fall back to.
    """
    # Two threads for one small graph are slower than one on a busy machine.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    import torch

    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about GPU kernels that are not installed
        from sevenn.calculator import SevenNetCalculator

        calculator = SevenNetCalculator(checkpoint, device="cpu")
    for parameter in calculator.model.parameters():
        parameter.requires_grad_(False)
    return calculator


class EnergyModel:
    """Total energies without forces: four times faster than the ASE calculator, equal numbers."""

    def __init__(self, checkpoint: str = CHECKPOINT) -> None:
        # A calculator of its own, as the module that differentiates is taken out of the model.
        calculator: Any = sevennet.__wrapped__(checkpoint)
        calculator.model.delete_module_by_key("force_output")
        self._model = calculator.model
        self._cutoff = calculator.cutoff

    def energy(self, atoms: Atoms) -> float:
        """Total energy of a cell [eV], without corrections."""
        import sevenn._keys as keys
        import torch
        from sevenn.atom_graph_data import AtomGraphData
        from sevenn.train.dataload import unlabeled_atoms_to_graph

        graph = AtomGraphData.from_numpy_dict(
            unlabeled_atoms_to_graph(atoms, self._cutoff, with_shift=False)
        )
        with torch.no_grad():
            return float(self._model(graph)[keys.PRED_TOTAL_ENERGY])
