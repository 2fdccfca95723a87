"""Files out of packages on npm, pinned by checksum."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sphinx.errors import ExtensionError


@dataclass(frozen=True)
class Package:
    """One release of a package.

    Parameters
    ----------
    name, version
        As on npm.
    sha512
        Checksum of its archive, in hexadecimal.
    """

    name: str
    version: str
    sha512: str

    @property
    def address(self) -> str:
        """Where its archive lies."""
        return f"https://registry.npmjs.org/{self.name}/-/{self.name}-{self.version}.tgz"

    def read(self, names: Iterable[str], cache: Path) -> dict[str, bytes]:
        """Return files of the archive, which is fetched once.

        Parameters
        ----------
        names
            Paths below the package's folder.
        cache
            Folder in which the archive is kept.

        Raises
        ------
        ExtensionError
            The archive cannot be had or is not the pinned one.
        """
        import pooch

        file = self.address.rsplit("/", 1)[-1]
        try:
            archive = pooch.retrieve(
                self.address, known_hash=f"sha512:{self.sha512}", path=cache, fname=file
            )
        except (OSError, ValueError) as error:
            raise ExtensionError(
                f"{file} is missing. Tried {self.address} (sha512 {self.sha512[:12]}…): {error}. "
                f"Check the network, or put that file at {cache}."
            ) from None
        found = {}
        with tarfile.open(archive) as package:
            for name in names:
                member = package.extractfile(f"package/{name}")
                assert member is not None, name  # the checksum says what the archive holds
                found[name] = member.read()
        return found
