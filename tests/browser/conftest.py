"""A learner's folder as the course gives it out, with an environment of its own as README sets it up."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from autograder.course import Course, find_course
from autograder.release import release
from tests.browser.lab import TOKEN, wait_for

PROJECT = Path(__file__).resolve().parents[2]
SETTINGS = {  # asked on the first start, about things outside: news and new versions
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": (
        '{"fetchNews": "false", "checkForUpdates": false}'
    ),
}


@pytest.fixture(scope="module")
def course() -> Course:
    """The course of this checkout."""
    return find_course(PROJECT)


@pytest.fixture(scope="module")
def released(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Assignment a1 as students get it."""
    return release(course, course.assignment("a1"), tmp_path_factory.mktemp("released") / "a1")


@pytest.fixture
def bundle(released: Path, tmp_path: Path) -> Path:
    """One learner's copy of it, with a `.venv` that holds what requirements.txt asks for.

    The packages are those of this project, but not its editable install: a learner's Python does not know
    the whole `cs_lib`.
    """
    folder = tmp_path / "bundle"
    shutil.copytree(released, folder)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / ".venv"], check=True)
    (packages,) = folder.glob(".venv/lib/python*/site-packages")
    (packages / "packages.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def python(bundle: Path) -> Path:
    """The learner's Python."""
    return bundle / ".venv" / "bin" / "python"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The variables of a new account: no settings, no caches, nothing that points to this project's code."""
    home = tmp_path / "home"
    for name, text in SETTINGS.items():
        file = home / "settings" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "JUPYTERLAB_DIR": str(Path(sys.prefix) / "share" / "jupyter" / "lab"),  # its pages and scripts
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        **{f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")},
    }


@pytest.fixture
def server(bundle: Path, python: Path, environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of a JupyterLab that was started in the bundle."""
    with serving([python, "-m", "jupyterlab", "knn.ipynb"], bundle, environment, tmp_path) as address:
        yield address


@contextlib.contextmanager
def serving(command: list, folder: Path, environment: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """Start JupyterLab in a folder and give its address; ended, kernels too, whatever happens."""
    port = _free_port()
    options = [
        "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={TOKEN}", "--LabApp.extension_manager=readonly",
    ]  # fmt: skip
    log = tmp_path / "jupyter.log"
    with log.open("wb") as output:
        process = psutil.Popen(
            [*command, *options], cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: _answers(address, process, log), f"JupyterLab to start ({log})", seconds=60)
        yield address
    finally:
        _end(process)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _answers(address: str, process: psutil.Popen, log: Path) -> bool:
    assert process.poll() is None, log.read_text(errors="replace")
    try:
        with urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=10):
            return True
    except OSError:
        return False


def _end(process: psutil.Popen) -> None:
    """End the server, and the kernels that it leaves behind: they are in sessions of their own."""
    family = [process, *process.children(recursive=True)] if process.is_running() else [process]
    process.terminate()
    _, alive = psutil.wait_procs(family, timeout=5)
    for survivor in alive:
        survivor.kill()
    psutil.wait_procs(alive, timeout=5)
