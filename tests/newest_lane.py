"""Second lane: the notebooks of the built site, anywhere, with the newest pandas and matplotlib.

Makes ``.venv-newest`` (unpinned) with nothing of this project. There the notebooks of the zip run
where it was unpacked, the first of them bringing the package from the wheel in the zip, and the
numbers they quote are compared with the recorded ones: the book does not age, and a reader's own
Jupyter agrees with it.
Called by ``make test-newest``; needs a built book.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv-newest"
NOTEBOOKS = ROOT / "_build" / "html" / "notebooks"
KERNEL = "newest"
SHOWN = ("numpy=", "pandas=", "matplotlib=", "ipywidgets=", "ipython=", "bridgebook ")
SECONDS = 300

sys.path.insert(0, str(ROOT / "tests" / "chapters"))
import test_numbers  # noqa: E402


def dependencies() -> list[str]:
    """What the reader's package asks for, without versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [re.split(r"[<>=~!]", name)[0] for name in project["dependencies"]]


def make_environment() -> Path:
    """Create the environment, or bring it up to date, without our package; return its Python."""
    python = VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    pip = [str(python), "-m", "pip"]
    quiet = ["--quiet", "--disable-pip-version-check"]
    newest = ["--upgrade", "--upgrade-strategy", "eager", *dependencies(), "ipykernel"]
    subprocess.run([*pip, "install", *quiet, *newest], check=True)
    subprocess.run([*pip, "uninstall", *quiet, "--yes", "bridgebook"], check=True)
    register = ["-m", "ipykernel", "install", "--prefix", str(VENV), "--name", KERNEL]
    subprocess.run(
        [str(python), *register], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    return python


def versions(python: Path) -> str:
    """What the environment holds, for the log."""
    ask = [str(python), "-m", "pip", "freeze", "--disable-pip-version-check"]
    found = subprocess.run(ask, check=True, capture_output=True, text=True).stdout.splitlines()
    return ", ".join(line for line in found if line.startswith(SHOWN))


def run(chapter: str, folder: Path) -> list[str]:
    """Run one notebook where the zip was unpacked; returns what is wrong, in lines."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    path = folder / f"{chapter}.ipynb"
    notebook = nbformat.read(path, 4)
    where = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=SECONDS, kernel_name=KERNEL, resources=where)
    try:
        client.execute()
    except CellExecutionError as error:
        return [f"{chapter}: {error}"]
    return [f"{chapter}: {line}" for line in test_numbers.moved(chapter, notebook)]


def unpack(folder: Path) -> set[Path]:
    """Unpack the zip of all notebooks, as a reader does; the files that it holds."""
    with zipfile.ZipFile(NOTEBOOKS / "all-chapters.zip") as archive:
        archive.extractall(folder)
    return set(folder.rglob("*"))


def main() -> int:
    """Build the environment and run the notebooks of the site in it."""
    names = test_numbers.chapters()
    missing = [name for name in names if not (NOTEBOOKS / f"{name}.ipynb").is_file()]
    if missing:
        print(f"no notebook of {', '.join(missing)} in {NOTEBOOKS}: run `make book` first")
        return 1
    python = make_environment()
    os.environ["JUPYTER_PATH"] = str(VENV / "share" / "jupyter")
    # Nothing of this checkout may help: neither its package nor its tables.
    for name in ("PYTHONPATH", "BRIDGEBOOK_DATA", "BRIDGEBOOK_BUILD"):
        os.environ.pop(name, None)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        before = unpack(folder)
        # The first notebook brings the package from the wheel in the zip; the others find it.
        problems = run(names[0], folder)
        print(f"newest lane: {versions(python)}")
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            results = pool.map(lambda name: run(name, folder), names[1:])
            problems += [line for lines in results for line in lines]
        left = sorted(path.name for path in set(folder.rglob("*")) - before)
    problems += [f"the notebooks leave {name} behind" for name in left]
    print(*problems, f"newest lane: {len(names)} notebooks ran, {len(problems)} problems", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
