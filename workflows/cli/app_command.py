"""``interfaces app``: a local page that computes while a slider moves."""

from __future__ import annotations

import click


@click.command()
@click.option("--port", type=click.IntRange(1024, 65535), default=8050, show_default=True,
              help="Port on this machine (127.0.0.1); other machines cannot reach it.")  # fmt: skip
def app(port: int) -> None:
    """Open a page on this machine: choose two materials, move sliders, see the reactions.

    Needs the extra app. Stop it with Ctrl-C.

    \b
    interfaces app
    interfaces app --port 8060
    """  # noqa: D301
    from workflows.report.app.server import serve

    serve(port, lambda address: click.echo(f"{address}  (Ctrl-C stops it)"))
