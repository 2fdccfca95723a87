"""Subset the theme's Font Awesome to the icons that the pages use: 3 kB instead of 400."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from bookpress.files import write_atomically
from bookpress.site.built import own_pages

if TYPE_CHECKING:
    from sphinx.application import Sphinx

VENDOR = "_static/vendor/fontawesome"
ALWAYS = {"fa-sun", "fa-moon", "fa-circle-half-stroke", "fa-magnifying-glass"}
RULES = """\
@font-face{font-family:"Book Icons";src:url("icons.woff2") format("woff2");font-display:block}
.fa-solid,.fas,.fa{font-family:"Book Icons";font-weight:900;font-style:normal;line-height:1;
display:inline-block;text-rendering:auto;-webkit-font-smoothing:antialiased}
.fa-lg{font-size:1.25em;line-height:.05em;vertical-align:-.075em}
:root{--fa-font-solid:normal 900 1em/1 "Book Icons"}
"""


def codepoints(css: str) -> dict[str, int]:
    """Icon names and their characters, from Font Awesome's style sheet."""
    found: dict[str, int] = {}
    for selectors, code in re.findall(r'([^{}]+)\{content:"\\([0-9a-f]+)"', css):
        for name in re.findall(r"\.(fa-[a-z0-9-]+):+before", selectors):
            found[name] = int(code, 16)
    return found


def used_names(folder: Path) -> set[str]:
    """Icon classes on the pages."""
    names = set(ALWAYS)
    for page in own_pages(folder):
        names |= set(re.findall(r"\bfa-[a-z0-9-]+", page.read_text("utf-8")))
    return names


def used_characters(folder: Path) -> set[int]:
    """Icons that the theme's style sheets write by character code."""
    characters: set[int] = set()
    for sheet in [*folder.glob("_static/styles/*.css"), *folder.glob("_static/*.css")]:
        codes = re.findall(r"\\(f[0-9a-f]{3})\b", sheet.read_text("utf-8"))
        characters |= {int(code, 16) for code in codes}
    return characters


def write_subset(app: Sphinx, exception: Exception | None) -> None:
    """Write ``icons.css`` and ``icons.woff2`` and remove the full set from the site."""
    if exception or app.builder.format != "html":
        return
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    out = Path(app.outdir)
    sheets = sorted(out.glob(f"{VENDOR}/*/css/all.min.css"))
    fonts = sorted(out.glob(f"{VENDOR}/*/webfonts/fa-solid-900.woff2"))
    if not sheets or not fonts:
        return  # an incremental build whose subset is in place already
    known = codepoints(sheets[0].read_text("utf-8"))
    wanted = {name: known[name] for name in sorted(used_names(out)) if name in known}
    font = TTFont(fonts[0], recalcTimestamp=False)
    options = Options(flavor="woff2", layout_features=[], notdef_outline=False)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=set(wanted.values()) | used_characters(out))
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(out / "_static" / "icons.woff2")
    rules = [f'.{name}::before{{content:"\\{code:x}"}}' for name, code in wanted.items()]
    write_atomically(out / "_static" / "icons.css", (RULES + "\n".join(rules) + "\n").encode())
    for path in sorted(out.glob(f"{VENDOR}/**/*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()


def setup(app: Sphinx) -> None:
    """Subset the icons when the pages are written."""
    app.connect("build-finished", write_subset)
