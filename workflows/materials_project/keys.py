"""The user's key: found, sent, never shown."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from interfaces.errors import InputError

ENVIRONMENT, SETTING = "MP_API_KEY", "PMG_MAPI_KEY"
WHERE = "https://materialsproject.org/api"
SHAPE = re.compile(r"[A-Za-z0-9]{32}")


@dataclass(frozen=True)
class Key:
    """A key and where it was found; only the place may be told."""

    source: str
    value: str = field(repr=False)


def find_key(given: str | None = None) -> Key:
    """Key that was given, else of the environment, else of pymatgen's settings.

    Raises
    ------
    InputError
        If there is none, or it cannot be one (a stray quote or line end would otherwise come back
        in the text of an error).
    """
    found = _first_found(given)
    value = found.value.strip()
    if not SHAPE.fullmatch(value):
        raise InputError(
            f"the key in {found.source} is not 32 letters and digits; copy it again from {WHERE}"
        )
    return Key(found.source, value)


def _first_found(given: str | None) -> Key:
    if given:
        return Key("the argument api_key", given)
    if value := os.environ.get(ENVIRONMENT):
        return Key(f"the environment variable {ENVIRONMENT}", value)
    from pymatgen.core import SETTINGS

    if value := SETTINGS.get(SETTING):
        return Key(f"{SETTING} of pymatgen's settings", str(value))
    raise InputError(
        f"no key for the Materials Project: neither {ENVIRONMENT} nor pymatgen's {SETTING} is set; "
        f"get one at {WHERE}, or use the data set of 2019 that needs none (matbench_mp_e_form)"
    )
