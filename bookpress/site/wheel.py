"""The wheel of the reader's package, tables included: for the browser and the notebooks."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from bookpress.files import digest_of_files, source_files

OWN = "bridgebook"


def own_wheel(root: Path) -> Path:
    """Build the wheel of this package, tables included, unless it is cached for the same files.

    Parameters
    ----------
    root
        The repository; wheels are kept in its ``.cache/wheel``.

    Returns
    -------
    Path
        The wheel. Its name holds a checksum of what went in, so no browser shows an old copy.
    """
    parts = [
        root / "pyproject.toml",
        root / "hatch_build.py",
        root / "README.md",
        *source_files(root / OWN),
        *source_files(root / "data"),
    ]
    tag = f"0{digest_of_files(parts, root)[:12]}"
    cache = root / ".cache" / "wheel"
    cache.mkdir(parents=True, exist_ok=True)
    for kept in cache.glob(f"{OWN}-*-{tag}-*.whl"):
        return kept
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        # With one date for all files inside: equal files make an equal wheel.
        builder = WheelBuilder(str(root))
        wheel = Path(next(builder.build(directory=folder, versions=["standard"])))
        name, version, rest = wheel.name.split("-", 2)
        return wheel.replace(cache / f"{name}-{version}-{tag}-{rest}")
