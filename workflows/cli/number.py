"""Numbers on the command line, read by the same rule as in files: ``4_3`` is an error, not 43."""

from __future__ import annotations

from typing import Any

import click

from interfaces.chemistry.numbers import read_number


class Number(click.types.FloatParamType):
    """A decimal number."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Convert the text of an option; a default is already a number."""
        if isinstance(value, int | float):
            return float(value)
        try:
            return read_number(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Temperature(click.types.StringParamType):
    """A temperature [K], written as 973, 973K or 700C."""

    name = "temperature"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Any:
        """Read the text of an option."""
        from workflows.analyses.conditions import read_temperature

        return read_temperature(str(value))


class Voltage(Number):
    """A voltage [V], written as 4.3 or 4.3V."""

    name = "voltage"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Read the text of an option; other units are refused."""
        word = str(value).strip()
        if word.lower().endswith("mv"):
            self.fail(f"{word!r} is in millivolt; write volts, e.g. 4.3 or 4.3V", param, ctx)
        return super().convert(word.removesuffix("V").rstrip(), param, ctx)


NUMBER = Number()
VOLTAGE = Voltage()
TEMPERATURE = Temperature()
