"""Whatever garbage lands in whatever typed cell, the message names that cell."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from data_room import REAL, Room
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridgebook import catalog

GARBAGE = st.one_of(
    st.sampled_from(["?", "n/a", "NaN", "-", "inf", "1,5", "1_000", "0x1F", "True", "yes ", "٣"]),
    st.text(min_size=1, max_size=12).filter(lambda text: not set(text) & set("\x00\r")),
)
"""Text of any kind; what happens to be right for a column is sorted out in the test.

Without bare carriage returns: the csv module writes them unquoted, so they break the row in two,
which test_corruptions looks at.
"""


def cells() -> list[tuple[str, int, int, str, dict]]:
    """Every cell of a typed column (number, date, flag, vocabulary) of every table."""
    found = []
    os.environ["BRIDGEBOOK_DATA"] = str(REAL)
    try:
        for table in catalog.tables():
            rows = len(catalog.load(table))
            for place, field in enumerate(catalog.describe(table)["schema"]["fields"]):
                if field["type"] != "string" or "enum" in field.get("constraints", {}):
                    found += [(table, row, place, field["name"], field) for row in range(rows)]
    finally:
        del os.environ["BRIDGEBOOK_DATA"]
    return found


CELLS = cells()


def fits(text: str, field: dict) -> bool:
    """Whether a text is a value of the column after all, judged without the package."""
    if "enum" in field.get("constraints", {}):
        return text in field["constraints"]["enum"]
    if field["type"] == "boolean":
        return text in ("true", "false")
    # ASCII digits: hypothesis likes to write "7", which is a number.
    return text.isascii() and any(char.isdigit() for char in text)


@pytest.fixture(scope="module")
def place():
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "data"
        shutil.copytree(REAL, copy)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BRIDGEBOOK_DATA", str(copy.resolve()))
            yield Room(copy)


@settings(
    max_examples=150,
    database=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)
@given(cell=st.sampled_from(CELLS), garbage=GARBAGE)
def test_garbage_is_reported_where_it_stands(
    place: Room, cell: tuple[str, int, int, str, dict], garbage: str
) -> None:
    table, row, column_place, column, field = cell
    if fits(garbage, field):
        garbage = "garbage"
    path = place.path / f"{table}.csv"
    before = path.read_bytes()
    rows = place.rows(table)
    rows[row + 1][column_place] = garbage
    place.write(table, rows)
    try:
        with pytest.raises(catalog.DataError) as caught:
            catalog.load(table)
    finally:
        path.write_bytes(before)
    problem = caught.value.problems[0]
    assert (problem.table, problem.line, problem.column) == (table, row + 2, column)
    assert len(caught.value.problems) == 1
    assert f"line {row + 2}" in str(caught.value) and f"column {column}" in str(caught.value)


@settings(max_examples=60, database=None)
@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
def test_numbers_survive_writing_and_reading(number: float) -> None:
    field = {"name": "x", "type": "number"}
    values, wrong = catalog._convert(field, [repr(number)])
    assert not wrong and values == [number]
