"""A small equal-area world map.

Only what this book needs: the Equal Earth projection and filled outlines from the table
``world_borders``. All borders are drawn alike, disputed or not; areas without a value are hatched,
never coloured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bridgebook.page import charts

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SERIES = (1.340264, -0.081106, 0.000893, 0.003796)
"""Coefficients of the Equal Earth projection (`savric2019`), for powers 1, 3, 7 and 9."""

ENCLAVES = ("LSO",)
"""Areas that lie inside another one, whose hole the table ``world_borders`` leaves out."""

HATCH = "//////"
DOT = 15
"""Area of the dot that represents a state too small to draw, in square points."""

Values = NDArray[np.float64]


def equal_earth(lon: Any, lat: Any) -> tuple[Values, Values]:
    """Project longitude and latitude so that equal areas on the globe are equal on the map.

    Parameters
    ----------
    lon, lat
        Degrees, numbers or arrays of one shape; longitude from -180 to 180, latitude -90 to 90.

    Returns
    -------
    tuple of arrays
        ``x`` and ``y`` on a globe of radius 1; the whole map covers its surface, 4π.

    """
    a1, a2, a3, a4 = SERIES
    theta = np.arcsin(np.sqrt(3) / 2 * np.sin(np.radians(lat)))
    y = a1 * theta + a2 * theta**3 + a3 * theta**7 + a4 * theta**9
    slope = a1 + 3 * a2 * theta**2 + 7 * a3 * theta**6 + 9 * a4 * theta**8
    x = 2 / np.sqrt(3) * np.radians(lon) * np.cos(theta) / slope
    return x, y


def draw(ax: Axes, borders: pd.DataFrame, fill: Mapping[str, str]) -> None:
    """Draw all areas; those with a colour are filled with it, the others hatched.

    Parameters
    ----------
    ax
        Where; its axes are switched off.
    borders
        Rows of the table ``world_borders``.
    fill
        Colour by code of the area. Codes without an outline or place are ignored.

    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    x, y = equal_earth(borders["lon"], borders["lat"])
    placed = borders.assign(x=x, y=y)
    outlines = placed[placed["ring"] > 0]
    colours = outlines["area"].map(dict(fill)).fillna("")
    # Enclaves such as Lesotho come last, to lie on top of their neighbours.
    layer = outlines["area"].isin(ENCLAVES)
    for (_, colour), rows in outlines.groupby([layer, colours], sort=True):
        rings = [_closed(ring[["x", "y"]].to_numpy()) for _, ring in rows.groupby(["area", "ring"])]
        look = {"facecolor": colour} if colour else {"facecolor": charts.AREA_LIGHT, "hatch": HATCH}
        edge = charts.PAPER if colour else charts.FAINT
        shape = Path.make_compound_path(*rings)
        ax.add_patch(PathPatch(shape, linewidth=0.4, edgecolor=edge, **look))
    dots = placed[(placed["ring"] == 0) & placed["area"].isin(list(fill))]
    tints = dots["area"].map(dict(fill)).tolist()
    ax.scatter(dots["x"], dots["y"], s=DOT, c=tints, edgecolors=charts.PAPER, lw=0.4, zorder=3)
    ax.set(xlim=(-2.75, 2.75), ylim=(-1.15, 1.35), aspect="equal")
    ax.axis("off")


def _closed(points: Values) -> Any:
    """Path around a ring whose last point is joined to the first."""
    from matplotlib.path import Path

    return Path(np.vstack([points, points[:1]]), closed=True)
