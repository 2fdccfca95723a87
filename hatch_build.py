"""Put the tables into the wheel, with the one descriptor of all of them that other tools read."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HOME = "bridgebook/_data"


class Tables(BuildHookInterface):  # type: ignore[type-arg]
    """Assembles ``datapackage.json`` from the YAML files beside the tables.

    An editable install needs neither: it reads the folder ``data`` of the repository.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the files that go into the wheel.

        Parameters
        ----------
        version
            Kind of wheel: ``standard`` or ``editable``.
        build_data
            What Hatch builds; receives the files by their place in the wheel.

        Raises
        ------
        bridgebook.problems.DataError
            If a descriptor is missing or broken; names file, line and key.

        """
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from bridgebook import descriptors
        finally:
            sys.path.remove(self.root)
        data = Path(self.root, "data")
        self.folder = tempfile.TemporaryDirectory(prefix="bridgebook-")
        package = Path(self.folder.name, descriptors.PACKAGE_FILE)
        package.write_text(descriptors.as_json(descriptors.package(data)), encoding="utf-8")
        for file in [package, *descriptors.other_files(data)]:
            build_data["force_include"][str(file)] = f"{HOME}/{file.name}"

    def finalize(self, version: str, *_: Any) -> None:
        """Remove the assembled descriptor."""
        if version != "editable":
            self.folder.cleanup()
