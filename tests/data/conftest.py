"""Fixtures: the real tables, and a copy that a test may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from data_room import REAL, Room

from bridgebook import catalog


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Room:
    """A spoilable copy of the data folder, which the catalog uses during the test."""
    copy = tmp_path / "data"
    shutil.copytree(REAL, copy)
    monkeypatch.setenv("BRIDGEBOOK_DATA", str(copy))
    monkeypatch.delenv("BRIDGEBOOK_TRACE", raising=False)
    return Room(copy)


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The book's own tables, whatever the environment says."""
    monkeypatch.setenv("BRIDGEBOOK_DATA", str(REAL))
    monkeypatch.delenv("BRIDGEBOOK_TRACE", raising=False)
    assert catalog.data_dir() == REAL
    return REAL
