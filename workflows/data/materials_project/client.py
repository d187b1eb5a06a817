"""Requests to the Materials Project through mp-api, repeated while they fail for a passing reason.

mp-api itself repeats a request three times within a second, and reports a refusal only in prose.
Here it uses a session of ours: one try, which reports the HTTP status, and one loop that waits.
"""

from __future__ import annotations

import importlib.util
import os
import random
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from interfaces.chemistry.formulas import symbols_in
from interfaces.errors import InputError
from workflows.data.materials_project.api_key import (
    ADDRESS,
    DEFAULT_ADDRESS,
    WHERE,
    Key,
    check_address,
)
from workflows.data.materials_project.mp_entries import FIELDS
from workflows.data.materials_project.session import (
    LARGEST,
    DocumentCount,
    RefusedError,
    TooLongError,
    new_session,
)

if TYPE_CHECKING:
    from pymatgen.entries.computed_entries import ComputedEntry

T = TypeVar("T")

PAGE = 500  #: documents; larger pages fail part-way
LONGEST_RETRY_AFTER = 900.0  #: s; longer waits requested by a server are an error
EXCLUDED = 60  #: characters of exclude_elements that the server takes (mp-api issue 1103)
COMMON = (
    "O", "Si", "F", "S", "P", "Fe", "Mg", "Mn", "Al", "Na", "N", "Cl", "K", "Co", "H", "Cu", "V",
    "Ti", "Se", "Ca", "Ni", "Ba", "B", "C", "Sr", "Ge", "Te", "Zn", "Cr", "La", "Ga", "Li", "Rb",
    "As", "I", "Br", "Sn", "Sb", "Bi", "Cs", "In", "Y", "Pd", "Nd", "Ce", "Nb", "Zr", "Mo",
)  #: about as frequent as in the Materials Project  # fmt: skip


@dataclass(frozen=True)
class RetryPolicy:
    """How often a request is repeated, and how long to wait in between.

    Attributes
    ----------
    attempts : tries of one request.
    contacts : tries while the server was never reached: the address is wrong, or there is no
    network.
    first, longest : wait [s], doubled from try to try, with jitter; a longer Retry-After of the
        server counts instead.
    timeout : longest silence of the server [s].
    whole : longest time for one answer [s].
    sleep : replaces the waiting, for tests.
    """

    attempts: int = 8
    contacts: int = 4
    first: float = 1.0
    longest: float = 60.0
    timeout: float = 60.0
    whole: float = 300.0
    sleep: Callable[[float], object] | None = None


class _TransientError(Exception):
    """A failure that may pass: what it was, and the wait requested by the server [s]."""

    def __init__(self, what: str, retry_after: float = 0.0, *, connected: bool = True) -> None:
        super().__init__(what)
        self.retry_after = retry_after
        self.connected = connected


