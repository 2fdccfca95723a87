"""Rebuilding tables: from a folder, from an address, and nothing half-written when it fails."""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pytest
from data_room import Room

from bookpress import cli
from bookpress.descriptors import UPSTREAM
from bookpress.refresh import BUILDERS, RefreshError, report, run
from bookpress.refresh.builders import in_order, with_dependents
from bookpress.refresh.upstream import Folder, Upstream, Web, listed
from bridgebook import catalog

ROBOTS = "owid_robots_2025/annual-industrial-robots-installed.csv"
VALUE = "Annual industrial robots installed"


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def robots_file(room: Room, **changes: int) -> bytes:
    """An upstream file of robots that gives the committed table, but for some values."""
    lines = [f"Entity,Code,Year,{VALUE}"]
    for iso3, year, units, _ in room.rows("robots")[1:]:
        units = changes.get(f"{iso3}{year}", units)
        code = {"WLD": "OWID_WRL"}.get(iso3, iso3)
        lines.append(f"{iso3},{code},{year},{units}")
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture
def folder(room: Room, tmp_path: Path) -> Path:
    """A folder with one upstream file, recorded in the descriptor as the committed one.

    The data folder keeps the tables that have to do with it, so that its full check is short.
    """
    room.keep("robots", "robots_reports", "electricity", "countries")
    place = tmp_path / "upstream"
    (place / ROBOTS).parent.mkdir(parents=True)
    (place / ROBOTS).write_bytes(robots_file(room))
    record(room, ROBOTS, hash=digest(robots_file(room)))
    return place


def record(room: Room, path: str, **facts: str) -> None:
    """Change what the descriptor says of an upstream file."""
    (known,) = [e for e in room.descriptor("package")[UPSTREAM] if e["path"] == path]
    for key, value in facts.items():
        room.reword("package", known[key], value)


def snapshot(room: Room) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in room.path.iterdir()}


def refresh(room: Room, store: object, *tables: str, **options: object) -> tuple[bool, list[str]]:
    said: list[str] = []
    differs = run.refresh(tables, store, room.path, chapters(room), say=said.append, **options)
    return differs, said


def chapters(room: Room) -> Path:
    """Two chapters, of which one uses the robots."""
    place = room.path.parent / "chapters"
    place.mkdir(exist_ok=True)
    for name, tables in (("machines", "[robots, chips]"), ("votes", "[unga_agreement]")):
        (place / f"{name}.md").write_text(f"---\nbridgebook:\n  tables: {tables}\n---\n", "utf-8")
    return place


# --- from a folder -------------------------------------------------------------------------------


def test_the_same_files_change_nothing(room: Room, folder: Path) -> None:
    before = snapshot(room)
    differs, said = refresh(room, Folder(folder), "robots")
    assert not differs and said == ["robots: unchanged (77 rows)"]
    assert snapshot(room) == before


def test_new_values_are_written_and_told(room: Room, folder: Path) -> None:
    (folder / ROBOTS).write_bytes(robots_file(room, DEU2023=30_000))
    differs, said = refresh(room, Folder(folder), "robots")
    text = "\n".join(said)
    assert differs
    assert "77 → 77 rows; 0 added, 0 removed" in text
    assert "~ DEU / 2023, installations: 28000 → 30000 (+7.1%)" in text
    assert "chapters that use them: machines" in text and "votes" not in text
    assert f"{ROBOTS}: not the recorded file" in text
    row = catalog.load("robots").set_index(["iso3", "year"]).loc[("DEU", 2023)]
    assert row["installations"] == 30_000
    assert row["world_share_pct"] == round(100 * 30_000 / 541_000, 1)
    package = room.descriptor("package")
    entry = listed(package)[ROBOTS]
    assert entry.hash == digest((folder / ROBOTS).read_bytes()) and entry.url == ""
    (kept,) = package[catalog.REFRESHES]
    assert kept["table"] == "robots" and kept["rowsBefore"] == kept["rowsAfter"] == 77
    # The number itself and the share of the world.
    assert (kept["added"], kept["removed"], kept["valuesMoved"]) == (0, 0, 2)
    from bookpress import checks

    assert checks.check(second_opinion=False) == []


