"""The architecture diagram: read from the imports, reproducible, and checked to be up to date."""

from __future__ import annotations

import importlib.util
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = {
    "bridgebook/__init__.py": "from bridgebook.catalog import load\n",
    "bridgebook/catalog.py": "import json\n",
    "bridgebook/ledger.py": (
        "from typing import TYPE_CHECKING\nfrom . import catalog\n"
        "if TYPE_CHECKING:\n    from bookpress import cli\n"
    ),
    "bridgebook/page/__init__.py": "",
    "bridgebook/page/charts.py": "from ..catalog import load\nfrom .numbers import said\n",
    "bridgebook/page/numbers.py": "",
    "bridgebook/claims/__init__.py": "",
    "bridgebook/claims/part/chapter.py": (
        "import bridgebook.page.charts\nfrom bridgebook import catalog, ledger\n"
    ),
    "bridgebook/style/house.mplstyle": "axes.grid: True\n",
    "bookpress/__init__.py": "",
    "bookpress/cli.py": "def main():\n    from bookpress.site import pages\n",
    "bookpress/site/__init__.py": "",
    "bookpress/site/pages.py": "from bridgebook.claims.part import chapter\n",
    "bookpress/site/static/book.js": "",
}
ARROWS = {
    ("bridgebook.ledger", "bridgebook.catalog"),
    ("bridgebook.page", "bridgebook.catalog"),
    ("bridgebook.claims", "bridgebook.page"),
    ("bridgebook.claims", "bridgebook.catalog"),
    ("bridgebook.claims", "bridgebook.ledger"),
    ("bookpress.cli", "bookpress.site"),
    ("bookpress.site", "bridgebook.claims"),
}


@pytest.fixture(scope="module")
def drawing() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("draw_imports", ROOT / "docs/draw_imports.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small repository with the names of the two packages."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    (tmp_path / "docs").mkdir()
    return tmp_path


def test_every_form_of_import_is_an_arrow(drawing: ModuleType, tree: Path) -> None:
    found = drawing.read(tree)
    assert found.arrows == ARROWS
    assert found.boxes["bridgebook.page"] == ("charts", "numbers")
    assert found.boxes["bridgebook.claims"] == ("part",)
    assert found.boxes["bridgebook.catalog"] == ()
    assert "bridgebook.style" not in found.boxes, "a folder without Python is no box"


def test_a_box_is_above_what_it_imports(drawing: ModuleType, tree: Path) -> None:
    found = drawing.read(tree)
    level = drawing.floors(found)
    assert all(level[upper] > level[lower] for upper, lower in found.arrows)
    assert level["bridgebook.catalog"] == 0
    assert level["bridgebook.ledger"] == level["bridgebook.page"] == 1
    assert level["bookpress.cli"] == max(level.values())
    assert drawing.upward(found) == []


def test_only_what_a_longer_way_implies_has_no_arrow(drawing: ModuleType, tree: Path) -> None:
    found = drawing.read(tree)
    assert found.implied() == {("bridgebook.claims", "bridgebook.catalog")}
    assert "also catalog" in drawing.lines_of("bridgebook.claims", found)
    _, ways = drawing.arrange(found)
    assert {arrow for arrow, _ in ways} == ARROWS - found.implied()


def test_boxes_do_not_overlap(drawing: ModuleType, tree: Path) -> None:
    for row in drawing.arrange(drawing.read(tree))[0]:
        for left, right in pairwise(row):
            assert left.x + left.width / 2 < right.x - right.width / 2


def test_an_import_through_the_wall_is_reported(
    drawing: ModuleType, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "bridgebook/catalog.py").write_text("from bookpress import cli\n", "utf-8")
    assert drawing.main(["--root", str(tree)]) == 0
    assert "bridgebook.catalog imports bookpress.cli" in capsys.readouterr().err
    assert drawing.WRONG in (tree / "docs/architecture.svg").read_text("utf-8")


def test_a_circle_shares_a_floor_and_keeps_its_arrows(drawing: ModuleType, tree: Path) -> None:
    (tree / "bridgebook/catalog.py").write_text("from bridgebook import ledger\n", "utf-8")
    found = drawing.read(tree)
    level = drawing.floors(found)
    assert level["bridgebook.catalog"] == level["bridgebook.ledger"] == 0
    assert level["bridgebook.page"] == 1
    circle = {
        ("bridgebook.catalog", "bridgebook.ledger"),
        ("bridgebook.ledger", "bridgebook.catalog"),
    }
    assert circle <= found.arrows - found.implied()
    assert len(drawing.upward(found)) == 2


def test_the_same_imports_give_the_same_bytes(drawing: ModuleType, tree: Path) -> None:
    pictures = [tree / "docs/one.svg", tree / "docs/two.svg"]
    for picture in pictures:
        drawing.draw(drawing.read(tree), picture)
    one, two = (picture.read_bytes() for picture in pictures)
    assert one == two
    ElementTree.fromstring(one)
    assert b"<dc:date>" not in one
    assert drawing.described_in(pictures[0]) == drawing.read(tree).described()


def test_check_sees_a_new_import_and_a_missing_drawing(
    drawing: ModuleType, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--root", str(tree)]
    assert drawing.main([*arguments, "--check"]) == 1
    assert drawing.main(arguments) == 0
    assert drawing.main([*arguments, "--check"]) == 0
    with (tree / "bridgebook/catalog.py").open("a") as file:
        file.write("VALUE = 1\n")
    assert drawing.main([*arguments, "--check"]) == 0, "a changed line without an import"
    (tree / "bookpress/cli.py").write_text("from bridgebook import ledger\n", "utf-8")
    assert drawing.main([*arguments, "--check"]) == 1
    assert "older than the imports" in capsys.readouterr().out


def test_the_drawing_of_the_book_is_up_to_date(drawing: ModuleType) -> None:
    assert drawing.main(["--check"]) == 0
