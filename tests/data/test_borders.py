"""Outlines from TopoJSON: decoded, thinned out on shared lines, joined, and none lost."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookpress.files import unpacked
from bookpress.refresh import RefreshError, borders
from bookpress.refresh.builders import BUILDERS, Inputs
from bookpress.refresh.upstream import Upstream
from bridgebook.catalog import load

LINES = st.lists(
    st.tuples(st.floats(-179, 179), st.floats(-80, 80)), min_size=3, max_size=30, unique=True
)


@given(LINES, st.floats(0, 50))
@settings(max_examples=80)
def test_thinning_keeps_ends_and_only_removes(points: list[Any], least: float) -> None:
    line = np.array(points)
    thin = borders._thinned(line, least)
    assert (thin[0] == line[0]).all() and (thin[-1] == line[-1]).all()
    assert 3 <= len(thin) <= len(line)
    kept = {tuple(point) for point in line}
    assert all(tuple(point) in kept for point in thin)
    assert len(thin) == 3 or (borders._bends(thin) >= least).all()


def test_a_ring_across_the_date_line_does_not_jump() -> None:
    ring = np.array([[178.0, 60], [-178.0, 60], [-178.0, 65], [178.0, 65]])
    assert borders._unwrapped(ring)[:, 0].tolist() == [178, 182, 182, 178]
    west = np.array([[-179.0, 60], [-170.0, 60], [-170.0, 65]])
    assert (borders._unwrapped(west) == west).all()


# --- a world of two squares -------------------------------------------------------------------


def world(**changes: Any) -> dict[str, Any]:
    """Two squares that share a side, as steps on a grid of whole degrees."""
    middle = [[10, 0], [0, 5], [0, 5]]
    west = [[10, 10], [-10, 0], [0, -10], [10, 0]]
    east = [[10, 0], [10, 0], [0, 10], [-10, 0]]
    made: dict[str, Any] = {
        "transform": {"scale": [1, 1], "translate": [0, 0]},
        "arcs": [middle, west, east],
        "objects": {
            "countries": {
                "geometries": [
                    shape("250", [[0, 1]]),
                    shape("276", [[2, ~0]], name="Germany"),
                ]
            }
        },
    }
    return made | changes


def shape(number: str | None, arcs: list[Any], name: str = "France") -> dict[str, Any]:
    entry: dict[str, Any] = {"type": "Polygon", "arcs": arcs, "properties": {"name": name}}
    return entry | ({"id": number} if number else {})


class Shelf:
    """Files by path."""

    def __init__(self, files: dict[str, Any]) -> None:
        self.files = files

    def read(self, file: Upstream) -> bytes:
        return json.dumps(self.files[file.path]).encode()


MEMBERS = pd.DataFrame(
    {
        "iso3": ["FRA", "DEU", "TUV"],
        "m49": pd.array([250, 276, 798], dtype="Int64"),
        "kind": "un_member",
    }
)
TUVALU = [[[179, -8], [0, 1], [1, 0], [-1, -1]]]


def built(small: dict[str, Any], large: dict[str, Any] | None = None) -> pd.DataFrame:
    tiny = {"countries": {"geometries": [shape("798", [[0]], "Tuvalu")]}}
    files = {
        borders.SMALL: small,
        borders.LARGE: large or world(arcs=TUVALU, objects=tiny),
    }
    listed = {path: Upstream(path, "", "made up") for path in files}
    inputs = Inputs(Shelf(files), listed, {"countries": MEMBERS})
    return BUILDERS["world_borders"].build(inputs)


def test_neighbours_share_their_border_and_small_states_get_a_place() -> None:
    table = built(world())
    rings = {area: set(zip(t["lon"], t["lat"], strict=True)) for area, t in table.groupby("area")}
    assert set(rings) == {"FRA", "DEU", "TUV"}
    assert {(10, 0), (10, 10)} <= rings["FRA"] & rings["DEU"]
    assert table[table["area"] == "TUV"].to_dict("records") == [
        {"area": "TUV", "ring": 0, "point": 1, "lon": 179.5, "lat": -7.5}
    ]
    assert table.groupby(["area", "ring"])["point"].agg(list).map(lambda p: p[0] == 1).all()


def test_crimea_stands_apart_from_the_state_in_which_the_source_draws_it() -> None:
    codes = {643: "RUS"}
    arcs = [[[33, 45], [1, 0], [0, 1], [-1, -1]], [[60, 60], [10, 0], [0, 10], [-10, -10]]]
    both = {"type": "MultiPolygon", "arcs": [[[0]], [[1]]], "id": "643", "properties": {"name": ""}}
    made = world(arcs=arcs, objects={"countries": {"geometries": [both]}})
    assert [area for area, _ in borders._rings(made, "x", codes, 0, 1)] == ["XCR", "RUS"]


@pytest.mark.parametrize(
    ("small", "message"),
    [
        ({"arcs": []}, "is not the TopoJSON it was: no 'transform'"),
        (world(objects={}), "no 'countries'"),
        (
            world(
                objects={
                    "countries": {
                        "geometries": [shape("250", [[0, 1]]), shape(None, [[2, ~0]], "X")]
                    }
                }
            ),
            "no code for X",
        ),
    ],
)
def test_a_changed_file_is_named(small: dict[str, Any], message: str) -> None:
    with pytest.raises(RefreshError, match=message):
        built(small)


def test_a_member_without_any_area_is_named() -> None:
    with pytest.raises(RefreshError, match="has no area for TUV"):
        built(world(), world(objects={"countries": {"geometries": []}}))


def test_no_area_of_the_source_is_lost() -> None:
    """177 areas at this scale: without Antarctica, and with Crimea apart."""
    table = load("world_borders")
    assert table.loc[table["ring"] > 0, "area"].nunique() == 177


# --- npm packages -------------------------------------------------------------------------------


def test_a_file_inside_a_gzipped_tar(tmp_path: Path) -> None:
    path = tmp_path / "package.tgz"
    with tarfile.open(path, "w:gz") as package:
        entry = tarfile.TarInfo("package/data.json")
        entry.size = 6
        package.addfile(entry, io.BytesIO(b"inside"))
        folder = tarfile.TarInfo("package/folder")
        folder.type = tarfile.DIRTYPE
        package.addfile(folder)
    assert unpacked(path, "package/data.json") == b"inside"
    for lost in ("package/other.json", "package/folder"):
        with pytest.raises(KeyError):
            unpacked(path, lost)
    path.write_bytes(b"neither zip nor tar")
    with pytest.raises(tarfile.TarError):
        unpacked(path, "package/data.json")
