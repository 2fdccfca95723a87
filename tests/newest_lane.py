"""Second lane: run all chapters with the newest pandas and matplotlib, so the book does not age.

Makes ``.venv-newest`` (unpinned), runs every chapter there and compares the quoted numbers with
the recorded ones. Called by ``make test-newest``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv-newest"
PACKAGES = [
    "pandas",
    "matplotlib",
    "numpy",
    "ipywidgets",
    "ipykernel",
    "nbclient",
    "nbformat",
    "ruamel.yaml",
    # The runner reads chapters as the book does; these do not touch what the chapters compute.
    "myst-nb",
    "sphinx",
    "lxml",
    "tinycss2",
    "latex2mathml",
    "pytest",
]
SHOWN = ("python", "numpy", "pandas", "matplotlib", "ipywidgets", "ipython")


def make_environment() -> Path:
    """Create the environment, or bring it up to date, and return its Python."""
    python = VENV / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--upgrade", *PACKAGES], check=True)
    subprocess.run([*pip, "hatchling", "editables"], check=True)
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)], check=True)
    return python


def run_chapters() -> int:
    """Run in the new environment: execute all chapters, compare their numbers."""
    import importlib.metadata
    import json

    sys.path.insert(0, str(ROOT / "tests" / "chapters"))
    import test_numbers

    from bridgebook.site import execute

    versions = [f"{name} {importlib.metadata.version(name)}" for name in SHOWN if name != "python"]
    print(f"newest lane: Python {sys.version.split()[0]}, {', '.join(versions)}")
    names = test_numbers.chapters()
    chapters = []
    for name in names:
        path = ROOT / "chapters" / f"{name}.md"
        chapters.append(execute.Chapter(f"chapters/{name}", path, path.read_text("utf-8")))
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        try:
            execute.execute_all(chapters, Path(folder), VENV / "no-lock-file")
        except execute.ChapterError as error:
            print(error)
            return 1
        for name in names:
            now = test_numbers.glued(Path(folder, "chapters", f"{name}.ipynb"))
            record = json.loads(test_numbers.recorded_file(name).read_text("utf-8"))
            for key in sorted(now.keys() | record.keys()):
                if now.get(key) != record.get(key):
                    failed += 1
                    print(f"{name}: {key} is {now.get(key)!r}, the book says {record.get(key)!r}")
    print(f"newest lane: {len(names)} chapters ran, {failed} numbers differ")
    return 1 if failed else 0


def main() -> int:
    """Build the environment and run the chapters with its Python."""
    if sys.argv[1:] == ["--run"]:
        return run_chapters()
    python = make_environment()
    return subprocess.run([str(python), str(Path(__file__)), "--run"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
