"""Draw the architecture from the imports: ``docs/architecture.svg``.

Each module or subpackage of the two packages is a box, and an arrow leads from what imports to
what is imported. The floors follow from the arrows: a box is above everything it imports. A
direct import that a longer way down implies is written into its box after "also", so that the
drawing says everything and stays readable. An import that points up is drawn in red.

    python docs/draw_imports.py            # write the drawing
    python docs/draw_imports.py --check    # exit code 1 if the imports have changed since

Import statements inside functions count, those under TYPE_CHECKING do not, as for import-linter.
Modules that are loaded by name at run time (claims and exercises of a chapter) leave no import
statement and have no arrow. The drawing carries its list of imports as a description, and
``--check`` compares that list, so another version of matplotlib does not make it out of date.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

PACKAGES = ("bridgebook", "bookpress")
"""Bottom up: the second may import the first."""

WHAT = {
    "bridgebook": "bridgebook: what a reader runs",
    "bookpress": "bookpress: what makes the book",
}
DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
UNITS = 10  # of the drawing to the inch
LINE, GAP, FLOOR, MARGIN = 1.9, 4.0, 5.5, 4.0
LETTER, SMALL_LETTER = 1.35, 0.84  # widths, a little generous
LEGEND = "An arrow leads from what imports to what is imported. “also”: imported directly as well."
INK, MUTED, WRONG = "#1f2933", "#5b6770", "#b3261e"
FILL = {"bridgebook": "#e8f1f8", "bookpress": "#f6efe4"}
EDGE = {"bridgebook": "#0072b2", "bookpress": "#a15c00"}


# --- reading ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Imports:
    """What imports what, by box: ``bridgebook.page``, ``bookpress.cli`` and so on."""

    boxes: dict[str, tuple[str, ...]]
    """Modules of each box by name; none if the box is a single module."""
    arrows: frozenset[tuple[str, str]]

    def below(self, box: str) -> set[str]:
        """Boxes that a box imports."""
        return {lower for upper, lower in self.arrows if upper == box}

    def reach(self, box: str) -> set[str]:
        """Boxes that a box imports directly or through others."""
        found: set[str] = set()
        waiting = [box]
        while waiting:
            for lower in self.below(waiting.pop()) - found:
                found.add(lower)
                waiting.append(lower)
        return found

    def implied(self) -> set[tuple[str, str]]:
        """Arrows that a longer way down implies."""
        return {
            (upper, lower)
            for upper, lower in self.arrows
            for other in self.below(upper) - {lower}
            if lower in self.reach(other) and upper not in self.reach(other)
        }

    def described(self) -> str:
        """The imports as text, one box a line."""
        lines = []
        for box in sorted(self.boxes):
            modules = f" ({', '.join(self.boxes[box])})" if self.boxes[box] else ""
            below = ", ".join(sorted(self.below(box))) or "nothing"
            lines.append(f"{box}{modules} imports {below}.")
        return "\n".join(lines)


def read(root: Path) -> Imports:
    """Read the import statements of both packages below ``root``."""
    boxes: dict[str, tuple[str, ...]] = {}
    for package in PACKAGES:
        for path in sorted((root / package).iterdir()) if (root / package).is_dir() else ():
            if path.suffix == ".py" and not path.stem.startswith("__"):
                boxes[f"{package}.{path.stem}"] = ()
            elif path.is_dir() and any(path.rglob("*.py")):
                boxes[f"{package}.{path.name}"] = tuple(_modules(path))
    arrows = set()
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            module = path.relative_to(root).with_suffix("").parts
            upper = ".".join(module[:2])
            for name in _imported(ast.parse(path.read_text("utf-8")), module):
                lower = ".".join(name.split(".")[:2])
                if upper in boxes and lower in boxes and lower != upper:
                    arrows.add((upper, lower))
    return Imports(boxes, frozenset(arrows))


def _modules(folder: Path) -> list[str]:
    """Names of the modules and packages directly in a subpackage."""
    return sorted(
        path.stem
        for path in folder.iterdir()
        if not path.stem.startswith("__")
        and (path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py"))))
    )


def _imported(tree: ast.AST, module: tuple[str, ...]) -> Iterator[str]:
    """Dotted names that a module imports; ``from a import b`` counts as ``a.b``."""
    for node in _that_run(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # One dot is the package that holds the module, each further dot the next above.
            here = module[: len(module) - node.level] if node.level else ()
            base = [*here, *([node.module] if node.module else [])]
            yield from (".".join([*base, alias.name]) for alias in node.names)


def _that_run(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker reads."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            for other in child.orelse:
                yield from _that_run(other)
        else:
            yield from _that_run(child)


# --- floors -------------------------------------------------------------------------------


def floors(imports: Imports) -> dict[str, int]:
    """Floor of each box, counted from the ground: one above the highest of those it imports.

    Boxes that import each other share a floor. The second package begins above the first.
    """
    found: dict[str, int] = {}
    ground = 0
    for package in PACKAGES:
        own = [box for box in sorted(imports.boxes) if box.startswith(f"{package}.")]
        circles = {box: imports.reach(box) for box in own}

        def floor(box: str, circles: dict[str, set[str]] = circles, ground: int = ground) -> int:
            if box not in found:
                ring = {box} | {one for one in circles[box] if box in circles.get(one, ())}
                under = {low for one in ring for low in imports.below(one) if low in circles}
                level = max((floor(low) + 1 for low in sorted(under - ring)), default=ground)
                found.update(dict.fromkeys(ring & circles.keys(), level))
            return found[box]

        for box in own:
            floor(box)
        ground = max((found[box] for box in own), default=ground - 1) + 1
    return found


# --- places -------------------------------------------------------------------------------


@dataclass
class Place:
    """Position of a box, or (without lines) of a long arrow crossing a layer."""

    name: str
    floor: int
    lines: tuple[str, ...] = ()
    x: float = 0.0

    @property
    def width(self) -> float:
        """Room for the widest line; a passing arrow needs little."""
        if not self.lines:
            return 1.0
        name, *others = self.lines
        widest = max((len(line) for line in others), default=0) * SMALL_LETTER
        return max(10.0, widest + 3.0, len(name) * LETTER + 3.0)

    @property
    def height(self) -> float:
        """Room for the lines."""
        return len(self.lines) * LINE + 2.2


def lines_of(box: str, imports: Imports) -> tuple[str, ...]:
    """Text of a box: its name, its modules, and the imports that have no arrow."""
    package, name = box.split(".")
    modules = imports.boxes[box]
    text = [f"{name}/" if modules else name]
    if len(modules) > 12:
        text.append(f"{len(modules)} modules")
    elif modules:
        text += _wrapped(" ".join(modules))
    also = sorted(lower.split(".") for upper, lower in imports.implied() if upper == box)
    for other in reversed(PACKAGES):
        names = ", ".join(name for where, name in also if where == other)
        if names:
            text += _wrapped(f"also {names}" if other == package else f"also {other}: {names}")
    return tuple(text)


def _wrapped(text: str, width: int = 42) -> list[str]:
    rows = [""]
    for word in text.split():
        if rows[-1] and len(rows[-1]) + 1 + len(word) > width:
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}".strip()
    return rows


def arrange(
    imports: Imports,
) -> tuple[list[list[Place]], list[tuple[tuple[str, str], list[Place]]]]:
    """Put boxes on their floors and lead each arrow past the floors between.

    Returns
    -------
    The floors from the ground up, each from left to right, and for each drawn arrow the places it
    goes through, from the upper to the lower box.
    """
    level = floors(imports)
    rows: list[list[Place]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    places = {
        box: Place(box, floor, lines_of(box, imports)) for box, floor in sorted(level.items())
    }
    for place in places.values():
        rows[place.floor].append(place)
    ways = []
    for upper, lower in sorted(imports.arrows - imports.implied()):
        start, end = places[upper], places[lower]
        step = -1 if end.floor < start.floor else 1
        passing = [Place("", floor) for floor in range(start.floor + step, end.floor, step)]
        for place in passing:
            rows[place.floor].append(place)
        ways.append(((upper, lower), [start, *passing, end]))
    neighbours: dict[int, list[Place]] = {}
    for _, way in ways:
        for one, other in pairwise(way):
            neighbours.setdefault(id(one), []).append(other)
            neighbours.setdefault(id(other), []).append(one)
    for row in rows:
        _spread(row)
    for sweep in range(24):  # enough for the order to settle; ends the same way each time
        for row in rows if sweep % 2 else reversed(rows):
            for place in row:
                near = [other.x for other in neighbours.get(id(place), [])]
                place.x = sum(near) / len(near) if near else place.x
            row.sort(key=lambda place: (round(place.x, 3), place.name))
            _spread(row)
    left = min((place.x - place.width / 2 for row in rows for place in row), default=0)
    for row in rows:
        for place in row:
            place.x += MARGIN - left
    return rows, ways


def _spread(row: list[Place]) -> None:
    """Push the places of a floor apart until none overlaps its neighbour."""
    for _ in range(60):
        for left, right in pairwise(row):
            overlap = left.x + (left.width + right.width) / 2 + GAP - right.x
            if overlap > 0:
                left.x -= overlap / 2
                right.x += overlap / 2


# --- drawing ------------------------------------------------------------------------------


def draw(imports: Imports, target: Path) -> None:
    """Write the drawing as SVG (or PNG, by the name of the file); same imports, same bytes."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    rows, ways = arrange(imports)
    tops, bottoms = _heights(rows)
    right = max((place.x + place.width / 2 for row in rows for place in row), default=0)
    width, height = max(right + MARGIN, 56), max(tops, default=0) + 5.5
    settings = {"svg.hashsalt": "imports", "svg.fonttype": "path", "font.family": "DejaVu Sans"}
    with mpl.rc_context(settings):
        fig = plt.figure(figsize=(width / UNITS, (height + 3) / UNITS), facecolor="white")
        ax = fig.add_axes((0, 0, 1, 1))
        ax.set(xlim=(0, width), ylim=(-3, height))
        ax.set_axis_off()
        _draw_packages(ax, rows, (tops, bottoms), width)
        for arrow, way in ways:
            _draw_arrow(ax, arrow, way, tops, bottoms)
        for row in rows:
            for place in (one for one in row if one.lines):
                _draw_box(ax, place, tops[place.floor])
        ax.text(MARGIN - 1, -1.5, LEGEND, va="center", size=7.5, color=MUTED)
        about: dict[str, Any] = {"Title": "Imports of the book's packages"}
        if target.suffix == ".svg":
            about |= {"Description": imports.described(), "Date": None, "Creator": None}
        fig.savefig(target, metadata=about, dpi=150)
        plt.close(fig)
    if target.suffix == ".svg":  # as an editor leaves it: no blanks before line ends
        lines = target.read_text("utf-8").splitlines()
        target.write_text("".join(f"{line.rstrip()}\n" for line in lines), "utf-8")


