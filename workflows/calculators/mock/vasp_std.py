"""An executable in place of ``vasp_std``: real inputs in, outputs that parse, made-up numbers.

Runs as ``interfaces-mock-vasp``, ``python -S -m workflows.calculators.mock.vasp_std`` or by the
path of this file, in the folder of the inputs, with the standard library alone. It refuses what
VASP would refuse (`workflows.calculators.mock.input_errors`), fails on request
(`workflows.calculators.mock.failures`), obeys STOPCAR, and marks everything it writes
(`workflows.io.mock_mark`).
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

if not __package__:  # run by path: the checkout in place of this folder
    sys.path[0] = str(Path(__file__).resolve().parents[3])

from workflows.calculators.mock import electrons, vasprun
from workflows.calculators.mock import outcar as listings
from workflows.calculators.mock.energy_model import Model
from workflows.calculators.mock.failures import EDDDAV, ZBRENT, Behaviour, behaviour
from workflows.calculators.mock.input_errors import objections, potential_count
from workflows.calculators.mock.mock_dynamics import Frame, frames
from workflows.calculators.mock.mock_readers import Inputs, RefusedError, read_inputs
from workflows.io.mock_mark import MARK, SYSTEM, VERSION

OUTPUTS = ("vasprun.xml", "OUTCAR", "OSZICAR", "CONTCAR", "XDATCAR", "EIGENVAL", "DOSCAR")
KEPT = ("CHG", "CHGCAR", "WAVECAR")  #: opened by VASP even where it writes nothing into them


def main() -> int:
    """Run in the current folder; the entry point of ``interfaces-mock-vasp``."""
    status = run(Path.cwd(), os.environ, sys.stdout)
    sys.stdout.flush()
    return status


def run(folder: Path, environment: Mapping[str, str], screen: TextIO) -> int:
    """Do what ``vasp_std`` does in a folder, and return its exit status.

    The failure ``walltime`` kills the process that called.

    Parameters
    ----------
    folder
        Where the inputs are and the outputs go.
    environment
        Only ``MOCK_VASP`` is looked at.
    screen
        What VASP writes to standard output.
    """
    screen.write(f" running on    1 total cores\n vasp.{VERSION} {SYSTEM}\n")
    for name in OUTPUTS:  # as VASP does, so that old results never pass for new ones
        (folder / name).write_text("")
    for name in KEPT:
        (folder / name).touch()
    with (folder / "vasprun.xml").open("w") as xml, (folder / "OUTCAR").open("w") as outcar:
        vasprun.header(xml)
        listings.outcar_header(outcar)
        inputs = None
        try:
            orders = behaviour(folder, environment)
            inputs = read_inputs(folder)
            reasons = list(objections(inputs, folder))
        except RefusedError as refusal:
            reasons = [str(refusal)]
        if reasons:
            text = "".join(f" {reason}\n" for reason in reasons)
            screen.write(
                f"{text}  ---->  I REFUSE TO CONTINUE WITH THIS SICK JOB ... BYE!!! <----\n"
            )
            if inputs is not None and potential_count(inputs) is None:  # custodian reads NBANDS
                listings.outcar_begin(outcar, inputs)
                listings.outcar_iterations(outcar, inputs, [0.0], 1)
            outcar.write(text)
            return 1
        assert inputs is not None, "inputs that were not read are refused"
        return _Run(folder, inputs, orders, screen, xml, outcar).run()


class _Run:
    """One run: its open files, and what was written to them."""

    def __init__(
        self, folder: Path, inputs: Inputs, orders: Behaviour, screen: TextIO,
        xml: TextIO, outcar: TextIO,
    ) -> None:  # fmt: skip
        self.folder, self.inputs, self.orders, self.screen = folder, inputs, orders, screen
        self.xml, self.outcar = xml, outcar
        self.steps = max(1, int(inputs.number("NSW", 0)))
        self.moving = inputs.number("NSW", 0) > 0
        relaxing = inputs.ibrion > 0
        self.killed_at = min(2, self.steps) if relaxing else (self.steps + 1) // 2

    def run(self) -> int:
        """Write everything, or stop where the orders say."""
        begun = time.monotonic()
        failure = self.orders.failure
        if self.inputs.number("MDALGO", 0) == 3 and self.inputs.number("ISIF", 2) == 3:
            self.screen.write(f" {MARK}: the cell is kept, a barostat is not mocked\n")
        vasprun.begin(self.xml, self.inputs)
        listings.outcar_begin(self.outcar, self.inputs)
        if failure == "edddav":
            listings.outcar_iterations(self.outcar, self.inputs, [-1.0, -2.0], 1)
            self.screen.write(EDDDAV)
            return 0
        model = Model(
            self.inputs.poscar.symbols,
            energies=self.orders.energies,
            pair_scale=self.orders.pair_scale,
        )
        last = None
        stopped = False
        with (
            (self.folder / "OSZICAR").open("w") as oszicar,
            (self.folder / "XDATCAR").open("w") as xdatcar,
        ):
            xdatcar.write(listings.xdatcar_begin(self.inputs))
            for number, frame in enumerate(frames(self.inputs, model), start=1):
                self._write(frame, number, last, oszicar)
                xdatcar.write(listings.xdatcar_step(frame, number))
                last = frame
                if failure == "zbrent" and number == min(2, self.steps):
                    self.screen.write(ZBRENT)
                    return 0
                if failure == "walltime" and number == self.killed_at:
                    self._die(oszicar, xdatcar)
                self._flush(oszicar, xdatcar)
                time.sleep(self.orders.seconds_per_step)
                if stopped := (number < self.steps and self._stop_asked()):
                    break
        assert last is not None, "a run has at least one step"
        self._finish(last, time.monotonic() - begun, stopped=stopped)
        return 1 if failure == "exit" else 0

    def _write(self, frame: Frame, number: int, last: Frame | None, oszicar: TextIO) -> None:
        """One ionic step, in every file that has them."""
        final = frame.converged or number == self.steps
        scf = electrons.scf_energies(
            frame.evaluation.energy,
            self.inputs,
            converges=not (self.orders.failure == "unconverged" and final),
        )
        change = frame.evaluation.energy - (last.evaluation.energy if last else 0.0)
        vasprun.step(self.xml, self.inputs, frame, scf, first=last is None)
        listings.outcar_step(self.outcar, self.inputs, frame, scf, number)
        line = listings.oszicar_step(oszicar, self.inputs, frame, scf, number, change)
        self.screen.write(line)
        (self.folder / "CONTCAR").write_text(listings.contcar(self.inputs, frame))

    def _finish(self, last: Frame, seconds: float, *, stopped: bool) -> None:
        """Write everything after the last step."""
        bands = electrons.bands(self.inputs)
        vasprun.finish(self.xml, self.inputs, last, bands)
        listings.outcar_finish(self.outcar, seconds, stopped=stopped)
        files = {
            "EIGENVAL": listings.eigenval(self.inputs, bands),
            "DOSCAR": listings.doscar(self.inputs, bands.fermi),
        }
        if self.inputs.flag("LCHARG", default=True) and self.inputs.number("ICHARG", 0) < 10:
            files["CHGCAR"] = listings.chgcar(self.inputs, last)
        if self.inputs.flag("LWAVE", default=True):
            files["WAVECAR"] = f"{MARK} WAVECAR: {SYSTEM}\n"
        for name, text in files.items():
            (self.folder / name).write_text(text)
        if last.converged and self.moving and self.inputs.ibrion > 0:
            self.screen.write(
                " reached required accuracy - stopping structural energy minimisation\n"
            )
        self.xml.flush()
        if self.orders.failure == "truncated":
            path = self.folder / "vasprun.xml"
            os.truncate(path, path.stat().st_size * 6 // 10)

    def _stop_asked(self) -> bool:
        """STOPCAR with LSTOP or LABORT; VASP removes it when it obeys."""
        path = self.folder / "STOPCAR"
        if not path.is_file():
            return False
        stop = ".TRUE." in path.read_text().upper()
        if stop:
            path.unlink()
        return stop

    def _flush(self, *more: TextIO) -> None:
        for stream in (self.xml, self.outcar, self.screen, *more):
            stream.flush()

    def _die(self, *more: TextIO) -> None:
        """Die as at the end of a queue's time: what is written is written, the rest is not."""
        self._flush(*more)
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    raise SystemExit(main())