@pytest.mark.parametrize("damage", ["lost", "without rows", "half a row"])
def test_a_lost_or_broken_table_is_rebuilt(room: Room, folder: Path, damage: str) -> None:
    path = room.own("robots.csv")
    whole = path.read_bytes()
    head = whole.split(b"\n")[0] + b"\n"
    path.write_bytes(head if damage == "without rows" else whole[:-9])
    if damage == "lost":
        path.unlink()
    catalog.forget()
    differs, said = refresh(room, Folder(folder), "robots")
    assert differs and path.read_bytes() == whole
    assert "robots: no table to compare with" in said[0]
    assert "0 → 77 rows; 77 added" in said[1]
    assert catalog.REFRESHES not in catalog.package(room.path), "rebuilt is not refreshed"


def test_check_only_reports(room: Room, folder: Path) -> None:
    (folder / ROBOTS).write_bytes(robots_file(room, DEU2023=30_000))
    before = snapshot(room)
    differs, _ = refresh(room, Folder(folder), "robots", write=False)
    assert differs and snapshot(room) == before


def test_rows_that_came_and_went(room: Room, folder: Path) -> None:
    lines = (folder / ROBOTS).read_text("utf-8").splitlines()
    lines = [line for line in lines if not line.startswith("DEU,DEU,2012")]
    (folder / ROBOTS).write_text("\n".join([*lines, "FRA,FRA,2012,3000", ""]), "utf-8")
    _, said = refresh(room, Folder(folder), "robots", write=False)
    assert "1 added, 1 removed" in said[0]
    assert "  + FRA / 2012" in said and "  - DEU / 2012" in said


def test_a_changed_number_within_the_tolerance_is_only_counted(room: Room, folder: Path) -> None:
    (folder / ROBOTS).write_bytes(robots_file(room, DEU2023=28_200))
    _, said = refresh(room, Folder(folder), "robots", write=False, tolerance=0.01)
    assert "0 values moved, 1 moved within the tolerance" in said[0]
    assert not [line for line in said if line.startswith("  ~")]


def test_a_missing_file_is_named_with_its_origin(room: Room, folder: Path) -> None:
    (folder / ROBOTS).unlink()
    before = snapshot(room)
    with pytest.raises(RefreshError, match=r"annual-industrial.*No such file.*Our World in Data"):
        refresh(room, Folder(folder), "robots")
    assert snapshot(room) == before


def test_an_unknown_table_lists_near_names(room: Room, folder: Path) -> None:
    with pytest.raises(RefreshError, match=r"no builder for 'robot'\. Did you mean robots"):
        refresh(room, Folder(folder), "robot")
    with pytest.raises(RefreshError, match="made by hand"):
        refresh(room, Folder(folder), "policy_timeline")


