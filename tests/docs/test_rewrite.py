"""Outputs of a page are rewritten with what is printed, and what is left out stays so."""

from __future__ import annotations

from pathlib import Path

from tests.docs.rewrite import renewed, rewrite

PAGE = """\
# A page with 3 in its prose

```console
$ seq 8 12
1
...
5
$ echo 1; echo two; false  # status 1
0
two
$ seq 1 2 > file
```

```python
>>> 40 + 2
41
>>> sum(range(5))
10
```
"""


def test_a_page_shows_what_is_printed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert rewrite(page) == []
    assert page.read_text() == PAGE.replace("\n1\n...\n5\n", "\n8\n...\n12\n").replace(
        "\n0\ntwo", "\n1\ntwo"
    ).replace("\n41\n", "\n42\n")
    assert rewrite(page) == []


def test_a_changed_status_is_told_and_left(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ false\nx\n```\n")
    (problem,) = rewrite(page)
    assert "status 1, promised 0" in problem
    assert "$ false\nx\n" in page.read_text()


def test_runs_of_lines_move_to_those_they_resemble() -> None:
    printed = "head 1\nLi2S 0.5\nLi3P 0.25\nnote: new\nLiCl 0.7\ntail 9\n"
    assert renewed(("head 0", "...", "LiCl 0.1", "..."), printed) == [
        "head 1", "...", "LiCl 0.7", "...",
    ]  # fmt: skip
    assert renewed(("...", "a", "b", "c", "d", "e", "f", "g"), printed) is None
