"""Reading a snapshot of 150,000 entries for 9 elements, beside pymatgen's ComputedEntry objects.

    python benchmarks/snapshots.py [ENTRIES]

The entries are made up from a seed, with the elements about as frequent as in the Materials
Project. Each reader runs in a process of its own, so that its peak memory is its own; seconds are
of one run, so compare them within it only. "first" includes every import.
"""

from __future__ import annotations

import hashlib
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from interfaces.chemistry.formulas import ATOMIC_MASS
from workflows.data.snapshots import Entry, Manifest, read_snapshot, verify, write_snapshot

ENTRIES = 150_000
SEED = 20261121
ELEMENTS = ("Li", "Ni", "Co", "Mn", "O", "P", "S", "Cl", "F")
COMMON = {"O": 45.0, "Li": 14, "P": 8, "S": 8, "F": 7, "Mn": 6, "Fe": 5, "Si": 5, "Cl": 5,
          "Co": 5, "Ni": 4.5, "Na": 4, "Mg": 5, "N": 5, "C": 4, "H": 6}  # fmt: skip
RARE = 2.2  # of any other element, in the same unit
ELEMENTS_OF_ENTRY = {1: 0.01, 2: 0.16, 3: 0.42, 4: 0.27, 5: 0.11, 6: 0.03}
REPEATS = 5


def made_up(count: int) -> list[Entry]:
    """Entries with round numbers in them and no chemistry."""
    chance = random.Random(SEED)
    symbols = [symbol for symbol in ATOMIC_MASS if ATOMIC_MASS[symbol] < 240]
    weights = [COMMON.get(symbol, RARE) for symbol in symbols]
    entries = [Entry(f"el-{symbol}", symbol, -2.0, 0.0) for symbol in symbols]
    while len(entries) < count:
        (wanted,) = chance.choices(list(ELEMENTS_OF_ENTRY), list(ELEMENTS_OF_ENTRY.values()))
        chosen: dict[str, int] = {}
        while len(chosen) < wanted:
            chosen[chance.choices(symbols, weights)[0]] = chance.randint(1, 9)
        formula = "".join(s + (str(n) if n > 1 else "") for s, n in chosen.items())
        entries.append(
            Entry(
                f"mp-{len(entries)}", formula, round(chance.uniform(-9, -1), 6),
                round(chance.uniform(-0.7, 0), 6), "GGA+U", sum(chosen.values()) * 2,
                round(chance.uniform(8, 25), 4), "P-1", "MP2020 anion correction (oxide)",
                "2025-09-25",
            )
        )  # fmt: skip
    return entries


def in_its_own_process(reader: str, folder: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, __file__, "--reader", reader, str(folder)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def measured(read: Callable[[], int]) -> dict[str, float]:
    times, kept = [], 0
    for _ in range(REPEATS):
        start = time.perf_counter()
        kept = read()
        times.append(time.perf_counter() - start)
    later = statistics.median(times[1:])
    return {"first": times[0], "next": later, "kept": kept, "peak": peak_memory()}


def peak_memory() -> float:
    """[MB] of this process; getrusage would count the parent's, whose pages a fork begins with."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def as_snapshot(folder: Path) -> int:
    return len(read_snapshot(folder, ELEMENTS))


def as_checksum(folder: Path) -> int:
    packed = (folder / "entries.parquet").read_bytes()
    hashlib.sha256(packed).hexdigest()
    return len(packed)


def as_check_only(folder: Path) -> int:
    return verify(folder).entries


def as_computed_entries(folder: Path) -> int:
    """What a user of pymatgen does: every entry an object, then those of the system."""
    from pymatgen.entries.computed_entries import ComputedEntry

    wanted = set(ELEMENTS)
    dumped = json.loads((folder / "entries.json").read_text())
    entries = [ComputedEntry.from_dict(item) for item in dumped]
    return sum({e.symbol for e in entry.composition} <= wanted for entry in entries)


def write_both(folder: Path, count: int) -> None:
    from pymatgen.core import Composition

    entries = made_up(count)
    write_snapshot(folder / "snapshot", entries, Manifest("made up", "made up"))
    (folder / "entries.json").write_text(
        json.dumps(
            [
                {
                    "composition": dict(Composition(e.formula).get_el_amt_dict()),
                    "energy": e.energy * Composition(e.formula).num_atoms,
                    "correction": 0.0, "entry_id": e.id, "parameters": {"run_type": e.run_type},
                    "data": {},
                }
                for e in entries
            ]
        )
    )  # fmt: skip


READERS = {
    "snapshot": lambda folder: as_snapshot(folder / "snapshot"),
    "file and SHA-256 only": lambda folder: as_checksum(folder / "snapshot"),
    "checksum, columns, count": lambda folder: as_check_only(folder / "snapshot"),
    "ComputedEntry": as_computed_entries,
}


def main() -> None:
    if "--reader" in sys.argv:
        name, folder = sys.argv[2:]
        print(json.dumps(measured(lambda: READERS[name](Path(folder)))))
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_both(folder, count)
        size = (folder / "snapshot" / "entries.parquet").stat().st_size / 1e6
        print(f"{count} entries, seed {SEED}: snapshot {size:.1f} MB; {'-'.join(ELEMENTS)}")
        for name in READERS:
            m = in_its_own_process(name, folder)
            unit = "bytes" if "file" in name else "entries"
            print(
                f"{name:>25}: first {m['first']:7.3f} s, next {m['next']:7.3f} s, "
                f"peak {m['peak']:5.0f} MB, {m['kept']:.0f} {unit}"
            )


if __name__ == "__main__":
    main()
