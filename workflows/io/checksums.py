"""JSON files that say whether they are as they were written: their last key is a SHA-256.

It is of every byte before it, so that no byte can change unseen: not a digit, nor white space.
Files without it were written by earlier versions; whether they are taken is up to the reader.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from workflows.io.readers import unique_keys

SEAL = "seal"
_TAIL = ',\n "' + SEAL + '": "{}"\n}}\n'
LENGTH = len(_TAIL.format("0" * 64))


def sealed(text: str) -> str:
    """The text of a JSON object, with its seal as the last key.

    >>> data, seal = parsed(sealed('{"energy": -2.0}').encode())
    >>> data, seal
    ({'energy': -2.0}, True)
    """
    body = text.rstrip().removesuffix("}").rstrip()
    return body + _tail(body.encode())


def parsed(data: bytes) -> tuple[dict[str, Any], bool]:
    """The object that a file holds, without its seal, and whether it had one.

    Raises
    ------
    ValueError
        If it is no JSON object that can be read, or is not as it was sealed.
    """
    try:
        content = json.loads(data.decode("utf-8"), object_pairs_hook=unique_keys)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(content, dict):
        raise ValueError("it is no object")
    if SEAL not in content:
        return content, False
    if data[-LENGTH:] != _tail(data[:-LENGTH]).encode():
        raise ValueError("it is not as it was written: truncated or edited")
    del content[SEAL]
    return content, True


def _tail(body: bytes) -> str:
    return _TAIL.format(hashlib.sha256(body).hexdigest())