BROKEN = {
    "another header": (lambda text: text.replace(VALUE, "Robots"), "lacks the column"),
    "no table": (lambda text: text[:0], "is not the CSV file it was"),
    "a country nobody knows": (lambda text: text.replace("CHN,CHN", "ZZZ,ZZZ"), "robots.*iso3"),
    "a value out of range": (lambda text: text.replace("276000", "276"), "installations"),
    "words for a number": (lambda text: text.replace("276000", "many"), "many"),
    "a row twice": (lambda text: text + text.splitlines()[1] + "\n", "also stands in line"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_file_writes_nothing(room: Room, folder: Path, fault: str) -> None:
    spoil, message = BROKEN[fault]
    path = folder / ROBOTS
    path.write_text(spoil(path.read_text("utf-8")), "utf-8")
    before = snapshot(room)
    with pytest.raises((RefreshError, ValueError), match=message):
        refresh(room, Folder(folder), "robots")
    assert snapshot(room) == before
    assert not list(room.path.parent.glob(".refresh-*")), "the trial folder is gone"


def test_nothing_is_written_when_a_later_table_fails(room: Room, folder: Path) -> None:
    """Robots would change; electricity has no file. Neither may be touched."""
    (folder / ROBOTS).write_bytes(robots_file(room, DEU2023=30_000))
    before = snapshot(room)
    with pytest.raises(RefreshError, match="electricity"):
        refresh(room, Folder(folder), "robots", "electricity")
    assert snapshot(room) == before


def test_tables_computed_from_a_table_are_rebuilt_with_it(room: Room) -> None:
    assert with_dependents(["unga_rollcalls"]) == {"unga_rollcalls", "unga_agreement"}
    order = in_order(["unga_agreement", "unga_rollcalls", "countries"])
    assert order.index("countries") < order.index("unga_rollcalls") < order.index("unga_agreement")


def test_every_builder_reads_recorded_files_and_has_a_table() -> None:
    package = catalog.package(catalog.data_dir())
    recorded = listed(package)
    resources = catalog.resources(catalog.data_dir())
    for name, made in BUILDERS.items():
        assert name in resources and set(made.reads) <= set(recorded), name
        assert resources[name].get("bridgebook:builtFrom", []) == list(made.reads), name
        assert resources[name]["bridgebook:kind"] in ("derived", "mixed"), name
    assert set(recorded) == {path for made in BUILDERS.values() for path in made.reads}
    by_hand = {name for name, entry in resources.items() if entry["bridgebook:kind"] != "derived"}
    assert not by_hand & {n for n in BUILDERS if resources[n]["bridgebook:kind"] == "derived"}
    assert {n for n, e in resources.items() if e["bridgebook:kind"] == "derived"} <= set(BUILDERS)


# --- comparing two editions ----------------------------------------------------------------------


def test_compare_names_rows_values_and_order() -> None:
    before = pd.DataFrame(
        {"id": ["a", "b", "c"], "n": [100.0, 10.0, None], "day": pd.to_datetime(["2020-01-01"] * 3)}
    )
    after = pd.DataFrame(
        {
            "id": ["b", "a", "d"],
            "n": [10.05, 150.0, 1.0],
            "day": pd.to_datetime(["2020-01-02", "2020-01-01", "2020-01-01"]),
        }
    )
    change = report.compare("t", before, after, ["id"], tolerance=0.01)
    assert change.added == [("d",)] and change.removed == [("c",)] and change.reordered
    assert [str(moved) for moved in change.moved] == [
        "b, day: 2020-01-01 → 2020-01-02",
        "a, n: 100.0 → 150.0 (+50.0%)",
    ]
    assert change.within == 1


def test_compare_sees_a_value_vanish_and_appear() -> None:
    before = pd.DataFrame({"id": ["a", "b"], "n": [1.0, None]})
    after = pd.DataFrame({"id": ["a", "b"], "n": [None, 0.0]})
    change = report.compare("t", before, after, ["id"], tolerance=10)
    assert [(m.before, m.after) for m in change.moved] == [("1.0", "blank"), ("blank", "0.0")]


def test_equal_editions_compare_as_nothing() -> None:
    frame = catalog.load("chips")
    assert not report.compare("chips", frame, frame.copy(), ["chip"])


def test_verdicts_that_read_a_changed_table_are_named() -> None:
    rules = catalog.load("control_rules")
    aims = catalog.load("control_aims")
    same = list(report.verdicts_using({"control_rules": rules}, {"control_rules": rules}))
    assert all("still" in line and "other numbers" not in line for line in same) and same
    none = aims[aims["aim"] != "slow_advanced_ai"]
    flipped = list(report.verdicts_using({"control_aims": aims}, {"control_aims": none}))
    assert any(line.startswith("controls-curtail-ai: ") and "→" in line for line in flipped)


# --- from an address -----------------------------------------------------------------------------


class Shelf(http.server.BaseHTTPRequestHandler):
    """Serves files from memory; breaks off the first tries if told so."""

    files: ClassVar[dict[str, bytes]]
    asked: ClassVar[list[str]]
    failures: ClassVar[int]

    def do_GET(self) -> None:
        type(self).asked.append(self.path)
        if type(self).failures > 0:
            type(self).failures -= 1
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        data = self.files.get(self.path)
        self.send_response(200 if data is not None else 404)
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def shelf() -> Iterator[tuple[type[Shelf], str]]:
    handler = type("FreshShelf", (Shelf,), {"files": {}, "failures": 0, "asked": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield handler, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pooch waits longer and longer between its attempts."""
    monkeypatch.setattr(time, "sleep", lambda _: None)


def test_a_file_is_fetched_once_and_checked(shelf: tuple[type[Shelf], str], tmp_path: Path) -> None:
    handler, address = shelf
    handler.files["/data.csv"] = b"a,b\n1,2\n"
    file = Upstream("x/data.csv", digest(b"a,b\n1,2\n"), "somebody", f"{address}/data.csv")
    web = Web(tmp_path / "cache")
    assert web.read(file) == web.read(file) == b"a,b\n1,2\n"
    assert handler.asked == ["/data.csv"]


def test_a_broken_connection_is_tried_again(
    shelf: tuple[type[Shelf], str], tmp_path: Path, no_waiting: None
) -> None:
    handler, address = shelf
    handler.files["/data.csv"] = b"good"
    handler.failures = 2
    file = Upstream("x/data.csv", digest(b"good"), "somebody", f"{address}/data.csv")
    assert Web(tmp_path / "cache").read(file) == b"good"
    assert len(handler.asked) == 3


def test_other_bytes_at_the_address_are_refused(
    shelf: tuple[type[Shelf], str], tmp_path: Path, no_waiting: None
) -> None:
    handler, address = shelf
    handler.files["/data.csv"] = b"new edition"
    file = Upstream("x/data.csv", digest(b"old edition"), "somebody", f"{address}/data.csv")
    with pytest.raises(RefreshError, match=r"x/data\.csv: what lies at .* is not the recorded"):
        Web(tmp_path / "cache").read(file)
    assert not list((tmp_path / "cache").glob("x--*")), "refused bytes are not kept"


def test_an_address_that_leads_nowhere_says_what_was_tried(
    shelf: tuple[type[Shelf], str], tmp_path: Path, no_waiting: None
) -> None:
    handler, address = shelf
    file = Upstream("x/data.csv", digest(b""), "somebody", f"{address}/gone.csv")
    with pytest.raises(RefreshError, match=r"could not get it from .*/gone\.csv after 4 attempts"):
        Web(tmp_path / "cache").read(file)
    assert len(handler.asked) == 4


def test_a_file_without_address_says_how_to_go_on(tmp_path: Path) -> None:
    file = Upstream("x/made.csv", digest(b""), "compiled by hand from crawl logs")
    with pytest.raises(RefreshError, match=r"no address.*crawl logs.*--from FOLDER"):
        Web(tmp_path).read(file)


def wheel(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def test_a_file_inside_a_package(shelf: tuple[type[Shelf], str], tmp_path: Path) -> None:
    handler, address = shelf
    archive = wheel("pkg/data.tsv", b"inside")
    handler.files["/pkg.whl"] = archive
    file = Upstream(
        "x/data.tsv",
        digest(b"inside"),
        "pkg",
        f"{address}/pkg.whl",
        digest(archive),
        "pkg/data.tsv",
    )
    assert Web(tmp_path / "cache").read(file) == b"inside"
    lost = Upstream(
        "x/data.tsv", digest(b"inside"), "pkg", f"{address}/pkg.whl", digest(archive), "pkg/other"
    )
    with pytest.raises(RefreshError, match=r"x/data\.tsv: could not get it"):
        Web(tmp_path / "cache").read(lost)


def test_a_folder_asks_the_web_only_for_what_it_lacks(
    shelf: tuple[type[Shelf], str], tmp_path: Path
) -> None:
    handler, address = shelf
    handler.files["/b.csv"] = b"from the web"
    (tmp_path / "a.csv").write_bytes(b"from the folder")
    store = Folder(tmp_path, fallback=Web(tmp_path / "cache"))
    here = Upstream("a.csv", digest(b"anything"), "somebody", f"{address}/a.csv")
    there = Upstream("b.csv", digest(b"from the web"), "somebody", f"{address}/b.csv")
    assert store.read(here) == b"from the folder" and store.read(there) == b"from the web"
    assert handler.asked == ["/b.csv"]


# --- the command ---------------------------------------------------------------------------------


def test_the_command(room: Room, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = ["--root", str(room.path.parent)]
    chapters(room)
    arguments = [*root, "refresh", "robots", "--from", str(folder)]
    assert cli.main([*arguments, "--check"]) == 0
    (folder / ROBOTS).write_bytes(robots_file(room, DEU2023=30_000))
    assert cli.main([*arguments, "--check"]) == 1
    assert cli.main(arguments) == 0
    assert "written: robots" in capsys.readouterr().out
    assert cli.main([*arguments, "--check"]) == 0
    assert cli.main([*root, "refresh", "robots", "--from", str(folder / "nowhere")]) == 1
    assert "is not a folder" in capsys.readouterr().err
    (folder / ROBOTS).unlink()
    assert cli.main(arguments) == 1
    assert "bridgebook refresh: " in capsys.readouterr().err