def _heights(rows: list[list[Place]]) -> tuple[list[float], list[float]]:
    """Upper and lower edge of each floor's boxes; the packages keep some distance."""
    tops: list[float] = []
    bottoms: list[float] = []
    at, before = 3.0, ""
    for row in rows:
        package = next(place.name.split(".")[0] for place in row if place.name)
        at += 4.0 if before and package != before else 0.0
        bottoms.append(at)
        tops.append(at + max(place.height for place in row))
        at, before = tops[-1] + FLOOR, package
    return tops, bottoms


def _draw_packages(
    ax: Any, rows: list[list[Place]], edges: tuple[list[float], list[float]], width: float
) -> None:
    """A ground for each package, with its name."""
    from matplotlib.patches import FancyBboxPatch

    for package in PACKAGES:
        own = [n for n, row in enumerate(rows) if any(p.name.startswith(package) for p in row)]
        if not own:
            continue
        tops, bottoms = edges
        low, high = bottoms[own[0]] - 2, tops[own[-1]] + 4.5
        ax.add_patch(
            FancyBboxPatch(
                (1, low), width - 2, high - low, boxstyle="round,pad=0,rounding_size=1.2",
                facecolor=FILL[package], edgecolor="none", alpha=0.6, zorder=0,
            )
        )  # fmt: skip
        ax.text(
            MARGIN - 1, high - 2.1, WHAT[package], size=10.5, weight="bold", color=EDGE[package],
            va="center", zorder=4,
        )  # fmt: skip


