"""Fixtures: the real tables, and a copy that a test may spoil."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from data_room import REAL, Room, Shelf, remembered

from bookpress.checks import general, run
from bridgebook import catalog

RULES = [one._replace(function=remembered(one.function)) for one in run.RULES]
GENERAL = {
    name: remembered(getattr(general, name)) for name in ("in_order", "sourced", "known_codes")
}


@pytest.fixture(scope="session")
def rooms(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """The copy of the data folder to which the rooms of this process link."""
    return Shelf(tmp_path_factory.mktemp("shelf") / "data")


@pytest.fixture
def room(rooms: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A spoilable copy of the data folder, which the catalog uses during the test."""
    room = rooms.room(tmp_path / "data")
    monkeypatch.setenv("BRIDGEBOOK_DATA", str(room.path))
    monkeypatch.delenv("BRIDGEBOOK_TRACE", raising=False)
    monkeypatch.setattr(run, "RULES", RULES)
    for name, function in GENERAL.items():
        monkeypatch.setattr(general, name, function)
    yield room
    assert rooms.altered() == [], "written through a link: take room.own(name)"


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The book's own tables, whatever the environment says."""
    monkeypatch.setenv("BRIDGEBOOK_DATA", str(REAL))
    monkeypatch.delenv("BRIDGEBOOK_TRACE", raising=False)
    assert catalog.data_dir() == REAL
    return REAL
