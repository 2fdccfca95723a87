"""Python for the browser: where wheels come from, what is refused, what a live page loads."""

from __future__ import annotations

import hashlib
import io
import json
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sphinx.errors import ExtensionError

from bookpress import files
from bookpress.site import pyodide

GOOD, BAD = b"the wheel of the release", b"something else"
ENTRY = {"file_name": "numpy-2.0.2-any.whl", "sha256": hashlib.sha256(GOOD).hexdigest()}


class Shelf:
    """A source that has one content for every file, or none."""

    def __init__(self, content: bytes | None) -> None:
        self.content, self.asked = content, 0

    def read(self, file_name: str) -> bytes:
        self.asked += 1
        if self.content is None:
            raise LookupError(f"shelf: no {file_name}")
        return self.content


# --- wheels -------------------------------------------------------------------------------


def test_the_first_source_that_has_it_right_is_used(tmp_path: Path) -> None:
    shelves = [Shelf(None), Shelf(BAD), Shelf(GOOD), Shelf(GOOD)]
    assert pyodide.wheel_of(ENTRY, shelves, tmp_path) == GOOD
    assert [shelf.asked for shelf in shelves] == [1, 1, 1, 0]


def test_what_was_fetched_is_kept_and_checked_again(tmp_path: Path) -> None:
    pyodide.wheel_of(ENTRY, [Shelf(GOOD)], tmp_path)
    assert pyodide.wheel_of(ENTRY, [], tmp_path) == GOOD
    (tmp_path / ENTRY["file_name"]).write_bytes(BAD)
    assert pyodide.wheel_of(ENTRY, [Shelf(GOOD)], tmp_path) == GOOD
    assert (tmp_path / ENTRY["file_name"]).read_bytes() == GOOD


def test_a_missing_or_wrong_wheel_stops_and_says_what_was_tried(tmp_path: Path) -> None:
    with pytest.raises(ExtensionError) as caught:
        pyodide.wheel_of(ENTRY, [pyodide.Folder(tmp_path / "mine"), Shelf(BAD)], tmp_path)
    message = str(caught.value)
    assert ENTRY["file_name"] in message and ENTRY["sha256"][:12] in message
    assert str(tmp_path / "mine") in message and "No such file" in message
    assert f"sha256 {hashlib.sha256(BAD).hexdigest()[:12]}… is wrong" in message
    assert pyodide.FOLDER_VARIABLE in message
    assert list(tmp_path.iterdir()) == [], "nothing wrong is kept"


def test_a_named_folder_is_asked_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(pyodide.FOLDER_VARIABLE, str(tmp_path))
    first, second, third = pyodide.sources(tmp_path)
    assert first == pyodide.Folder(tmp_path)
    assert isinstance(second, pyodide.Release) and isinstance(third, pyodide.Carrier)
    monkeypatch.delenv(pyodide.FOLDER_VARIABLE)
    assert len(pyodide.sources(tmp_path)) == 2


def test_a_release_without_connection_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    asked = []

    def refuse(address: str, timeout: int) -> None:
        asked.append((address, timeout))
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "get", refuse)
    release = pyodide.Release()
    for _ in range(3):
        with pytest.raises(LookupError, match="no connection"):
            release.read("a.whl")
    assert len(asked) == 1


# --- the lock -----------------------------------------------------------------------------

PACKAGES = {
    "a": {"depends": ["b_c"]},
    "b-c": {"depends": ["D"]},
    "d": {"depends": ["a"]},
    "e": {"depends": []},
}


def test_closure_follows_names_however_they_are_written() -> None:
    assert pyodide.closure(PACKAGES, ["A"]) == ["a", "b-c", "d"]
    assert pyodide.closure(PACKAGES, []) == []
    with pytest.raises(KeyError, match="zzz"):
        pyodide.closure(PACKAGES, ["zzz"])


def test_the_lock_of_the_book_pins_what_is_added() -> None:
    lock = Path(__file__).resolve().parents[2] / "requirements.lock"
    for name in pyodide.PURE:
        line = pyodide.pinned(lock, name)
        assert line.startswith(f"{name}==") and "--hash=sha256:" in line
    with pytest.raises(ExtensionError, match="does not pin no-such-thing"):
        pyodide.pinned(lock, "no-such-thing")


