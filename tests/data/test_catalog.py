"""Names, messages, tracing and commands of the catalog."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from data_room import REAL, Room, count_rows

import bridgebook
from bookpress import checks
from bridgebook import catalog


def test_unknown_table_lists_near_names(real: Path) -> None:
    with pytest.raises(catalog.UnknownTableError) as caught:
        catalog.load("chip")
    message = str(caught.value)
    assert "'chip'" in message and "Did you mean chips?" in message
    assert all(name in message for name in catalog.tables())
    assert isinstance(caught.value, KeyError) and isinstance(caught.value, ValueError)


def test_unknown_table_without_a_near_name(real: Path) -> None:
    with pytest.raises(catalog.UnknownTableError) as caught:
        catalog.describe("zzz")
    assert "Did you mean" not in str(caught.value) and "plan_targets" in str(caught.value)


def test_short_names_of_the_package(real: Path) -> None:
    assert bridgebook.tables() == catalog.tables()
    assert len(bridgebook.load("chips")) == count_rows("chips")


def test_folder_from_the_environment(room: Room) -> None:
    assert catalog.data_dir() == room.path.resolve()
    room.write("chips", room.rows("chips")[:11])
    assert len(catalog.load("chips")) == 10


def test_folder_without_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BRIDGEBOOK_DATA", raising=False)
    assert catalog.data_dir() == REAL


def test_folder_of_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "site-packages" / "bridgebook"
    (home / "_data").mkdir(parents=True)
    monkeypatch.delenv("BRIDGEBOOK_DATA", raising=False)
    monkeypatch.setattr(catalog, "__file__", str(home / "catalog.py"))
    assert catalog.data_dir() == (home / "_data").resolve()


def test_folder_without_descriptor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRIDGEBOOK_DATA", str(tmp_path))
    with pytest.raises(catalog.DataError, match="BRIDGEBOOK_DATA"):
        catalog.tables()


def test_read_file(room: Room) -> None:
    room.own("claims.yml").write_text("claims: 中文\n", encoding="utf-8")
    assert catalog.read_file("claims.yml") == "claims: 中文\n"
    with pytest.raises(catalog.DataError, match=r"claim\.yml is missing.*chips\.csv"):
        catalog.read_file("claim.yml")
    with pytest.raises(catalog.DataError, match="plain file name"):
        catalog.read_file("../README.md")
    room.own("claims.yml").write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(catalog.DataError, match=r"claims\.yml, line 2"):
        catalog.read_file("claims.yml")


def test_trace_names_each_file_used(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = tmp_path / "trace.txt"
    monkeypatch.setenv("BRIDGEBOOK_TRACE", str(trace))
    room.own("claims.yml").write_text("claims: []\n", encoding="utf-8")
    catalog.load("chips")
    catalog.load("chips")  # from memory this time: the chapter uses it all the same
    catalog.read_file("claims.yml")
    catalog.load("core_ai_industry")
    catalog.describe("chips")
    catalog.tables()
    names = ["chips.csv", "claims.yml", "core_ai_industry.csv"]
    digests = {name: hashlib.sha256((room.path / name).read_bytes()).hexdigest() for name in names}
    digests["datapackage.json"] = catalog.digest_of_list(catalog.tables())
    assert catalog.read_trace(trace) == digests
    assert catalog.read_trace(tmp_path / "no such trace") == {}


def test_trace_keeps_what_a_file_held_at_its_first_use(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who edits a table while a chapter runs must not make the old number look new."""
    trace = tmp_path / "trace.txt"
    monkeypatch.setenv("BRIDGEBOOK_TRACE", str(trace))
    path = room.own("chips.csv")
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    catalog.load("chips")
    path.write_bytes(path.read_bytes() + b"\n")
    catalog.load("chips")
    assert catalog.read_trace(trace) == {"chips.csv": before}


