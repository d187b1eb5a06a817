"""Tables of Gibbs energies against temperature, read down to 298.15 K."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

ROOM = 298.15  #: K, where thermochemical tables begin; pymatgen's begin at 300 K


def covers(table: Mapping[str, object], temperature: float) -> bool:
    """Whether a temperature [K] lies between 298.15 K and the last one of a table.

    Parameters
    ----------
    table : keys are temperatures [K] as strings.
    temperature : temperature [K].

    Returns
    -------
    bool
        Whether the table can be interpolated there.
    """
    return ROOM <= temperature <= max(map(float, table))


def tabulated(table: Mapping[str, float], temperature: float) -> float:
    """Value of a table at a temperature.

    Between tabulated temperatures it is linear; the line of the lowest two goes on to 298.15 K. The
    1.85 K below 300 K leave an error of about 0.1 meV/atom. pymatgen books the value of 300 K at
    0 K as well, which is not used.

    Parameters
    ----------
    table : temperature [K], as text, -> energy [eV].
    temperature : [K], from 298.15; see `covers`.

    Returns
    -------
    float
        Interpolated value, in the unit of the table.

    Examples
    --------
    >>> table = {"0": -1.0, "300": -1.0, "400": -1.2, "500": -1.5}
    >>> round(tabulated(table, 350), 6), round(tabulated(table, 298.15), 6)
    (-1.1, -0.9963)
    """
    known = sorted((float(kelvin), value) for kelvin, value in table.items() if float(kelvin) > 0)
    kelvins, values = (np.array(column) for column in zip(*known, strict=True))
    if temperature < kelvins[0]:
        slope = (values[1] - values[0]) / (kelvins[1] - kelvins[0])
        return float(values[0] + slope * (temperature - kelvins[0]))
    return float(np.interp(temperature, kelvins, values))
