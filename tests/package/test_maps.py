"""The projection preserves areas, and the map leaves no state out."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridgebook.catalog import load
from bridgebook.methods import voting
from bridgebook.page import charts, maps

LON = st.floats(-180, 180)
LAT = st.floats(-89, 89)


@given(LON, LAT)
@settings(max_examples=300)
def test_areas_stay_true(lon: float, lat: float) -> None:
    """A small box on the globe covers as much on the map: the determinant is cos(latitude)."""
    step = 1e-4
    east = np.array(maps.equal_earth(lon + step, lat)) - maps.equal_earth(lon - step, lat)
    north = np.array(maps.equal_earth(lon, lat + step)) - maps.equal_earth(lon, lat - step)
    determinant = (east[0] * north[1] - east[1] * north[0]) / np.radians(2 * step) ** 2
    assert determinant == pytest.approx(np.cos(np.radians(lat)), rel=1e-4, abs=1e-6)


@given(LON, LAT, LAT)
@settings(max_examples=100)
def test_north_is_up_and_east_is_right(lon: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    if high - low > 1e-9:
        assert maps.equal_earth(lon, low)[1] < maps.equal_earth(lon, high)[1]
    if abs(lon) > 1e-9:
        assert np.sign(maps.equal_earth(lon, one)[0]) == np.sign(lon)


@given(LON, LAT)
@settings(max_examples=100)
def test_the_map_is_symmetric(lon: float, lat: float) -> None:
    x, y = maps.equal_earth(lon, lat)
    assert np.allclose(maps.equal_earth(-lon, lat), (-x, y))
    assert np.allclose(maps.equal_earth(lon, -lat), (x, -y))


def test_known_corners() -> None:
    """Size of the map as its authors and other implementations give it."""
    assert maps.equal_earth(180, 0)[0] == pytest.approx(2.70663, abs=1e-5)
    assert maps.equal_earth(0, 90)[1] == pytest.approx(1.317363, abs=1e-6)
    assert maps.equal_earth(0, 0) == (0, 0)


def area(ring: pd.DataFrame) -> float:
    x, y = maps.equal_earth(ring["lon"], ring["lat"])
    return abs(float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))) / 2 * 6371**2


def test_large_countries_have_about_their_size() -> None:
    """Million square kilometres, within a tenth of what atlases print."""
    borders = load("world_borders")
    for code, size in (("BRA", 8.5), ("AUS", 7.7), ("DZA", 2.4), ("GRL", 2.2), ("CHN", 9.6)):
        rings = borders[borders["area"] == code].groupby("ring")
        assert sum(area(ring) for _, ring in rings) / 1e6 == pytest.approx(size, rel=0.1), code


def test_every_member_has_an_outline_or_a_place() -> None:
    borders = load("world_borders")
    assert set(voting.member_states()) <= set(borders["area"])
    places = borders[borders["ring"] == 0]
    assert places["area"].is_unique and (places["point"] == 1).all()
    outlines = borders[borders["ring"] > 0].groupby(["area", "ring"])
    assert (outlines.size() >= 3).all()
    assert not set(places["area"]) & set(borders.loc[borders["ring"] > 0, "area"])


def test_areas_with_a_disputed_status_are_separate() -> None:
    areas = set(load("world_borders")["area"])
    assert {"ESH", "XKX", "XNC", "XSL", "XCR", "TWN", "PSE"} <= areas
    assert not areas & set(maps_without_seat()) & set(voting.member_states())


def maps_without_seat() -> list[str]:
    return ["ESH", "XKX", "XNC", "XSL", "XCR", "TWN", "PSE", "GRL"]


def test_no_ring_jumps_across_the_map() -> None:
    rings = load("world_borders").query("ring > 0").groupby(["area", "ring"])["lon"]
    assert rings.agg(lambda lon: lon.diff().abs().max()).max() < 60


def test_areas_without_a_value_are_hatched_and_small_states_are_dots() -> None:
    fig, ax = charts.figure(4)
    maps.draw(ax, load("world_borders"), {"FRA": "#123456", "TUV": "#654321"})
    filled = [patch for patch in ax.patches if not patch.get_hatch()]
    assert len(filled) == 1 and charts.to_svg(fig).count("#123456") == 1
    assert len(ax.patches) - len(filled) == 2  # all other areas, and the enclave on top
    assert len(ax.collections[0].get_offsets()) == 1
    assert len(charts.to_inline_svg(fig, "A map for a test of its size.")) < 150_000
    plt.close(fig)