def _draw_box(ax: Any, place: Place, top: float) -> None:
    """A box as high as its lines."""
    from matplotlib.patches import FancyBboxPatch

    package = place.name.split(".")[0]
    ax.add_patch(
        FancyBboxPatch(
            (place.x - place.width / 2, top - place.height), place.width, place.height,
            boxstyle="round,pad=0,rounding_size=0.7",
            facecolor="white", edgecolor=EDGE[package], linewidth=1.1, zorder=3,
        )
    )  # fmt: skip
    for number, line in enumerate(place.lines):
        ax.text(
            place.x, top - 2.1 - number * LINE, line, ha="center", va="center", zorder=4,
            size=10 if not number else 7, weight="bold" if not number else "normal",
            color=INK if not number else MUTED,
        )  # fmt: skip


def _draw_arrow(
    ax: Any, arrow: tuple[str, str], way: list[Place], tops: list[float], bottoms: list[float]
) -> None:
    """A curve through the places of a way, with a head at its end."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path as Line

    start, end = way[0], way[-1]
    if end.floor == start.floor:
        side = 1 if end.x > start.x else -1
        y = tops[start.floor] - 1.5 - (0 if side > 0 else 1)
        points = [(start.x + side * start.width / 2, y), (end.x - side * end.width / 2, y)]
        line = Line(points)
    else:
        down = end.floor < start.floor
        points = [(_towards(start, way[1].x), tops[start.floor] - (start.height if down else 0))]
        for place in way[1:-1]:  # upright past a floor, curved between floors
            edges = [tops[place.floor], bottoms[place.floor]]
            points += [(place.x, y) for y in (edges if down else reversed(edges))]
        points.append((_towards(end, way[-2].x), tops[end.floor] - (0 if down else end.height)))
        line = _curve(points)
    wrong = end.floor >= start.floor
    ax.add_patch(
        FancyArrowPatch(
            path=line, arrowstyle="-|>,head_length=4,head_width=2", linewidth=1.1,
            color=WRONG if wrong else EDGE[arrow[0].split(".")[0]], zorder=2,
        )
    )  # fmt: skip


def _curve(points: list[tuple[float, float]]) -> Any:
    """Upright at every point, and smooth between them."""
    from matplotlib.path import Path as Line

    vertices, codes = [points[0]], [Line.MOVETO]
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (y + to_y) / 2
        vertices += [(x, middle), (to_x, middle), (to_x, to_y)]
        codes += [Line.CURVE4] * 3
    return Line(vertices, codes)


def _towards(place: Place, x: float) -> float:
    """Where on its edge an arrow meets a box: on the side it comes from."""
    reach = place.width / 2 - 1.5
    return place.x + min(max((x - place.x) * 0.35, -reach), reach)


# --- command ------------------------------------------------------------------------------


def described_in(drawing: Path) -> str:
    """The imports that a drawing was made from; empty if it has no description."""
    try:
        found = ElementTree.parse(drawing).getroot().find(f".//{DESCRIPTION}")
    except (OSError, ElementTree.ParseError):
        return ""
    return (found.text or "").strip() if found is not None else ""


def upward(imports: Imports) -> list[str]:
    """Imports that point up or in a circle, in words."""
    level = floors(imports)
    return [
        f"{upper} imports {lower}, which is not below it"
        for upper, lower in sorted(imports.arrows)
        if level[lower] >= level[upper]
    ]


def main(arguments: list[str] | None = None) -> int:
    """Write or check the drawing; exit code 1 if it is out of date."""
    home = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--root", type=Path, default=home.parent, help="the repository")
    parser.add_argument("--out", type=Path, help="default: docs/architecture.svg of the repository")
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if out of date")
    options = parser.parse_args(arguments)
    target = options.out or options.root / "docs" / "architecture.svg"
    imports = read(options.root)
    if options.check:
        if described_in(target) == imports.described():
            return 0
        print(f"{target} is older than the imports: run python docs/draw_imports.py")
        return 1
    draw(imports, target)
    for line in upward(imports):
        print(f"warning: {line}", file=sys.stderr)
    print(f"{target}: {len(imports.boxes)} boxes, {len(imports.arrows)} imports")
    return 0


if __name__ == "__main__":
    sys.exit(main())
