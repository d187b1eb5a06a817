"""Weight, first paint and latency of the report of the main job: 33 curves, maps and windows.

    python benchmarks/report.py RUN [REPEATS]

RUN is a folder that ``interfaces run inputs/ncm811.yaml`` wrote. The page is made, loaded from its
file in a headless Chromium (installed with apt-get where it is missing) REPEATS times (5), and
moved by real events. A latency goes from before an event until the frame after it is ready to be
painted; it holds the wait for that frame, up to 17 ms. Medians; the slowest in brackets.
"""

from __future__ import annotations

import gzip
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.workflows.report.chromium import Browser
from workflows.report.page import write_report

SLIDER = """new Promise(done => {
  const one = document.getElementById('%s'), from = performance.now();
  one.value = %s; one.dispatchEvent(new Event('input'));
  const drawn = performance.now() - from;
  requestAnimationFrame(() => setTimeout(() => done([drawn, performance.now() - from])));
})"""
HOVER = """new Promise(done => {
  const one = document.querySelector('%s'), box = one.getBoundingClientRect();
  const from = performance.now();
  one.dispatchEvent(new PointerEvent('pointermove', {
    clientX: box.x + box.width * %s, clientY: box.y + box.height * %s, bubbles: true}));
  const drawn = performance.now() - from;
  requestAnimationFrame(() => setTimeout(() => done([drawn, performance.now() - from])));
})"""


def told(name: str, values: list[float], unit: str = "ms") -> None:
    print(f"{name:<46} {statistics.median(values):8.1f} {unit} ({max(values):.1f})")


def main(run: Path, repeats: int = 5) -> None:
    """Print what there is to know of one report."""
    with tempfile.TemporaryDirectory() as folder:
        start, cpu = time.perf_counter(), time.process_time()
        path = write_report(run, Path(folder) / "report.html")
        text = path.read_bytes()
        print(
            f"made in {time.perf_counter() - start:.1f} s ({time.process_time() - cpu:.1f} s CPU), "
            f"{len(text) / 1e6:.2f} MB, {len(gzip.compress(text)) / 1e6:.2f} MB gzipped"
        )
        browser = Browser(Path(folder) / "profile")
        try:
            loads, moves = [], []
            for _ in range(repeats):
                page = browser.page()
                page.open(path)
                loads.append(load(page))
                moves.append({name: page.run(script) for name, script in scripts().items()})
                page.close()
        finally:
            browser.close()
    for name in loads[0]:
        told(name, [document[name] for document in loads])
    for name in moves[0]:
        told(f"{name}: drawn", [move[name][0] for move in moves])
        told(f"{name}: next frame", [item[name][1] for item in moves])


def load(page) -> dict[str, float]:
    """Times of a load since it began [ms]."""
    return page.run(
        """(() => {
          const paint = Object.fromEntries(performance.getEntriesByType('paint')
            .map(one => [one.name, one.startTime]));
          const [at] = performance.getEntriesByType('navigation');
          return {
            'first paint': paint['first-paint'],
            'first contentful paint': paint['first-contentful-paint'],
            'document read, first figure drawn': at.domContentLoadedEventEnd,
            'everything drawn': Number(document.documentElement.dataset.readyAt),
          };
        })()"""
    )


def scripts() -> dict[str, str]:
    """Name -> what is done, and timed, on the page."""
    return {
        "slider, Li content (3 curves)": SLIDER % ("curves-state", 4),
        "slider, voltage (open curve)": SLIDER % ("maps-1-voltage", 34),
        "slider, Li content of the map": SLIDER % ("maps-1-state", 2),
        "pointer on a curve (reaction)": HOVER % ("#plot-curves .nsewdrag", 0.4, 0.5),
        "pointer on the map (products)": HOVER % ("#plot-maps-1 .nsewdrag", 0.4, 0.5),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:3]))
