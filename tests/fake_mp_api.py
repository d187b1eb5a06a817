"""A server that behaves as the Materials Project's does, with made-up entries and faults on demand.

``object_store`` gives what mp-api reads beside it: the delta table of phase diagrams, as an S3
server in a process of its own (``python -m tests.fake_mp_api FOLDER``).

Recorded are the *shapes* of the answers (heartbeat, materials/thermo, materials/summary), not data.
Every request is kept in ``requests``, so that a test can count them.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import combinations
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

VERSION = "2026.10.01"
NEXT_VERSION = "2026.11.20"
MOST_EXCLUDED = 60  # characters; more is answered with 422, as the real server does
MOST_URL = 6000  # characters; more is answered with 414
ELEMENTAL = {"O": "O2", "N": "N2", "F": "F2", "H": "H2", "Cl": "Cl2"}


def thermo_document(
    material_id, amounts, energy, *, correction=0.0, name="", run_type="GGA", **more
):
    """One document as materials/thermo gives it; ``name`` is of the energy adjustment."""
    atoms = sum(amounts.values())
    formula = "".join(s + (str(n) if n > 1 else "") for s, n in amounts.items())
    adjustments = [
        {
            "@module": "pymatgen.entries.computed_entries", "@class": "CompositionEnergyAdjustment",
            "adj_per_atom": correction * atoms / 2, "n_atoms": 2.0, "uncertainty_per_atom": 0.002,
            "name": name, "cls": {"@class": "MaterialsProject2020Compatibility"},
            "description": "made up",
        }
    ] if name else []  # fmt: skip
    entry = {
        "@module": "pymatgen.entries.computed_entries", "@class": "ComputedStructureEntry",
        "energy": (energy - correction) * atoms, "composition": dict(amounts),
        "entry_id": f"{material_id}-{run_type}", "correction": correction * atoms,
        "energy_adjustments": adjustments, "parameters": {"run_type": run_type},
        "data": {"oxide_type": "oxide", "material_id": material_id},
        "structure": {"@class": "Structure", "sites": ["made up"] * atoms},
    }  # fmt: skip
    return {
        "material_id": material_id, "thermo_id": f"{material_id}_GGA_GGA+U",
        "thermo_type": "GGA_GGA+U", "formula_pretty": formula,
        "chemsys": "-".join(sorted(amounts)), "elements": sorted(amounts),
        "nelements": len(amounts), "nsites": atoms, "volume": 10.0 * atoms,
        "symmetry": {"symbol": "R-3m", "number": 166, "crystal_system": "Trigonal"},
        "energy_per_atom": energy, "uncorrected_energy_per_atom": energy - correction,
        "energy_above_hull": 0.0, "theoretical": False,
        "energy_type": run_type, "entry_types": [run_type],
        "entries": {run_type: entry}, "deprecated": False,
        "last_updated": "2026-09-30T12:00:00.000000",
        "builder_meta": {"license": "BY-C", "database_version": VERSION},
    } | more  # fmt: skip


def made_up(elements, *, most=3):
    """An entry of each element and of each sub-system of up to ``most`` of them."""
    documents = []
    for size in range(1, most + 1):
        for chosen in combinations(sorted(elements), size):
            amounts = dict.fromkeys(chosen, 1)
            if size == 1:
                amounts = {chosen[0]: 2 if chosen[0] in ELEMENTAL else 1}
            documents.append(
                thermo_document(
                    f"mp-{len(documents) + 1}", amounts, -2.0 - 0.5 * size,
                    correction=-0.3 if size > 1 else 0.0,
                    name="MP2020 anion correction (oxide)" if size > 1 else "",
                )
            )  # fmt: skip
    return documents


@dataclass
class FakeServer:
    """``with FakeServer(documents) as server``: ``server.endpoint`` is what to ask.

    ``faults`` are used up, one by each question to a route of materials; ``always`` answers all.
    A fault is a status (``"500"``, ``"429 3"`` with a Retry-After), ``slow``, ``truncated`` (half a
    JSON text), ``cut`` (fewer bytes than promised), ``dropped`` (no answer), ``short`` (an empty
    page that claims more), ``changed`` (the database is replaced just after this answer).
    """

    documents: list = field(default_factory=list)
    key: str = ""
    version: str = VERSION
    faults: deque = field(default_factory=deque)
    always: str = ""
    delay: float = 0.0
    requests: list = field(default_factory=list)

    def __enter__(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.answer(self)

            def log_message(self, *arguments):
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                pass  # a client that hung up is part of the game

        self._lock = threading.Lock()
        self._http = Quiet(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._http.server_port}/"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error):
        self._http.shutdown()
        self._http.server_close()

    # ------------------------------------------------------------------ what was asked

    def asked(self, route):
        """Questions to a route, e.g. ``materials/thermo``: their parameters."""
        return [parameters for path, parameters, _ in self.requests if path.strip("/") == route]

    def batches(self):
        """How often each batch of systems was asked for, pages counted apart."""
        return Counter((p["chemsys"], p.get("_skip", "0")) for p in self.asked("materials/thermo"))

    # ------------------------------------------------------------------ answering

    def answer(self, http):
        url = urlsplit(http.path)
        parameters = {name: values[0] for name, values in parse_qs(url.query).items()}
        with self._lock:
            self.requests.append((url.path, parameters, dict(http.headers)))
            route = url.path.strip("/")
            fault = ""
            if route != "heartbeat":
                fault = self.faults.popleft() if self.faults else self.always
        if route == "heartbeat":
            body = {
                "status": "OK", "time": "2026-11-21T00:00:00", "version": "0.87.3",
                "db_version": self.version, "access_controlled_batch_ids": [],
            }  # fmt: skip
            return send(http, 200, json.dumps(body))
        if self.delay:
            time.sleep(self.delay)
        if self.key and http.headers.get("x-api-key") != self.key:
            return send(http, 401, json.dumps({"detail": "Invalid authentication credentials"}))
        if len(http.path) > MOST_URL:
            return send(http, 414, "URI Too Long")
        if fault == "dropped":
            return http.connection.close()
        if fault == "slow":
            time.sleep(0.6)
        status, _, wait = fault.partition(" ")
        if status.isdigit():
            headers = {"Retry-After": wait} if wait else {}
            return send(http, int(status), json.dumps({"detail": "made-up fault"}), headers)
        status, text = self.found(route, parameters, short=fault == "short")
        if fault == "truncated":
            text = text[: len(text) // 2]
        send(http, status, text, promised=len(text) * 2 if fault == "cut" else None)
        if fault == "changed":
            self.version = NEXT_VERSION
        return None

    def found(self, route, parameters, *, short=False):
        wanted = [doc for doc in self.documents if self.matches(doc, route, parameters)]
        if route == "materials/summary":  # one a material, whatever its thermo types
            wanted = list({doc["material_id"]: doc for doc in wanted}.values())
        if len(parameters.get("exclude_elements", "")) > MOST_EXCLUDED:
            return 422, json.dumps(
                {"detail": [{"loc": ["query", "exclude_elements"], "msg": "at most 60 characters"}]}
            )
        skip, limit = int(parameters.get("_skip", 0)), int(parameters.get("_limit", 100))
        fields = parameters["_fields"].split(",")
        page = [] if short else wanted[skip : skip + limit]
        data = [{name: doc[name] for name in fields if name in doc} for doc in page]
        meta = {"api_version": "0.87.3", "total_doc": len(wanted), "max_limit": 1000}
        return 200, json.dumps({"data": data, "meta": meta})

    @staticmethod
    def matches(doc, route, parameters):
        if route == "materials/thermo":
            return (
                doc["chemsys"] in parameters["chemsys"].split(",")
                # mp-api writes r2SCAN where the documents have R2SCAN
                and doc["thermo_type"].upper() in parameters["thermo_types"].upper().split(",")
            )  # fmt: skip
        assert route == "materials/summary", route
        if "chemsys" in parameters:
            return doc["chemsys"] in parameters["chemsys"].split(",")
        least, most = int(parameters["nelements_min"]), int(parameters["nelements_max"])
        excluded = set(parameters.get("exclude_elements", "").split(","))
        return least <= doc["nelements"] <= most and not excluded & set(doc["elements"])


def send(http, status, text, headers=None, promised=None):
    body = text.encode()
    http.send_response(status)
    http.send_header("Content-Type", "application/json")
    http.send_header("Content-Length", str(promised or len(body)))
    for name, value in (headers or {}).items():
        http.send_header(name, value)
    http.end_headers()
    http.wfile.write(body)


def texts_below(folder):
    """Every byte of every file below a folder, and the names, for a search of what must not be."""
    for path in sorted(folder.rglob("*")):
        yield str(path).encode()
        if path.is_file():
            yield path.read_bytes()


KEY = re.sub(r"\W", "", "a made-up key of exactly 32 letters and digits")[:32].ljust(32, "9")


@contextlib.contextmanager
def quick_fields() -> Iterator[None]:
    """mp-api builds the whole JSON schema of its documents anew for each field of each search."""
    from mp_api.client.core.client import BaseRester

    built = BaseRester.available_fields
    of_class = functools.cache(lambda cls: built.fget(cls))
    BaseRester.available_fields = property(lambda self: of_class(type(self)))
    try:
        yield
    finally:
        BaseRester.available_fields = built


# ---------------------------------------------------------------------- phase diagrams

DIAGRAMS = "materialsproject-build/objects/phase-diagrams"
THERMO = {"GGA": "GGA_GGA+U", "r2SCAN": "R2SCAN"}  # run type -> thermo type


def structured_document(material_id, structure, energy, run_type, *, correction=0.0):
    """A thermo document whose entry has a structure, as the mixing scheme needs; energies in eV."""
    from pymatgen.entries.computed_entries import ComputedStructureEntry

    composition = structure.composition
    titles = {"Li": "PAW_PBE Li_sv 10Sep2004", "O": "PAW_PBE O 08Apr2002"}
    parameters = {
        "run_type": run_type, "is_hubbard": False, "hubbards": {},
        "potcar_spec": [{"titel": titles[e.symbol], "hash": None} for e in composition],
    }  # fmt: skip
    entry = ComputedStructureEntry(
        structure, energy, correction=correction, entry_id=f"{material_id}-{run_type}",
        parameters=parameters, data={"material_id": material_id},
    )  # fmt: skip
    document = thermo_document(
        material_id, {e.symbol: int(n) for e, n in composition.items()}, entry.energy_per_atom,
        correction=correction / len(structure), run_type=run_type,
        formula_pretty=composition.reduced_formula, thermo_type=THERMO[run_type],
    )  # fmt: skip
    return document | {"entries": {run_type: json.loads(json.dumps(entry.as_dict(), default=str))}}


def write_diagrams(folder, entries, version=VERSION, thermo_type="GGA_GGA+U_R2SCAN"):
    """The delta table with the phase diagram of some entries, in the columns of the real one."""
    import pyarrow as pa
    from deltalake import write_deltalake
    from emmet.core.arrow import arrowize
    from emmet.core.types.pymatgen_types.phase_diagram_adapter import (
        PhaseDiagramType,
        TypedPhaseDiagramDict,
    )
    from pydantic import TypeAdapter
    from pymatgen.analysis.phase_diagram import PhaseDiagram

    diagram = PhaseDiagram(entries)
    row = TypeAdapter(PhaseDiagramType).dump_python(diagram, context={"format": "arrow"})
    for entry in row["computed_data"]["all_entries"]:
        identifier, _, suffix = entry["entry_id"].rpartition("-")
        entry["entry_id"] = {"identifier": identifier, "suffix": suffix, "separator": "-"}
    columns = {
        "chemsys": ["-".join(sorted(element.symbol for element in diagram.elements))],
        "version": [version.replace(".", "-")],
        "thermo_type": [thermo_type],
        "phase_diagram": pa.array([row], type=arrowize(TypedPhaseDiagramDict)),
    }
    write_deltalake(folder / DIAGRAMS, pa.table(columns))


@contextlib.contextmanager
def object_store(folder, monkeypatch):
    """Let the object store of the Materials Project be a folder; gives its address.

    In a process of its own, since reading a table holds the interpreter of the reader.
    """
    words = [sys.executable, "-m", "tests.fake_mp_api", str(folder)]
    root = Path(__file__).resolve().parent.parent
    server = subprocess.Popen(words, cwd=root, stdout=subprocess.PIPE, text=True)
    try:
        address = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        yield address
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


class S3(BaseHTTPRequestHandler):
    """Lists, and whole or partial objects, of a folder; as much of S3 as a delta table needs."""

    folder = Path()

    def do_GET(self):
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        path = self.folder / unquote(url.path).strip("/")
        if "list-type" in query:
            return self.reply(200, self.listed(path, query.get("prefix", "")), {})
        if not path.is_file():
            return self.reply(404, b"<Error><Code>NoSuchKey</Code></Error>", {})
        data, headers, status = path.read_bytes(), {"ETag": '"1"'}, 200
        if request := self.headers.get("Range"):
            first, _, last = request.removeprefix("bytes=").partition("-")
            start = int(first) if first else len(data) - int(last)
            end = min(int(last), len(data) - 1) if first and last else len(data) - 1
            headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
            data, status = data[start : end + 1], 206
        return self.reply(status, data, headers)

    do_HEAD = do_GET  # noqa: N815

    def listed(self, bucket, prefix):
        keys = {str(path.relative_to(bucket)): path for path in bucket.rglob("*") if path.is_file()}
        rows = "".join(
            f"<Contents><Key>{key}</Key><LastModified>2026-10-01T00:00:00.000Z</LastModified>"
            f'<ETag>"1"</ETag><Size>{path.stat().st_size}</Size></Contents>'
            for key, path in sorted(keys.items())
            if key.startswith(prefix)
        )
        return (
            f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>".encode()
        )

    def reply(self, status, data, headers):
        self.send_response(status)
        self.send_header("Last-Modified", "Thu, 01 Oct 2026 00:00:00 GMT")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(data)

    def log_message(self, *arguments):
        pass


if __name__ == "__main__":
    S3.folder = Path(sys.argv[1])
    listening = ThreadingHTTPServer(("127.0.0.1", 0), S3)
    print(listening.server_port, flush=True)
    listening.serve_forever()