def test_trace_keeps_a_table_that_fails(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = tmp_path / "trace.txt"
    monkeypatch.setenv("BRIDGEBOOK_TRACE", str(trace))
    room.own("chips.csv").unlink()
    with pytest.raises(catalog.DataError):
        catalog.load("chips")
    assert catalog.read_trace(trace) == {"chips.csv": ""}


def test_no_trace_unless_asked(real: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    catalog.load("chips")
    assert list(tmp_path.iterdir()) == []


def test_a_repaired_file_loads_in_the_same_process(room: Room) -> None:
    good = (room.path / "chips.csv").read_bytes()
    room.edit("chips", "NVIDIA L4", "tdp_w", "hot")
    with pytest.raises(catalog.DataError):
        catalog.load("chips")
    room.own("chips.csv").write_bytes(good)
    assert len(catalog.load("chips")) == count_rows("chips")


def test_message_names_place_value_and_remedy(room: Room) -> None:
    line = room.edit("chips", "NVIDIA L4", "tdp_w", "hot")[1]
    room.edit("chips", "NVIDIA L2", "iso3", "CN")
    with pytest.raises(catalog.DataError) as caught:
        catalog.load("chips")
    message = str(caught.value)
    first = f"chips, line {line - 1} (NVIDIA L2), column iso3: found 'CN', expected one of USA, CHN"
    assert message.startswith(f"{first} (1 more in this table)")
    assert str(room.path / "chips.csv") in message
    second = f"chips, line {line} (NVIDIA L4), column tdp_w: found 'hot', expected a number from 30"
    assert str(caught.value.problems[1]).startswith(second)


def test_update_hashes_touches_only_size_hash_and_rows(room: Room) -> None:
    room.keep("core_ai_industry", "un_theme_labels")
    room.reword("core_ai_industry", "bridgebook:asOf", "# By hand.   \n\nbridgebook:asOf")
    room.write("core_ai_industry", room.rows("core_ai_industry")[:-1])
    assert {p.table for p in checks.check()} >= {"core_ai_industry"}
    before = {path.name: path.read_bytes() for path in room.path.iterdir()}
    assert checks.update_hashes() == ["core_ai_industry"]
    after = {path.name: path.read_bytes() for path in room.path.iterdir()}
    assert [name for name in after if before.pop(name) != after[name]] == ["core_ai_industry.yml"]
    assert before == {}
    old, new = (REAL / "core_ai_industry.yml").read_text("utf-8"), after["core_ai_industry.yml"]
    lines = zip(old.splitlines(), written(new).splitlines(), strict=True)
    changed = [(one.partition(": ")[0], two) for one, two in lines if one != two]
    content = (room.path / "core_ai_industry.csv").read_bytes()
    assert changed == [
        ("bytes", f"bytes: {len(content)}"),
        ("hash", f"hash: sha256:{hashlib.sha256(content).hexdigest()}"),
        ("bridgebook:rows", "bridgebook:rows: 8"),
    ]
    assert checks.check() == []


def written(descriptor: bytes) -> str:
    """The text of a descriptor without the remark that a test put into it."""
    text = descriptor.decode("utf-8")
    assert "# By hand.   \n\nbridgebook:asOf" in text, "remarks and blank lines stay"
    return text.replace("# By hand.   \n\n", "")


def test_update_hashes_adds_what_a_new_descriptor_lacks(room: Room) -> None:
    room.keep("core_ai_industry", "un_theme_labels")
    for key in ("bytes", "hash", "bridgebook:rows"):
        room.describe("core_ai_industry", lambda found, key=key: found.pop(key))
    text = (room.path / "core_ai_industry.yml").read_text("utf-8")
    assert checks.update_hashes() == ["core_ai_industry"]
    real = (REAL / "core_ai_industry.yml").read_text("utf-8")
    facts = [line for line in real.splitlines() if re.match("bytes|hash|bridgebook:rows", line)]
    added = (room.path / "core_ai_industry.yml").read_text("utf-8").removeprefix(text)
    assert added.splitlines() == facts


@pytest.mark.parametrize(
    ("key", "spelt"),
    [
        ("bytes: ", "'bytes': 1 # "),
        ("hash: ", "hash:\n  sha256:0\n# "),
        ("bridgebook:rows: ", "? bridgebook:rows\n: 1 # "),
    ],
)
def test_update_hashes_refuses_what_it_cannot_replace_in_its_place(
    room: Room, key: str, spelt: str
) -> None:
    room.keep("core_ai_industry", "un_theme_labels")
    room.reword("core_ai_industry", f"\n{key}", f"\n{spelt}")
    before = (room.path / "core_ai_industry.yml").read_bytes()
    with pytest.raises(catalog.DataError, match=r"industry\.yml: .* `key: value` on a line"):
        checks.update_hashes()
    assert (room.path / "core_ai_industry.yml").read_bytes() == before


def test_update_hashes_writes_no_assembled_package(room: Room) -> None:
    room.assemble()
    with pytest.raises(catalog.DataError, match=r"datapackage\.json, which is made of YAML files"):
        checks.update_hashes()


def test_update_hashes_leaves_a_current_descriptor_alone(room: Room) -> None:
    assert checks.update_hashes(room.path) == []
    assert room.spoilt() == set()


def test_update_hashes_does_not_bless_a_broken_table(room: Room) -> None:
    room.edit("chips", "NVIDIA L4", "price_usd", "2500")
    room.edit("vibrancy", 2, "rank", "first")
    with pytest.raises(catalog.DataError, match="No descriptor was changed"):
        checks.update_hashes()
    assert room.spoilt() == {"chips.csv", "vibrancy.csv"}


def test_command_exit_codes(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    room.keep("chips", "countries")
    assert checks.main([str(room.path)]) == 0
    assert re.search(rf"chips +{count_rows('chips')} rows", capsys.readouterr().out)
    room.edit("chips", "NVIDIA L4", "price_usd", "2500")
    assert checks.main([str(room.path)]) == 1
    assert "--update-hashes" in capsys.readouterr().out
    assert checks.main(["--update-hashes", str(room.path)]) == 0
    assert "updated: chips.yml" in capsys.readouterr().out
    room.edit("chips", "NVIDIA L4", "tdp_w", "hot")
    assert checks.main(["--update-hashes", str(room.path)]) == 2
    assert "column tdp_w" in capsys.readouterr().err


def test_loading_needs_no_heavy_package() -> None:
    """The browser has neither frictionless nor the book's build tools."""
    code = (
        "import sys, bridgebook; bridgebook.load('chips'); "
        "print([m for m in ('frictionless', 'sphinx', 'matplotlib', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_bibliography_parses_without_warnings(real: Path) -> None:
    from pybtex import errors
    from pybtex.database import parse_file

    with warnings.catch_warnings(), errors.capture() as captured:
        warnings.simplefilter("error")
        entries = parse_file(str(real / "references.bib")).entries
    assert captured == [] and len(entries) > 100
    for key, entry in entries.items():
        assert {"title", "author", "year"} <= set(entry.fields) | set(entry.persons), key