@dataclass
class MaterialsProject:
    """Client of the Materials Project, or of another server with its interface at ``endpoint``.

    Attributes
    ----------
    key : API key.
    endpoint : address; by default ``MP_API_ENDPOINT`` or the Materials Project.
    retries : waits and repeats.
    notes : warnings of mp-api, for the manifest.
    say : receives a line of progress while waiting.
    """

    key: Key
    endpoint: str = ""
    retries: RetryPolicy = field(default_factory=RetryPolicy)
    notes: list[str] = field(default_factory=list)
    say: Callable[[str], object] = lambda _: None  #: gets a line of progress when it waits

    def __post_init__(self) -> None:
        address = self.endpoint or os.environ.get(ADDRESS) or DEFAULT_ADDRESS
        self.endpoint = check_address(address if address.endswith("/") else f"{address}/")
        # Looked for and not imported, which takes seconds: the first question needs requests alone.
        for package in ("tenacity", "mp_api"):
            if not _is_installed(package):
                raise InputError(
                    f"fetching from the Materials Project needs {package}; "
                    "install it with: pip install 'interface-stability'"
                )
        self._answered = False
        self._seen = DocumentCount()
        self._public = new_session(self.retries.timeout, DocumentCount(), self.retries.whole)
        self._session = new_session(self.retries.timeout, self._seen, self.retries.whole)
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._rester: Any = None

    def close(self) -> None:
        """Cancel pending requests and close the session; a running request may still finish."""
        self._stopped.set()
        self._session.close()
        self._public.close()

    def database_version(self) -> str:
        """Version of the database, e.g. ``2025.09.25``. The key is not sent."""
        url = f"{self.endpoint}heartbeat"
        return self._with_retries(lambda: str(self._public.get(url).json()["db_version"]))

    def thermo(self, systems: Sequence[str], thermo_type: str) -> list[dict[str, Any]]:
        """Thermo documents of chemical systems, without their sub-systems.

        Parameters
        ----------
        systems : as ``"Co-Li-O"``.
        thermo_type : functional and corrections.

        Raises
        ------
        InputError
            If the server does not answer, or refuses the key or the request.
        """
        thermo = self._connected().materials.thermo
        return self._with_retries(
            lambda: self._complete(
                thermo.search(
                    chemsys=list(systems), thermo_types=[thermo_type], fields=list(FIELDS),
                    chunk_size=PAGE,
                )
            )
        )  # fmt: skip

    def mixed(self, elements: Sequence[str], thermo_type: str) -> list[ComputedEntry]:
        """Entries of a whole chemical system, mixed onto one scale.

        Mixed entries of different sub-systems are on different scales (mp-api issue 1104), so they
        cannot be combined from batches.

        Parameters
        ----------
        elements : symbols; mp-api takes at most 9.
        thermo_type : functional and corrections.

        Raises
        ------
        InputError
            If the server does not answer, or refuses the key or the request.
        """
        rester = self._connected()
        with self._warnings_as_notes():
            return self._with_retries(
                lambda: rester.get_entries_in_chemsys(
                    list(elements), additional_criteria={"thermo_types": [thermo_type]}
                )
            )

    def theoretical(self, systems: Sequence[str]) -> dict[str, bool]:
        """Whether each material of chemical systems lacks an experimental structure, by id.

        Parameters
        ----------
        systems : as ``"Co-Li-O"``, without their sub-systems.

        Raises
        ------
        InputError
            If the server does not answer, or refuses the key or the request.
        """
        documents = self._summaries(chemsys=list(systems), fields=["material_id", "theoretical"])
        return {
            str(document["material_id"]): document["theoretical"]
            for document in documents
            if isinstance(document.get("theoretical"), bool)
        }

    def larger(
        self, elements: Sequence[str], order: int, *, with_gnome: bool
    ) -> list[dict[str, Any]]:
        """Compounds of more than ``order`` of the elements: id, formula, energy above hull
        [eV/atom].

        The server accepts 60 characters of excluded elements; the rest are filtered here.

        Parameters
        ----------
        elements : symbols.
        order : number of elements.
        with_gnome : include compounds of the GNoME data set.

        Raises
        ------
        InputError
            If the server does not answer, or refuses the key or the request.
        """
        documents = self._summaries(
            exclude_elements=_excluded_elements(elements),
            num_elements=(order + 1, len(elements)),
            include_gnome=with_gnome,
            fields=["material_id", "formula_pretty", "energy_above_hull"],
        )
        return [doc for doc in documents if symbols_in(doc["formula_pretty"]) <= set(elements)]

    # ---------------------------------------------------------------- requests

    def _summaries(self, **criteria: Any) -> list[dict[str, Any]]:
        """Documents of ``materials/summary``, all pages of them."""
        summary = self._connected().materials.summary
        return self._with_retries(
            lambda: self._complete(summary.search(chunk_size=1000, **criteria))
        )

    def _connected(self) -> Any:
        with self._lock:
            if self._rester is None:
                from mp_api.client import MPRester

                with self._warnings_as_notes():
                    self._rester = self._with_retries(
                        lambda: MPRester(
                            api_key=self.key.value, endpoint=self.endpoint,
                            use_document_model=False, session=self._session,
                            mute_progress_bars=True, notify_db_version=False,
                        )
                    )  # fmt: skip
                # The routes are made when first named, which two threads must not do at once.
                _ = self._rester.materials.thermo, self._rester.materials.summary
            return self._rester

    @contextmanager
    def _warnings_as_notes(self) -> Iterator[None]:
        """Warnings of mp-api become notes of the manifest; for one thread at a time."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield
        messages = (str(w.message) for w in caught if w.category.__name__ == "MPRestWarning")
        self.notes.extend(text for text in messages if text not in self.notes)

    def _complete(self, documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The documents, if they are as many as the server counted and each is there once.

        mp-api ends silently at an empty page, and pages overlap while the database changes.
        """
        ids = {document["material_id"] for document in documents}
        if len(documents) != self._seen.total or len(ids) != len(documents):
            raise _TransientError(f"{len(ids)} of {self._seen.total} documents")
        return documents

    def _with_retries(self, request: Callable[[], T]) -> T:
        """What ``request`` returns, repeated until it returns or the retries end."""
        import tenacity

        again = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TransientError),
            stop=lambda state: state.attempt_number >= self._limit(state),
            wait=self._wait,
            before_sleep=self._report_waiting,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            answer: T = again(self._attempt, request)
            return answer
        except _TransientError as error:
            raise InputError(
                f"the Materials Project at {self.endpoint} did not answer: {error}, "
                f"{again.statistics['attempt_number']} times; finished parts are kept, so run the "
                "same command again later"
            ) from None

    def _limit(self, state: Any) -> int:
        """How often this question is asked at most."""
        connected = self._answered or state.outcome.exception().connected
        contacts = self.retries.attempts if connected else self.retries.contacts
        return min(self.retries.attempts, contacts)

    def _report_waiting(self, state: Any) -> None:
        self.say(
            f"the Materials Project did not answer ({state.outcome.exception()}); asked again in "
            f"{state.upcoming_sleep:.0f} s, time {state.attempt_number + 1} of {self._limit(state)}"
        )

    def _sleep(self, seconds: float) -> None:
        sleep = self.retries.sleep
        (self._stopped.wait if sleep is None else sleep)(seconds)
        if self._stopped.is_set():
            raise InputError("the fetch was stopped; run the same command to go on")

    def _wait(self, state: Any) -> float:
        """Exponential back-off with jitter, or the wait requested by the server, if longer."""
        error = state.outcome.exception()
        if error.retry_after > LONGEST_RETRY_AFTER:
            raise InputError(
                f"the Materials Project requests a wait of {error.retry_after:.0f} s; finished "
                "parts are kept, so run the same command again then"
            )
        first, longest = self.retries.first, self.retries.longest
        backoff: float = min(longest, first * 2.0 ** (state.attempt_number - 1))
        return max(float(error.retry_after), backoff) + random.uniform(0, first)

    def _attempt(self, request: Callable[[], T]) -> T:
        """One try; a failure becomes one that may pass, or one line that ends the fetch."""
        from requests import RequestException

        # Not imported before the first question to mp-api, and then raised by it alone.
        mp_api = sys.modules.get("mp_api.client.core.exceptions")
        refusals: tuple[type[Exception], ...] = () if mp_api is None else (mp_api.MPRestError,)
        unread: tuple[type[Exception], ...] = (OSError, *_of_tables())
        try:
            answer = request()
            self._answered = True
            return answer
        except RefusedError as refused:
            self._answered = True
            raise self._status_error(refused) from None
        except TooLongError:
            raise InputError(
                f"{self.endpoint} answered with more than {LARGEST // 2**20} MB to one question, "
                "too much for what was asked; is it the Materials Project?"
            ) from None
        except RequestException as error:
            raise self._connection_error(error) from None
        except refusals as error:
            if isinstance(error.__context__, RequestException):
                raise self._connection_error(error.__context__) from None
            text = str(error).replace(self.key.value, "(key)").split("\n")[0]
            raise InputError(f"mp-api cannot query the Materials Project: {text}") from None
        except unread as error:
            reason = " ".join(str(error).split())[:160] or type(error).__name__
            raise InputError(
                f"the phase diagrams of the Materials Project cannot be read from its object store "
                f"({type(error).__name__}: {reason}); run the same command again later, or take "
                "thermo type GGA_GGA+U, which does not need them"
            ) from None
        except (ValueError, KeyError, TypeError) as error:
            if isinstance(error, InputError):
                raise
            raise _TransientError(f"an answer that is cut short ({type(error).__name__})") from None

    def _connection_error(self, error: Exception) -> Exception:
        """A failure of the connection: one that may pass, or one that asking again cannot mend."""
        from requests import exceptions

        name = type(error).__name__
        if isinstance(error, exceptions.TooManyRedirects):
            return InputError(
                f"the server at {self.endpoint} redirects without end; is it the Materials Project?"
            )
        if isinstance(error, exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
            return InputError(
                f"the certificate of {self.endpoint} cannot be verified; check the address, the "
                "clock of this machine and its certificates"
            )
        if isinstance(error, ValueError):  # the address, a header or a proxy that cannot be one
            return InputError(
                f"the server at {self.endpoint} cannot be asked ({name}); check the address, where "
                "it redirects to, and the proxy"
            )
        connected = not isinstance(error, exceptions.ConnectionError)
        return _TransientError(name, connected=connected)

    def _status_error(self, refused: RefusedError) -> Exception:
        if refused.status in (401, 403):
            return InputError(
                f"the Materials Project refuses the key from {self.key.source} "
                f"(HTTP {refused.status}); compare it with {WHERE}; if it is right, the service "
                "blocks this address for a while"
            )
        if refused.status in (408, 425, 429) or refused.status >= 500:
            return _TransientError(f"HTTP {refused.status}", refused.retry_after)
        return InputError(
            f"the Materials Project does not take the question (HTTP {refused.status}); "
            "update mp-api, the service may have changed"
        )


def _of_tables() -> tuple[type[Exception], ...]:
    """Errors of the library that reads the tables of phase diagrams, once mp-api has loaded it."""
    tables = sys.modules.get("deltalake.exceptions")
    return () if tables is None else (tables.DeltaError,)


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):  # it is there and blocked
        return False


def _excluded_elements(elements: Sequence[str]) -> list[str]:
    """The commonest other elements, as many as the server takes."""
    chosen: list[str] = []
    for symbol in COMMON:
        if symbol not in elements and len(",".join([*chosen, symbol])) <= EXCLUDED:
            chosen.append(symbol)
    return chosen
