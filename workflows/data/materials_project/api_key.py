"""The API key of the Materials Project: found, sent, never shown."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from interfaces.errors import InputError
from workflows.io.credentials import credential_in

ADDRESS = "MP_API_ENDPOINT"  #: the environment variable, which mp-api reads too
DEFAULT_ADDRESS = "https://api.materialsproject.org/"
ENVIRONMENT, SETTING = "MP_API_KEY", "PMG_MAPI_KEY"
WHERE = "https://materialsproject.org/api"
SHAPE = re.compile(r"[A-Za-z0-9]{32}")


@dataclass(frozen=True)
class Key:
    """A key and where it was found; only the place may be told."""

    source: str
    value: str = field(repr=False)


def find_key(api_key: str | None = None) -> Key:
    """Key that was given, else of the environment, else of pymatgen's settings.

    Raises
    ------
    InputError
        If there is none, or it cannot be one (a stray quote or line end would otherwise come back
        in the text of an error).
    """
    key = _first_found(api_key)
    value = key.value.strip()
    if not SHAPE.fullmatch(value):
        raise InputError(
            f"the key in {key.source} is not 32 letters and digits; copy it again from {WHERE}"
        )
    return Key(key.source, value)


def _first_found(api_key: str | None) -> Key:
    if api_key:
        return Key("the argument api_key", api_key)
    if value := os.environ.get(ENVIRONMENT):
        return Key(f"the environment variable {ENVIRONMENT}", value)
    from pymatgen.core import SETTINGS

    if value := SETTINGS.get(SETTING):
        return Key(f"{SETTING} of pymatgen's settings", str(value))
    raise InputError(
        f"no key for the Materials Project: neither {ENVIRONMENT} nor pymatgen's {SETTING} is set; "
        f"get one at {WHERE} and export {ENVIRONMENT}=YOUR_KEY; without a key: "
        "interfaces fetch --matbench --out mp2019"
    )


def check_address(address: str) -> str:
    """Return the address of a server, if it can be one and holds no secret: results name it.

    It is refused rather than stripped, as a server with a password would refuse every
    question without it. The address is not repeated.

    Raises
    ------
    InputError
        If it holds a user name, a password, a query or a fragment, is not of http or https, or
        names no host.

    Examples
    --------
    >>> check_address("https://api.materialsproject.org/")
    'https://api.materialsproject.org/'
    """
    try:
        parts = urlsplit(address)
        secret = "@" in parts.netloc or parts.query or parts.fragment
    except ValueError:  # half an IPv6 address
        secret = True  # unreadable, so perhaps one
    if secret or credential_in(address):
        raise InputError(
            f"the address of the Materials Project ({ADDRESS}) must be a server alone, such as "
            "https://host/, without a user name, password or query: it is written into results, "
            f"and the key is taken from {ENVIRONMENT}"
        )
    try:
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is not a number
        usable = False
    if not usable or not address.isprintable() or " " in address:
        shown = "what it holds, not shown here," if "@" in address else repr(address[:80])
        raise InputError(
            f"the address of the Materials Project ({ADDRESS}): {shown} is not an address of a "
            f"server; give one such as {DEFAULT_ADDRESS}, or unset it"
        )
    return address
