"""Bounded readers of text, JSON and YAML: each failure is one line, and harmful files are refused.

Every file of a user is read by a function of this module, with a largest size. A file of a few
kilobytes that unpacks to gigabytes, or is nested a million deep, is refused.
"""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from interfaces.errors import InputError
from workflows.io.outputs import note_input

if TYPE_CHECKING:
    import yaml

#: First bytes of a packed file, and what unpacks it.
PACKERS: dict[bytes, Callable[[IO[bytes]], Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ": lzma.open,
}
UNPACKING = (OSError, EOFError, zlib.error, lzma.LZMAError)  #: errors of a damaged packed file
LARGEST = 2**30  #: bytes of a text, unpacked
#: Text packs to a third or a tenth, the most monotonous to a fiftieth; a gzip file can hold a
#: thousand times its size.
PACKED_AT_MOST = 200
ALWAYS = 2**24  #: bytes that may be unpacked whatever they were packed from
CHUNK = 2**20
LINES_CHUNK = 2**16  #: a gzip file that ends early loses what it holds of its last chunk
LARGEST_YAML = 2**20  #: bytes; what people write by hand has some kilobytes
#: A number of YAML as everyone reads it. YAML 1.1 also has -2_0 for -20, 010 for 8, 1:30 for 90.
_PLAIN_NUMBER = re.compile(
    r"[-+]?(?:0|[1-9][0-9]*)|[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    re.ASCII,
)
DEEPEST_YAML = 32  #: blocks within blocks
TEXT_TAG = "tag:yaml.org,2002:str"
_EXPONENT = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]{1,3}", re.ASCII)
NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
LONGEST_NAME = 180  #: bytes of a file's name; 255 are possible, and endings are added


def plain_name(what: str, name: str) -> str:
    """Check the name of a file or folder that a user chose.

    Parameters
    ----------
    what : kind of name, for the message.
    name : without a path.

    Returns
    -------
    str
        The same name.

    Raises
    ------
    InputError
        If it is a path, is hidden, reads as an option, is too long or has unprintable characters.

    Examples
    --------
    >>> plain_name("run name", "ncm811")
    'ncm811'
    """
    stays = name.isprintable() and not {"/", "\\"} & set(name) and name[:1] not in ("", ".", "-")
    if not stays or name != name.strip() or len(name.encode(errors="replace")) > LONGEST_NAME:
        shown = repr(name) if len(name) <= LONGEST_NAME else f"of {len(name)} characters"
        raise InputError(
            f"{what} {shown} must be a plain folder name: no path, no dot or dash in front, at "
            f"most {LONGEST_NAME} bytes"
        )
    return name


class _Counted:
    """A packed stream that ends where its size is no longer that of a text."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self._path, self._stream = path, stream
        self._most = min(LARGEST, max(ALWAYS, PACKED_AT_MOST * path.stat().st_size))
        self._met = 0

    def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes; never more than are allowed."""
        left = self._most - self._met + 1
        data = self._stream.read(left if size < 0 else min(size, left))
        self._met += len(data)
        if self._met > self._most:
            raise InputError(
                f"{self._path} unpacks to more than {self._most // 2**20} MB, too much for what "
                "it is; give it unpacked if it is right"
            )
        return data


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading piece by piece, unpacked if it is packed (gzip, bzip2, xz).

    Parameters
    ----------
    path : of the file; packing is recognised by its first bytes.

    Yields
    ------
    IO of bytes
        Ends with an error where a packed file unpacks to far more than text would.

    Raises
    ------
    InputError
        If it is not a regular file, cannot be opened, or unpacks to too much.
    """
    if path.exists() and not path.is_file():  # a pipe would wait for ever
        kind = "a folder" if path.is_dir() else "no regular file"
        raise InputError(f"cannot read {path}: it is {kind}")
    try:
        plain = path.open("rb")
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read {path}: {_reason(error)}") from None
    note_input(path)
    with plain:
        unpack = _unpacker(plain)
        if unpack is not None:
            with unpack(plain) as stream:
                yield _Counted(path, stream)  # type: ignore[misc]
        else:
            yield plain


def _unpacker(file: IO[bytes]) -> Callable[[IO[bytes]], Any] | None:
    """What unpacks a file, from its first bytes; None if it is not packed."""
    first = file.read(max(map(len, PACKERS)))
    file.seek(0)
    return next((unpack for magic, unpack in PACKERS.items() if first.startswith(magic)), None)


def read_bytes(path: Path, most: int = LARGEST) -> bytes:
    """Read a file, unpacked if it is packed.

    Parameters
    ----------
    path : of the file.
    most : largest size [bytes], unpacked.

    Raises
    ------
    InputError
        If it cannot be read, or is larger.
    """
    pieces, size = [], 0
    try:
        with opened(path) as stream:
            while piece := stream.read(CHUNK):
                pieces.append(piece)
                size += len(piece)
                if size > most:
                    raise InputError(
                        f"{path} holds more than {most // 2**20} MB, too much for what it is"
                    )
    except UNPACKING as error:
        raise InputError(f"cannot read {path}: {_reason(error)}") from None
    return b"".join(pieces)


def read_text(path: Path, most: int = LARGEST) -> str:
    """Read a UTF-8 text file, unpacked if it is packed, without a byte-order mark.

    Parameters
    ----------
    path : of the file.
    most : largest size [bytes], unpacked.

    Raises
    ------
    InputError
        If it cannot be read, is not UTF-8, or is larger.
    """
    try:
        return read_bytes(path, most).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"cannot read {path}: {error}") from None


def lines_of(path: Path) -> Iterator[bytes]:
    """Lines of a file without their ends, unpacked, read as far as needed.

    Parameters
    ----------
    path : of the file.

    Yields
    ------
    bytes
        A line. The last one is what follows the last line end: empty if the file ends with one,
        else a line that was cut off (or whose end its program never writes).

    Raises
    ------
    InputError
        As :func:`opened`.
    """
    rest = b""
    with opened(path) as stream:
        while piece := stream.read(LINES_CHUNK):
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
    yield rest


def check_packed(path: Path) -> None:
    """Refuse a packed file that unpacks to far more than text would, for another reader.

    Parameters
    ----------
    path : of the file; a plain file passes.

    Raises
    ------
    InputError
        If it unpacks to too much, or ends early.
    """
    note_input(path)
    with path.open("rb") as file:
        packed = _unpacker(file) is not None
    if packed:
        try:
            with opened(path) as stream:
                while stream.read(CHUNK):
                    pass
        except UNPACKING as error:
            raise InputError(f"cannot read {path}: {_reason(error)}") from None


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Parameters
    ----------
    path : of the file, plain or packed.

    Raises
    ------
    InputError
        If it cannot be read, or is not JSON.
    """
    return parse_json(read_text(path), path.name)


