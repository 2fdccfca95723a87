"""Second lane: the notebooks of the built site, anywhere, with the newest pandas and matplotlib.

Makes ``.venv-newest`` (unpinned) with nothing of this project but its wheel, which carries the
tables. There each downloadable notebook runs in an empty folder, and the numbers it quotes are
compared with the recorded ones: the book does not age, and a reader's own Jupyter agrees with it.
Called by ``make test-newest``; needs a built book.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
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


def make_environment() -> Path:
    """Create the environment, or bring it up to date, and return its Python."""
    python = VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    quiet = ["--quiet", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory() as folder:
        # Made with the tools of this environment, installed as anybody would install it.
        make = [sys.executable, "-m", "pip", "wheel", *quiet, "--no-deps", "--no-build-isolation"]
        subprocess.run([*make, "--wheel-dir", folder, str(ROOT)], check=True)
        (wheel,) = Path(folder).glob("*.whl")
        pip = [str(python), "-m", "pip", "install", *quiet]
        subprocess.run(
            [*pip, "--upgrade", "--upgrade-strategy", "eager", wheel, "ipykernel"], check=True
        )
        subprocess.run([*pip, "--force-reinstall", "--no-deps", wheel], check=True)
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


def run(chapter: str) -> list[str]:
    """Run one notebook in an empty folder; returns what is wrong, in lines."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    notebook = nbformat.read(NOTEBOOKS / f"{chapter}.ipynb", 4)
    with tempfile.TemporaryDirectory() as empty:
        where = {"metadata": {"path": empty}}
        client = NotebookClient(notebook, timeout=SECONDS, kernel_name=KERNEL, resources=where)
        try:
            client.execute()
        except CellExecutionError as error:
            return [f"{chapter}: {error}"]
        left = [f"{chapter}: leaves {path.name} behind" for path in Path(empty).iterdir()]
    return left + [f"{chapter}: {line}" for line in test_numbers.moved(chapter, notebook)]


def main() -> int:
    """Build the environment and run the notebooks of the site in it."""
    names = test_numbers.chapters()
    missing = [name for name in names if not (NOTEBOOKS / f"{name}.ipynb").is_file()]
    if missing:
        print(f"no notebook of {', '.join(missing)} in {NOTEBOOKS}: run `make book` first")
        return 1
    print(f"newest lane: {versions(make_environment())}")
    os.environ["JUPYTER_PATH"] = str(VENV / "share" / "jupyter")
    # Nothing of this checkout may help: neither its package nor its tables.
    for name in ("PYTHONPATH", "BRIDGEBOOK_DATA", "BRIDGEBOOK_BUILD"):
        os.environ.pop(name, None)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        problems = [line for lines in pool.map(run, names) for line in lines]
    print(*problems, f"newest lane: {len(names)} notebooks ran, {len(problems)} problems", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
