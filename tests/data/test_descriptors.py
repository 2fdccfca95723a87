"""Descriptors: one file for each table, put together without a loss, and faults that are named."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from data_room import REAL, Room

from bookpress import checks
from bookpress.checks import run
from bookpress.descriptors import with_facts, with_refreshes
from bridgebook import catalog, descriptors

ROOT = REAL.parent
TABLES = sorted(path.stem for path in REAL.glob("*.csv"))


# --- the real ones ------------------------------------------------------------------------------


def test_every_table_has_a_descriptor_beside_it() -> None:
    assert {path.name for path in REAL.glob("*.yml")} == {
        *(f"{name}.yml" for name in TABLES),
        "claims.yml",
        "package.yml",
    }
    assert not (REAL / "datapackage.json").exists(), "it is made, never kept"
    assert "/data/datapackage.json" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_the_package_is_what_the_files_say(real: Path, room: Room) -> None:
    package = descriptors.package(real)
    assert [table["name"] for table in package["resources"]] == TABLES
    assert list(package)[-1] == "resources"
    whole = {key: value for key, value in package.items() if key != "resources"}
    assert list(whole.items()) == list(room.descriptor("package").items())
    for table in package["resources"]:
        assert json.dumps(table) == json.dumps(room.descriptor(table["name"])), "order of keys too"
    text = descriptors.as_json(package)
    assert json.loads(text) == package and text.startswith('{\n  "name": "bridge-or-barrier",\n')


def test_both_readers_of_yaml_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser reads YAML in Python alone, where the repository has a reader in C."""
    from ruamel.yaml import YAML

    def pure(typ: str) -> YAML:
        return YAML(typ=typ, pure=True)

    for name in ("chips", "package", "un_groups"):
        content = (REAL / f"{name}.yml").read_bytes()
        quick = descriptors.parse(name, content)
        with monkeypatch.context() as patch:
            patch.setattr("ruamel.yaml.YAML", pure)
            assert descriptors.parse(name, content) == quick


def test_the_readme_counts_the_tables(real: Path) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    kinds = Counter(one["bridgebook:kind"] for one in catalog.resources(real).values())
    by_hand = kinds.pop("constructed")
    built = sum(kinds.values())
    assert re.findall(r"(\d+) tables \(CSV\)", text) == [str(by_hand + built)]
    found = re.findall(r"(\d+) tables are compiled by hand; (\d+) are built by code", text)
    assert found == [(str(by_hand), str(built))]


# --- reading only what is asked for ---------------------------------------------------------------


def test_a_table_is_loaded_though_others_are_broken(room: Room) -> None:
    for name in (*TABLES, "package"):
        if name != "chips":
            room.own(f"{name}.yml").write_text("{ broken", "utf-8")
    assert len(catalog.load("chips")) and catalog.describe("chips")["name"] == "chips"
    assert catalog.tables() == TABLES


def test_an_assembled_folder_says_the_same(room: Room) -> None:
    package, frame = catalog.package(room.path), catalog.load("chips")
    before = {name: catalog.describe(name) for name in TABLES}
    path = room.assemble()
    assert path.read_text("utf-8") == descriptors.as_json(package)
    assert catalog.tables() == TABLES and catalog.package(room.path) == package
    assert {name: catalog.describe(name) for name in TABLES} == before
    assert catalog.load("chips").equals(frame)
    assert catalog.whole(room.path)["version"] == package["version"]
    assert checks.check(second_opinion=False) == []


def test_types_are_those_that_the_catalog_reads() -> None:
    assert set(descriptors.TYPES) == set(catalog._CONVERTERS)


# --- faults -------------------------------------------------------------------------------------


def refused(room: Room, name: str = "chips") -> catalog.Problem:
    """The problem of a broken descriptor: loading says it, and the check finds it."""
    file = room.path / f"{name}.yml"
    with pytest.raises(catalog.DataError) as caught:
        catalog.load(name)
    problem = caught.value.problems[0]
    assert problem in checks.check(second_opinion=False)
    assert str(caught.value).startswith(str(problem)) and f"Correct {file}" in str(caught.value)
    return problem


