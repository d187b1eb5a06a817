"""Malformed inputs: a good one, hurt in a few places, by Hypothesis and so reproducibly.

A file of noise is refused in its first line and shows little. What is nearly right reaches the
lines behind it: a value of another kind, a number that is none, a key too many, half a file.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

#: What stands in for a value of JSON or YAML.
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 10**30, -(10**30), 10**400, 1e308, -0.0, 5e-324, float("nan"),
    float("inf"), -float("inf"), "", " ", "x", "1e999", "nan", "0x10", "1_000", "\uff11", "Li\0O",
    "../../x", "/etc/passwd", "-x", "~", "Li1e400", "\uff2c\uff49", "\ufeff", "\u202e", "[bold]",
    "[/]", "%s{0}", "a" * 300, [], {}, [[]], [None], {"": None}, [1, "2", {}], {"a": {"b": []}},
    [[[[[[1]]]]]], {"@module": "os", "@class": "system"}, ["Li"] * 50, [0.0, 0.0, 0.0],
    "2020-13-45", "1:2:3",
)  # fmt: skip
#: What is put into a text.
WORDS = (
    b"", b"\0", b"\n", b"\r\n", b"\r", b",", b";", b"\t", b" ", b"\"", b"'", b"nan", b"inf",
    b"-inf", b"1e999", b"-1e999", b"1e-999", b"0", b"-1", b"99999999999999999999", b"-0.0", b"0x1F",
    b"Li1e400", b"Li0.0000000001", b"Xx", b"(", b")", b"[", b"]", b"{", b"}", b"<", b">", b"&amp;",
    b"&lol;", b"*a", b"&a", b"!!python/object:os.system", b"%", b"\xef\xbb\xbf", b"\xff",
    b"\xc3\x28", "\u0661".encode(), "\u200b".encode(), "\u202e".encode(), "\uff11".encode(), b"../",
    b"-", b"T", b"F", b"#", b"=", b":", b"- ", b"? ", b"---\n", b"...\n", b"***", b"*************",
    b"1 2 3 4 5 6 7 8 9", b"1.0 1.0", b"0.0 0.0 0.0", b"1000000000", b"Direct", b"Lattice=\"",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One wound: what is done, where (a share of the whole, in 65536ths), and with what."""

    kind: str
    at: int
    length: int
    word: int


KINDS = ("insert", "replace", "delete", "repeat", "cut", "flip", "swap", "line", "number")
TREE_KINDS = ("value", "value", "drop", "key", "wrap", "repeat")


def changes(kinds: tuple[str, ...]) -> st.SearchStrategy[list[Change]]:
    """One to four changes."""
    number = st.integers(0, 2**16 - 1)
    item = st.tuples(st.sampled_from(kinds), number, st.integers(0, 255), number)
    return st.lists(item.map(lambda values: Change(*values)), min_size=1, max_size=4)


def drawn(chance: random.Random, kinds: tuple[str, ...]) -> list[Change]:
    """The same without Hypothesis, which takes longer than most parsers: for the full size."""
    return [
        Change(
            chance.choice(kinds), chance.randrange(2**16), chance.randrange(256),
            chance.randrange(2**16),
        )
        for _ in range(chance.randint(1, 4))
    ]  # fmt: skip


def hurt_bytes(data: bytes, wounds: list[Change]) -> bytes:
    """A file with its bytes changed."""
    for wound in wounds:
        at = wound.at * (len(data) + 1) >> 16
        end = min(len(data), at + wound.length)
        word = WORDS[wound.word % len(WORDS)]
        if wound.kind == "insert":
            data = data[:at] + word + data[at:]
        elif wound.kind == "replace":
            data = data[:at] + word + data[end:]
        elif wound.kind == "delete":
            data = data[:at] + data[end:]
        elif wound.kind == "repeat":
            data = data[:end] + data[at:end] * (wound.word % 9) + data[end:]
        elif wound.kind == "cut":
            data = data[:at]
        elif wound.kind == "flip" and at < len(data):
            data = data[:at] + bytes([data[at] ^ (1 + wound.length % 255)]) + data[at + 1 :]
        elif wound.kind == "swap":
            data = data[:at] + data[at:end][::-1] + data[end:]
        elif wound.kind in ("line", "number"):
            data = _hurt_words(data, wound, word)
    return data


def _hurt_words(data: bytes, change: Change, word: bytes) -> bytes:
    """A line, or a word of a line, in place of which another stands."""
    lines = data.split(b"\n")
    k = change.at * len(lines) >> 16
    if change.kind == "line":
        lines[k : k + 1] = [word] if change.length % 3 else []
    else:
        words = lines[k].split(b" ")
        words[change.length % len(words)] = word
        lines[k] = b" ".join(words)
    return b"\n".join(lines)


def hurt_tree(tree: Any, wounds: list[Change]) -> Any:
    """A tree of plain values with some of them changed."""
    tree = json.loads(json.dumps(tree))
    for wound in wounds:
        places = list(_places(tree))
        if not places:
            break
        holder, key = places[wound.at * len(places) >> 16]
        value = copy.deepcopy(VALUES[wound.word % len(VALUES)])
        if wound.kind == "value":
            holder[key] = value
        elif wound.kind == "drop":
            del holder[key]
        elif wound.kind == "wrap":
            holder[key] = [holder[key]] if wound.length % 2 else {"x": holder[key]}
        elif isinstance(holder, dict):
            holder[str(value)[:40]] = holder[key]
        else:
            holder.append(holder[key])
    return tree


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in items:
        yield tree, key
        if isinstance(value, dict | list):
            yield from _places(value)


def malformed(
    seeds: tuple[bytes, ...],
    load: Callable[[bytes], Any] | None = None,
    dump: Callable[[Any], bytes] | None = None,
) -> st.SearchStrategy[bytes]:
    """Files that were good: by their bytes, and by their values where they can be taken apart."""
    seed = st.sampled_from(seeds)
    by_bytes = st.builds(hurt_bytes, seed, changes(KINDS))
    if load is None or dump is None:
        return by_bytes
    trees = tuple(load(item) for item in seeds)
    by_values = st.builds(
        lambda tree, wounds: dump(hurt_tree(tree, wounds)),
        st.sampled_from(trees),
        changes(TREE_KINDS),
    )
    return by_values | by_bytes | by_values


def many(
    seeds: tuple[bytes, ...],
    number: int,
    seed: int,
    load: Callable[[bytes], Any] | None = None,
    dump: Callable[[Any], bytes] | None = None,
) -> Iterator[bytes]:
    """So many files that were good, the same every time."""
    chance = random.Random(seed)
    trees = [] if load is None else [load(item) for item in seeds]
    for _ in range(number):
        if trees and dump is not None and chance.random() < 2 / 3:
            yield dump(hurt_tree(chance.choice(trees), drawn(chance, TREE_KINDS)))
        else:
            yield hurt_bytes(chance.choice(seeds), drawn(chance, KINDS))
