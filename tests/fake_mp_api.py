"""A server that behaves as the Materials Project's does, with made-up entries and faults on demand.

Recorded are the *shapes* of the answers (heartbeat, materials/thermo, materials/summary), not data.
Every request is kept in ``requests``, so that a test can count them.
"""

from __future__ import annotations

import contextlib
import functools
import json
import re
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import combinations
from urllib.parse import parse_qs, urlsplit

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
        "energy_above_hull": 0.0, "energy_type": run_type, "entry_types": [run_type],
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
                and doc["thermo_type"] in parameters["thermo_types"].split(",")
            )  # fmt: skip
        assert route == "materials/summary", route
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
