"""Fetches the files of a data set, checks them, and says clearly what to do when that fails.

Each mirror of the manifest is tried in turn. The variable CS_LIB_DATA_URL puts another server in their
place: a folder on the web that holds the files under the same names.
"""

from __future__ import annotations

import os
from pathlib import Path

from cs_lib.data import progress
from cs_lib.data.errors import DownloadError
from cs_lib.data.manifest import Entry, RemoteFile, expect_checksum

VARIABLE = "CS_LIB_DATA_URL"
SECONDS = 30  # without a byte from the server, before it is given up


def fetch_files(entry: Entry, folder: Path) -> list[Path]:
    """Paths of the data set's files, in the manifest's order; downloads those that are not in folder yet.

    Raises BrokenFileError for a file in folder that fails its checksum, DownloadError when no server
    gives a good copy.
    """
    mirrors = (os.environ[VARIABLE],) if os.environ.get(VARIABLE) else entry.mirrors
    return [_fetch(file, mirrors, folder) for file in entry.files]


def have_files(entry: Entry, folder: Path) -> bool:
    """Whether all files are in folder; a look at their sizes only, cheap enough for a listing."""
    paths = [(folder / file.name, file.bytes) for file in entry.files]
    return all(path.is_file() and path.stat().st_size == size for path, size in paths)


def remedy(path: Path) -> str:
    """What helps against a broken file that was downloaded."""
    return f"Delete it (rm '{path}') and load again: it will be downloaded anew"


def _fetch(file: RemoteFile, mirrors: tuple[str, ...], folder: Path) -> Path:
    path = folder / file.name
    if path.exists():
        expect_checksum(path, file.sha256, remedy(path))
        return path

    import pooch
    import requests

    attempts = []
    for mirror in mirrors:
        url = f"{mirror.rstrip('/')}/{file.name}"
        try:
            pooch.retrieve(  # into a temporary file first: path exists only when it is whole and right
                url,
                known_hash=f"sha256:{file.sha256}",
                fname=file.name,
                path=folder,
                downloader=pooch.HTTPDownloader(progressbar=progress.visible(), timeout=SECONDS),
            )
            path.chmod(0o644)  # a cache may be shared; temporary files are their owner's alone
            return path
        except requests.RequestException as error:
            attempts.append((url, reason(error)))
        except ValueError:  # pooch's word for a wrong checksum
            attempts.append((url, "sent a file with another checksum: cut short, damaged or replaced"))
    raise DownloadError(path, attempts)


def reason(error: Exception) -> str:
    """One line for a network error, without the layers that requests and urllib3 wrap around it."""
    import requests

    if isinstance(error, requests.HTTPError):
        return f"the server answers {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return f"no answer within {SECONDS} seconds"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off in the middle of the file"
    if isinstance(error, requests.ConnectionError):
        return "no connection to the server"
    return str(error)