FAULTS: dict[str, tuple[str, str, str]] = {
    # What is replaced, by what, and words of the message.
    "another name": ("name: chips", "name: chip", "(name): found 'chip', expected chips, the name"),
    "another path": ("path: chips.csv", "path: c.csv", "(path): found 'c.csv', expected chips.csv"),
    "no path": ("path: chips.csv", "place: chips.csv", "(path): found nothing, expected chips.csv"),
    "an unknown type": (
        "      type: string",
        "      type: text",
        "(schema.fields[0].type): found 'text', expected one of number, integer, date, boolean",
    ),
    "a column without a name": (
        "- name: chip\n",
        "- nam: chip\n",
        "(schema.fields[0].name): found nothing, expected text",
    ),
    "constraints in a list": (
        "constraints: {required: true, unique: true}",
        "constraints: [required]",
        '(schema.fields[0].constraints): found ["required"], expected keys with values',
    ),
    "a number among words": (
        "enum: [USA, CHN",
        "enum: [USA, 86",
        "enum[1]): found 86, expected text (put it between quotes)",
    ),
    "no key": (
        "  primaryKey: ",
        "  primKey: ",
        "(schema.primaryKey): found nothing, expected a list",
    ),
    "a key that is no column": (
        "  primaryKey: [chip]",
        "  primaryKey: [chop]",
        "(schema.primaryKey[0]): found 'chop', expected a column: chip, ",
    ),
    "not YAML": ("title: ", "title: a: ", "found mapping values are not allowed"),
    "a tab": ("title: ", "\ttitle: ", "found a tab character that violates indentation"),
    "a key twice": ("title: ", "name: chips\ntitle: ", 'found duplicate key "name"'),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_file_line_key_found_and_expected(room: Room, fault: str) -> None:
    old, new, words = FAULTS[fault]
    line = room.reword("chips", old, new)
    problem = refused(room)
    assert problem.table == "chips.yml" and problem.expected and problem.found
    assert words in str(problem)
    missing = problem.found == "nothing" or fault == "a key twice"
    assert problem.line == line or (missing and problem.line), str(problem)


@pytest.mark.parametrize("content", ["", "[]", "chips", "3"])
def test_a_descriptor_that_is_no_descriptor(room: Room, content: str) -> None:
    room.own("chips.yml").write_text(content, "utf-8")
    assert (refused(room).line, refused(room).expected) == (1, "keys with values")


def test_a_descriptor_that_is_not_utf_8(room: Room) -> None:
    room.own("chips.yml").write_bytes(b"name: chips\ntitle: \xff\n")
    assert str(refused(room)) == "chips.yml, line 2: found byte 0xff, expected text in UTF-8"


def test_all_faults_of_all_descriptors_are_told_at_once(room: Room) -> None:
    room.reword("chips", "primaryKey: [chip]", "primaryKey: [chop]")
    room.reword("chips", "      type: string", "      type: text")
    room.own("robots.yml").write_text("[", "utf-8")
    problems = checks.check()
    assert {problem.table for problem in problems} == {"chips.yml", "robots.yml"}
    assert {p.key for p in problems} >= {"schema.primaryKey[0]", "schema.fields[0].type"}
    with pytest.raises(catalog.DataError, match=r"\(1 more in this file\)"):
        catalog.load("chips")


def test_a_table_without_a_descriptor(room: Room) -> None:
    room.own("chips.yml").unlink()
    with pytest.raises(catalog.UnknownTableError) as caught:
        catalog.load("chips")
    words = "chips.csv: found none, expected a descriptor, chips.yml"
    assert str(caught.value).startswith(words)
    assert f"Write {room.path / 'chips.yml'} or delete the table" in str(caught.value)
    assert words in map(str, checks.check(second_opinion=False))


def test_a_descriptor_without_a_table(room: Room) -> None:
    room.own("chips.csv").unlink()
    words = f"chips: found no such file, expected the file chips.csv in {room.path}"
    with pytest.raises(catalog.DataError, match=re.escape(words)):
        catalog.load("chips")
    assert words in map(str, checks.check(second_opinion=False))


def test_another_file_in_the_folder(room: Room) -> None:
    (room.path / "notes.txt").write_text("x", "utf-8")
    (problem,) = checks.check(second_opinion=False)
    assert problem.table == "notes.txt"


def test_both_kinds_of_descriptors_are_refused(room: Room) -> None:
    """One of them would be out of date, and nobody could see which."""
    path = room.path / "datapackage.json"
    path.write_text(descriptors.as_json(descriptors.package(REAL)), "utf-8")
    for ask in (catalog.tables, lambda: catalog.load("chips")):
        with pytest.raises(catalog.DataError, match=re.escape(f"Delete {path}")):
            ask()
    assert [problem.table for problem in checks.check()] == ["datapackage.json"]


def test_no_package_file(room: Room) -> None:
    room.own("package.yml").unlink()
    with pytest.raises(catalog.DataError, match=r"package\.yml.*Set BRIDGEBOOK_DATA"):
        catalog.tables()
    assert [problem.table for problem in checks.check()] == ["package.yml"]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [("version: ", "edition: ", "version"), ("title: ", "resources: []\ntitle: ", "resources")],
)
def test_a_broken_package_file(room: Room, old: str, new: str, key: str) -> None:
    room.reword("package", old, new)
    with pytest.raises(catalog.DataError, match=rf"package\.yml, line \d+ \({key}\): found"):
        catalog.package(room.path)
    assert [problem.table for problem in checks.check()] == ["package.yml"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "line 1: found Expecting value, expected readable JSON"),
        ("{", "line 1: found Expecting property name"),
        ("[]", "(resources): found nothing, expected a list of tables"),
        ('{"resources": 3}', "(resources): found 3, expected a list of tables"),
        ('{"resources": [{"name": "chips"}]}', "(resources[0].path): found nothing, expected a"),
    ],
)
def test_a_broken_assembled_package(room: Room, content: str, words: str) -> None:
    room.assemble().write_text(content, "utf-8")
    with pytest.raises(catalog.DataError) as caught:
        catalog.load("chips")
    assert words in str(caught.value) and f"Get {room.path} again" in str(caught.value)
    assert {problem.table for problem in checks.check()} == {"datapackage.json"}