def assembly() -> pyodide.Assembly:
    made = pyodide.Assembly({"packages": {}}, {"pyodide.mjs": b"core"})
    made.add("ruamel-yaml", "ruamel_yaml-0.18-py3-none-any.whl", GOOD, ["b", "a"])
    return made


def test_added_packages_are_in_the_lock(tmp_path: Path) -> None:
    assembly().write(tmp_path)
    entry = json.loads((tmp_path / pyodide.LOCK).read_text("utf-8"))["packages"]["ruamel-yaml"]
    assert entry["sha256"] == ENTRY["sha256"] and entry["version"] == "0.18"
    assert entry["imports"] == ["ruamel.yaml"] and entry["depends"] == ["a", "b"]
    assert (tmp_path / entry["file_name"]).read_bytes() == GOOD


def test_a_folder_holds_exactly_what_is_written(tmp_path: Path) -> None:
    (tmp_path / "old.whl").write_bytes(b"left over")
    assembly().write(tmp_path)
    kept = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert "old.whl" not in kept and len(kept) == 3
    assembly().write(tmp_path)
    del kept[pyodide.LOCK]
    assert kept == {name: (tmp_path / name).stat().st_mtime_ns for name in kept}


# --- byte code ----------------------------------------------------------------------------


def wheel(**files: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/") + ".py", text)
    return held.getvalue()


@pytest.fixture
def compiler(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Fake compiler in place of the real one, which the build runs; it records its calls."""
    asked: list[list[str]] = []

    def call(folder: Path, names: list[str]) -> None:
        asked.append(sorted(names))
        assert (folder / pyodide.LOCK).exists()
        for name in names:
            (folder / name).write_bytes((folder / name).read_bytes() + b"compiled")

    monkeypatch.setattr(pyodide, "_call_compiler", call)
    return asked


def small_site() -> pyodide.Assembly:
    made = pyodide.Assembly({"packages": {}}, dict.fromkeys(pyodide.CORE, b"core"))
    made.add("fonttools", "fonttools-1-any.whl", wheel(f="1"), [])
    made.add("ipython", "ipython-8-any.whl", wheel(a="1"), ["fonttools"])
    made.add("jedi", "jedi-1-any.whl", wheel(b="1"), [])
    made.add(pyodide.OWN, "bridgebook-1-any.whl", wheel(c="1"), ["ipython"])
    return made


def test_what_a_live_page_loads_is_compiled_once(compiler: Any, tmp_path: Path) -> None:
    made = small_site()
    pyodide.compile_wheels(made, tmp_path)
    assert compiler == [["bridgebook-1-any.whl", "ipython-8-any.whl"]]
    for entry in made.lock["packages"].values():
        data = made.files[entry["file_name"]]
        assert entry["sha256"] == pyodide.sha256(data)
        assert data.endswith(b"compiled") == (entry["name"] in {"ipython", "bridgebook"})
    pyodide.compile_wheels(small_site(), tmp_path)
    assert len(compiler) == 1, "kept by checksum"


def test_a_live_page_knows_how_much_it_loads() -> None:
    made = small_site()
    needs = pyodide.for_live_pages(made)
    loaded = set(pyodide.CORE) - {"pyodide.js"}
    loaded |= {"fonttools-1-any.whl", "ipython-8-any.whl", "bridgebook-1-any.whl"}
    assert needs["packages"] == ["ipython", "bridgebook"]
    assert needs["bytes"] == sum(len(made.files[name]) for name in loaded)


# --- npm ----------------------------------------------------------------------------------


def test_another_archive_than_the_pinned_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pack(requirement: str, folder: str) -> None:
        assert requirement == "codemirror@5.65.20"
        Path(folder, "codemirror-5.65.20.tgz").write_bytes(b"no archive")

    monkeypatch.setattr(files, "_npm_pack", pack)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    package = files.NpmPackage("codemirror", "5.65.20", "0" * 128)
    with pytest.raises(files.OtherFileError, match=r"not the pinned file") as caught:
        package.read(["lib/codemirror.js"], tmp_path)
    assert "npm:codemirror@5.65.20" in str(caught.value) and str(tmp_path) in str(caught.value)
    assert not list(tmp_path.glob("*.tgz")), "refused bytes are not kept"
