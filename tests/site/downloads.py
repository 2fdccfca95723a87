"""What a reader may expect of the files below a figure: one check for each kind."""

from __future__ import annotations

import csv
import io
import re

from lxml import etree

PNG = b"\x89PNG\r\n\x1a\n"
SVG = "{http://www.w3.org/2000/svg}"


def check_png(data: bytes) -> None:
    assert data.startswith(PNG) and data.rstrip(b"\0").endswith(b"IEND\xaeB`\x82")
    width = int.from_bytes(data[16:20], "big")
    assert 800 <= width <= 1600, f"{width} px: a shared picture must be sharp and not huge"


def check_svg(data: bytes) -> None:
    assert etree.fromstring(data).tag == f"{SVG}svg"


def check_csv(data: bytes) -> None:
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8")))
    assert rows, "no plotted row"
    unnamed = [name for name in header if not name.strip() or re.match(r"Unnamed|index$", name)]
    assert not unnamed, f"an index became a column: {header}"
    assert len(set(header)) == len(header)
    assert all(len(row) == len(header) for row in rows)
    assert any(cell for row in rows for cell in row)


def check_py(data: bytes) -> None:
    text = data.decode("utf-8")
    compile(text, "download.py", "exec")
    assert "import bridgebook" in text
    assert not re.search(r"^\s*[%!]", text, re.MULTILINE), "notebook magic outside a notebook"


CHECKS = {"png": check_png, "svg": check_svg, "csv": check_csv, "py": check_py}
