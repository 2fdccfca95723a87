"""What the repository says about the book: contents, parts, front matter, settings.

Read here and nowhere else, without Sphinx, by commands, checks, refreshes and pages alike.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
"""The repository."""

INPUTS = (
    *("_config.yml", "_toc.yml", "chapters", "data", "teaching", "bridgebook", "bookpress"),
    *("pyproject.toml", "hatch_build.py", "requirements.lock", "README.md", "CHANGELOG.md"),
)
"""Files and folders of the repository that can change what is built."""

TABLE_PAGES = "chapters/reference/data"
"""Folder of the catalogue's pages, written by the build; the overview has the same name."""

CHAPTERS = "chapters"
"""Folder of the pages below the repository."""


class SourceError(ValueError):
    """A file of the repository is not what it has to be; names the file and what to do."""


def read_yaml(path: Path) -> Any:
    """Read a YAML file.

    Raises
    ------
    SourceError
        If it is missing or not YAML; names the file and the line.
    """
    try:
        return parse_yaml(path.read_text("utf-8"), str(path))
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from None


def parse_yaml(text: str, name: str) -> Any:
    """Parse YAML; ``name`` says in an error where the text comes from."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe").load(text)
    except MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SourceError(f"{name}{line}: not readable as YAML: {error.problem}") from None
    except YAMLError as error:
        raise SourceError(f"{name}: not readable as YAML: {error}") from None


def write_yaml(path: Path, content: Any) -> None:
    """Write content as YAML, in the order of its keys."""
    from ruamel.yaml import YAML

    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe").dump(content, file)


def config(root: Path = ROOT) -> dict[str, Any]:
    """Settings of the book, from ``_config.yml``."""
    return dict(read_yaml(root / "_config.yml"))


def contents(root: Path = ROOT) -> dict[str, Any]:
    """The table of contents, ``_toc.yml``."""
    return dict(read_yaml(root / "_toc.yml"))


def parts(root: Path = ROOT) -> dict[str, str]:
    """Titles of the parts by the name of their folder, in the order of the book."""
    titles: dict[str, str] = {}
    for part in contents(root).get("parts", []):
        for entry in part["chapters"]:
            titles.setdefault(Path(entry["file"]).parent.name, part["caption"])
    return titles


def chapters(root: Path = ROOT) -> list[str]:
    """Pages of the parts as ``part/chapter``, in the order of the book; no first page, no globs."""
    return [
        Path(entry["file"]).relative_to(CHAPTERS).as_posix()
        for part in contents(root).get("parts", [])
        for entry in part["chapters"]
    ]


@cache
def _metadata(text: str) -> dict[str, Any]:
    from myst_parser.config.main import TopmatterReadError, read_topmatter

    try:
        return dict(read_topmatter(text) or {})
    except TopmatterReadError as error:
        raise SourceError(f"front matter: not readable as YAML: {error}") from None


def page_metadata(text: str) -> dict[str, Any]:
    """All of a page's front matter, empty if there is none."""
    return _metadata(text)


def front_matter(text: str) -> dict[str, Any]:
    """The ``bridgebook`` part of a chapter's front matter, empty if there is none."""
    return dict(page_metadata(text).get("bridgebook", {}))
