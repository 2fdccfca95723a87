"""The room itself: a test can spoil its own tables, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from data_room import REAL, Room, Shelf, remembered

from bookpress import checks
from bookpress.checks import run
from bookpress.checks.rules import RULES
from bridgebook import catalog

Spoil = Callable[[Room], object]


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_room_holds_the_real_tables_and_no_link_to_them(room: Room) -> None:
    assert contents(room.path) == contents(REAL)
    assert room.spoilt() == set()
    own = {file.stat().st_ino for file in room.path.iterdir()}
    assert not own & {file.stat().st_ino for file in REAL.iterdir()}


@pytest.mark.parametrize(
    ("spoil", "names"),
    [
        (lambda room: room.edit("chips", "NVIDIA L4", "tdp_w", "73"), {"chips.csv"}),
        (lambda room: room.write("arena", []), {"arena.csv"}),
        (lambda room: room.own("claims.yml").write_text("claims: []"), {"claims.yml"}),
        (lambda room: room.own("chips.csv").unlink(), {"chips.csv"}),
        (lambda room: room.own("new.csv").write_text("a"), {"new.csv"}),
    ],
    ids=["edit", "write", "own file", "lost file", "new file"],
)
def test_what_a_room_changes_stays_in_it(
    rooms: Shelf, tmp_path: Path, spoil: Spoil, names: set[str]
) -> None:
    before = contents(REAL)
    room, other = rooms.room(tmp_path / "one"), rooms.room(tmp_path / "other")
    spoil(room)
    assert room.spoilt() == names
    assert contents(other.path) == contents(REAL) == before
    assert rooms.altered() == []


def test_a_write_through_a_link_is_seen_and_undone(tmp_path: Path) -> None:
    """Control: a test that forgets ``own`` is found out, and never reaches the real folder."""
    before = contents(REAL)
    shelf = Shelf(tmp_path / "shelf")
    room = shelf.room(tmp_path / "data")
    (room.path / "chips.csv").write_text("spoilt", encoding="utf-8")
    assert contents(REAL) == before
    assert shelf.altered() == ["chips.csv"]
    assert contents(shelf.path) == before and shelf.altered() == []
    assert contents(shelf.room(tmp_path / "next").path) == before


def test_remembered_rules_say_what_rules_say(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: with and without memory the check finds the same, before, with and after a fault."""

    def found() -> list[str]:
        remembering = [str(problem) for problem in checks.check(second_opinion=False)]
        with monkeypatch.context() as patch:
            patch.setattr(run, "RULES", RULES)
            assert [str(problem) for problem in checks.check(second_opinion=False)] == remembering
        return remembering

    assert run.RULES is not RULES and found() == []
    room.edit("robots", room.find("robots", iso3="CHN", year="2020"), "world_share_pct", "40.0")
    assert any("world_share_pct" in problem for problem in found())
    room.own("robots.csv").write_bytes((REAL / "robots.csv").read_bytes())
    assert found() == []


def test_memory_is_of_one_table_not_of_its_name() -> None:
    seen = []

    def rule(table: catalog.Table) -> list[catalog.Problem]:
        seen.append(table)
        return [catalog.Problem(table.name, "a rule", "none")]

    ask = remembered(rule)
    resource = catalog.resources(REAL)["chips"]
    one, other = (catalog.parse(REAL, resource)[0] for _ in range(2))
    assert ask(one) == ask(one) == ask(other)
    assert [id(table) for table in seen] == [id(one), id(other)]