def parse_json(text: str, name: str) -> Any:
    """Parse JSON.

    Parameters
    ----------
    text : the JSON.
    name : of its file, for messages.

    Raises
    ------
    InputError
        If it is not JSON, is nested too deep, repeats a key, or has a number of too many digits.
    """
    try:
        return json.loads(text, object_pairs_hook=unique_keys)
    except RecursionError:
        raise InputError(f"{name} is not JSON that can be read: it is nested too deep") from None
    except ValueError as error:  # of digits, too
        raise InputError(f"{name} is not JSON: {error}") from None


def unique_keys(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Build a JSON object, refusing repeated keys: ``json.loads``'s ``object_pairs_hook``.

    Parameters
    ----------
    pairs : keys with values.

    Raises
    ------
    ValueError
        If a key is repeated: ``json`` alone would keep the last and drop the others.

    Examples
    --------
    >>> unique_keys([("a", 1), ("b", 2)])
    {'a': 1, 'b': 2}
    """
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:40]!r} is named twice")
    return made


def read_yaml(path: Path, *, texts: bool = False) -> Any:
    """Read a YAML file of plain values.

    Only plain values are built, whatever a tag says. A file that refers to itself (aliases, of
    which a few lines make gigabytes), repeats a key or nests deep is refused.

    Parameters
    ----------
    path : of the file.
    texts : keep every value as the text that is written.

    Raises
    ------
    InputError
        If it cannot be read, or is not YAML of this kind.
    """
    import yaml

    text = read_text(path, LARGEST_YAML)
    plain = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader is ten times faster
    texts_only = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    loader = (texts_only if texts else plain)(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check_nodes(node, path.name)
        if not texts:
            _check_numbers(node, path.name)
        return loader.construct_document(node)
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date of month 13
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name} is not YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise InputError(f"{path.name} is not YAML that can be read: it nests too deep") from None
    finally:
        loader.dispose()


def _check_nodes(root: yaml.Node, name: str) -> None:
    """Refuse what refers to itself, nests deep or names a key twice."""
    import yaml

    visited: set[int] = set()
    waiting = [(root, 0)]
    while waiting:
        node, depth = waiting.pop()
        line = node.start_mark.line + 1
        if id(node) in visited:
            raise InputError(f"{name} line {line}: aliases are not taken; write the value out")
        if depth > DEEPEST_YAML:
            raise InputError(f"{name} line {line}: nested more than {DEEPEST_YAML} deep")
        visited.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += [(child, depth + 1) for child in node.value]
        elif isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(keys) < len(node.value):
                raise InputError(f"{name} line {line}: a key must be a word")
            if len(set(keys)) < len(keys):
                twice = next(key for key in keys if keys.count(key) > 1)
                raise InputError(f"{name} line {line}: {twice!r} is repeated")
            waiting += [(child, depth + 1) for _, child in node.value]


def _check_numbers(root: yaml.Node, name: str) -> None:
    """Read 1e3 as a number, which YAML 1.2 does; refuse what YAML reads as no person does."""
    import yaml

    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            waiting += [part for pair in node.value for part in pair]
        elif not isinstance(node, yaml.ScalarNode):
            continue
        elif node.tag == TEXT_TAG and not node.style and _EXPONENT.fullmatch(node.value):
            node.tag = NUMBER_TAGS[1]
        elif node.tag in NUMBER_TAGS and not _PLAIN_NUMBER.fullmatch(node.value):
            raise InputError(
                f"{name} line {node.start_mark.line + 1}: {node.value[:40]!r} is not a plain "
                "decimal number; write 1000 or 0.3, or quote it if it is text"
            )


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or "it ends early"
