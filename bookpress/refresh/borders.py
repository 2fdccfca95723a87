"""Outlines of countries for small maps, from Natural Earth as the npm package world-atlas ships it.

The package holds TopoJSON: lines (*arcs*) that neighbours share, each written once as steps on a
grid, and areas as lists of arcs. Lines are thinned out before areas are put together, so that
neighbours keep one common border.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bookpress.refresh.builders import Inputs, builder
from bookpress.refresh.upstream import RefreshError

SMALL = "world_atlas/countries-110m.json"
LARGE = "world_atlas/countries-10m.json"

LEAST_TRIANGLE = 0.9
"""A point goes if the triangle with its neighbours is smaller, square degrees at its latitude:
invisible on a map five inches wide."""

DIGITS = 1
"""Decimals of a degree that are kept: a tenth is 11 km, a third of a pixel on such a map."""

FINE_DIGITS = 3
"""Decimals while the middle of a small state is sought; Monaco would vanish otherwise."""

LEFT_OUT = ("ATA",)
"""Antarctica: no state, and a third of the points."""

BY_NAME = {"Kosovo": "XKX", "N. Cyprus": "XNC", "Somaliland": "XSL"}
"""Areas that the source draws without a code."""

BY_NUMBER = {158: "TWN", 238: "FLK", 260: "ATF", 540: "NCL", 732: "ESH"}
"""ISO 3166-1 numbers that the table ``countries`` does not list."""

CRIMEA = {"drawn_in": "RUS", "lon": (32, 37), "lat": (44, 46.5)}
"""The source draws Crimea as a part of Russia; the table keeps it apart, as XCR."""

Points = NDArray[np.float64]


@builder("world_borders", reads=[SMALL, LARGE], needs=["countries"])
def world_borders(inputs: Inputs) -> pd.DataFrame:
    """Rings of all areas at 1:110 million, and one point for members too small for that scale."""
    countries = inputs.table("countries").dropna(subset=["m49"])
    codes = dict(zip(countries["m49"].astype(int), countries["iso3"], strict=True)) | BY_NUMBER
    small = inputs.json(SMALL)
    rings = list(_rings(small, SMALL, codes, LEAST_TRIANGLE, DIGITS))
    drawn = {area for area, _ in rings}
    unnamed = sorted({name for area, name in _names(small, codes) if not area})
    if unnamed:
        raise RefreshError(f"{SMALL}: no code for {', '.join(unnamed)}; add it to BY_NAME")
    members = set(countries.loc[countries["kind"] == "un_member", "iso3"])
    fine = _rings(inputs.json(LARGE), LARGE, codes, 0, FINE_DIGITS)
    tiny = [(area, ring) for area, ring in fine if area in members - drawn]
    lost = sorted(members - drawn - {area for area, _ in tiny})
    if lost:
        raise RefreshError(f"{LARGE} has no area for {', '.join(lost)}")
    places = [(area, _centre(area, tiny)) for area in sorted({area for area, _ in tiny})]
    rows = [
        (area, number, place, lon, lat)
        for area, number, ring in [*_numbered(rings), *((a, 0, p) for a, p in places)]
        for place, (lon, lat) in enumerate(ring.round(DIGITS) + 0.0, start=1)
    ]
    return pd.DataFrame(rows, columns=["area", "ring", "point", "lon", "lat"])


def _rings(
    world: dict[str, Any], path: str, codes: dict[int, str], least: float, digits: int
) -> Iterator[tuple[str, Points]]:
    """Yield the outer rings of every area with its code; holes are left out."""
    try:
        arcs = [_thinned(arc, least) for arc in _arcs(world)]
        shapes = world["objects"]["countries"]["geometries"]
    except (KeyError, TypeError) as error:
        raise RefreshError(f"{path} is not the TopoJSON it was: no {error}") from None
    for shape in shapes:
        area = _code(shape, codes)
        if area in LEFT_OUT:
            continue
        parts = shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]
        for part in parts:
            ring = _joined(part[0], arcs, digits)
            if len(ring) >= 3:
                yield ("XCR" if _is_crimea(area, ring) else area), ring


def _names(world: dict[str, Any], codes: dict[int, str]) -> Iterator[tuple[str, str]]:
    """Yield code and name of every area; the code is empty where none is known."""
    for shape in world["objects"]["countries"]["geometries"]:
        yield _code(shape, codes), str(shape["properties"]["name"])


def _code(shape: dict[str, Any], codes: dict[int, str]) -> str:
    """Code of an area; unknown dependencies of the large file get none that anybody asks for."""
    number = int(shape.get("id") or 0)
    if number == 10:
        return "ATA"
    return codes.get(number) or BY_NAME.get(shape["properties"]["name"], "")


def _arcs(world: dict[str, Any]) -> Iterator[Points]:
    """Yield lines in degrees: cumulated steps, scaled and shifted."""
    scale, shift = (np.array(world["transform"][key]) for key in ("scale", "translate"))
    for steps in world["arcs"]:
        yield np.cumsum(np.array(steps, dtype=float), axis=0) * scale + shift


def _thinned(line: Points, least: float) -> Points:
    """Drop points that bend the line least, until every bend is large enough (Visvalingam).

    The ends stay, and one bend between them, so that small areas do not collapse; a closed line
    keeps a triangle.
    """
    closed = bool(len(line) > 2 and (line[0] == line[-1]).all())
    keep = 4 if closed else 3
    while len(line) > keep:
        bends = _bends(line)
        flattest = int(bends.argmin())
        if bends[flattest] >= least:
            break
        line = np.delete(line, flattest + 1, axis=0)
    return line


def _bends(line: Points) -> Points:
    """Area of the triangle at each inner point, square degrees shrunk with latitude."""
    before, here, after = line[:-2], line[1:-1], line[2:]
    one, two = here - before, after - before
    area = np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]) / 2
    weight: Points = area * np.cos(np.radians(here[:, 1]))
    return weight


def _joined(numbers: list[int], arcs: list[Points], digits: int) -> Points:
    """Put lines together to a ring, without the repeated last point; ~n is line n backwards."""
    lines = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in numbers]
    points: Points = _unwrapped(np.vstack([line[:-1] for line in lines])).round(digits)
    moved = (points != np.roll(points, 1, axis=0)).any(axis=1)
    kept: Points = points[moved]
    return kept


def _unwrapped(points: Points) -> Points:
    """Let a ring that crosses the date line go on beyond 180 degrees instead of jumping back."""
    lon = np.unwrap(points[:, 0], period=360)
    lon = lon - 360 * np.round(lon.mean() / 360)
    return np.column_stack([lon, points[:, 1]])


def _is_crimea(area: str, ring: Points) -> bool:
    (west, east), (south, north) = CRIMEA["lon"], CRIMEA["lat"]
    lon, lat = ring[:, 0], ring[:, 1]
    inside = (lon > west) & (lon < east) & (lat > south) & (lat < north)  # type: ignore[operator]
    return area == CRIMEA["drawn_in"] and bool(inside.all())


def _centre(area: str, rings: list[tuple[str, Points]]) -> Points:
    """Middle of the largest ring of an area."""
    largest = max((ring for name, ring in rings if name == area), key=_extent)
    return np.asarray(largest.min(axis=0, keepdims=True) + largest.max(axis=0, keepdims=True)) / 2


def _extent(ring: Points) -> float:
    return float(np.ptp(ring, axis=0).prod())


def _numbered(rings: list[tuple[str, Points]]) -> Iterator[tuple[str, int, Points]]:
    """Number the rings of each area from the largest down; areas in the order of their codes."""
    ordered = sorted(rings, key=lambda entry: (entry[0], -_extent(entry[1])))
    last, number = "", 0
    for area, ring in ordered:
        number = number + 1 if area == last else 1
        last = area
        yield area, number, ring