# --- writing into them ----------------------------------------------------------------------------


def test_facts_are_replaced_in_their_place() -> None:
    text = "name: a  # one\nbytes: 1   # old\n\nhash: x\nnote: >-\n  bytes: 3\nbridgebook:rows:\n"
    facts = {"bytes": 2, "hash": "sha256:ab", "bridgebook:rows": 9}
    assert with_facts("a.yml", text.encode(), facts).decode() == (
        "name: a  # one\nbytes: 2   # old\n\nhash: sha256:ab\nnote: >-\n  bytes: 3\n"
        "bridgebook:rows: 9\n"
    )


def test_the_package_file_keeps_its_style() -> None:
    content = (REAL / "package.yml").read_bytes()
    assert with_refreshes(content, {}, []) == content
    (first, *_) = descriptors.parse("package.yml", content)["bridgebook:upstream"]
    record = {"date": "2026-12-01", "table": "robots", "added": 2}
    changed = with_refreshes(content, {first["path"]: "sha256:new"}, [record])
    found = descriptors.parse("package.yml", changed)
    assert found["bridgebook:refreshes"] == [record]
    entry = {"path": first["path"], "hash": "sha256:new", "origin": first["origin"]}
    assert found["bridgebook:upstream"][0] == entry
    lost = set(content.decode().splitlines()) - set(changed.decode().splitlines())
    assert len(lost) <= 4, "only lines of that file"


# --- when a check is repeated ---------------------------------------------------------------------


def test_the_state_of_the_checks_covers_all_code_that_they_import() -> None:
    code = (
        "import sys, bookpress.checks; "
        "print(*(m.__file__ for n, m in sys.modules.items() "
        "if n.partition('.')[0] in ('bridgebook', 'bookpress')), sep='\\n')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    imported = {Path(line) for line in done.stdout.splitlines()}
    known = {path for files in run.code_of_checks().values() for path in files}
    assert any(path.name == "voting.py" for path in imported)
    assert imported - known == {ROOT / "bookpress/__init__.py"}, "it holds no code"


@pytest.mark.parametrize(
    "name",
    [
        "data/chips.csv",
        "data/chips.yml",
        "data/package.yml",
        "data/references.bib",
        "bookpress/checks/diplomacy.py",
        "bridgebook/methods/voting.py",
        "bridgebook/catalog.py",
    ],
)
def test_a_check_is_repeated_after_a_change(
    name: str, room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real check is slow; here it only counts how often it was asked for."""
    asked: list[str] = []
    monkeypatch.setattr(run, "check", lambda: asked.append(name) or [])
    files = {Path("code") / path.name: path for path in run.code_of_checks()[ROOT / "bridgebook"]}
    files |= {Path("code") / path.name: path for path in run.code_of_checks()[ROOT / "bookpress"]}
    for copy, path in files.items():
        (tmp_path / copy).parent.mkdir(exist_ok=True)
        (tmp_path / copy).write_bytes(path.read_bytes())
    copies = {tmp_path / "code": sorted(tmp_path / copy for copy in files)}
    monkeypatch.setattr(run, "code_of_checks", lambda: copies)
    memory = tmp_path / "memory"
    for _ in range(2):
        assert checks.check_if_changed(memory) == []
    assert len(asked) == 1, "nothing changed between the two"
    folder, _, file = name.rpartition("/")
    target = room.own(file) if folder == "data" else tmp_path / "code" / file
    target.write_bytes(target.read_bytes() + b"\n")
    assert checks.check_if_changed(memory) == []
    assert len(asked) == 2
