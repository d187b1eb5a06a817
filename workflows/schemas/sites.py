"""Site files. All values are read as text."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from interfaces.errors import InputError
from workflows.schemas.base import Document, Row


def _names(value: Any) -> Any:
    return {} if value in ("", None) else value


def _lines(value: Any) -> Any:
    return () if value in ("", None) else value


def _whole(value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[1-9][0-9]{0,8}", value):
        raise InputError("it must be a whole number above 0")
    return int(value)


Names = Annotated[dict[str, Any], BeforeValidator(_names), Field(default_factory=dict)]


class SiteFile(Document):
    """A site; which texts may stand in it is checked by :mod:`workflows.submit.site`."""

    name: Any = None
    directives: Names
    before: Annotated[Row[Any], BeforeValidator(_lines)] = ()
    environment: Names
    command: Any = ""
    vasp: Any = ""
    vasp_gamma: Any = ""
    scratch: Any = ""
    project: Any = ""
    worker: Any = ""
    steps: Names
    at_once: Annotated[int | None, BeforeValidator(_whole)] = None
