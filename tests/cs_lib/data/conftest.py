"""A web server on this machine, and small files in the published formats of CIFAR-10 and Fashion-MNIST."""

from __future__ import annotations

import dataclasses
import hashlib
import http.server
import socket
import threading

import pytest

from cs_lib.data import manifest

TRAIN, TEST = 100, 20  # images of the small sets


class Server:
    """Serves `files` (name to bytes) at `url`; those named in `cut` break off half-way."""

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self.cut: set[str] = set()
        self.asked: list[str] = []
        served = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.strip("/")
                served.asked.append(name)
                if name not in served.files:
                    self.send_error(404)
                    return
                body = served.files[name]
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body[: len(body) // 2] if name in served.cut else body)

            def log_message(self, *_):
                pass

        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/"
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def close(self):
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture(autouse=True)
def own_places(monkeypatch, tmp_path):
    """No test reads or writes the machine's own cache, or goes through a proxy."""
    monkeypatch.setenv("CS_LIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CS_LIB_DATA_URL", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def server(monkeypatch):
    server = Server()
    monkeypatch.setenv("CS_LIB_DATA_URL", server.url)
    yield server
    server.close()


@pytest.fixture
def closed_port_url():
    """An address on this machine where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    return f"http://127.0.0.1:{port}/"


@pytest.fixture
def publish(server, monkeypatch):
    """Call with a data set's name and its files: they are served, and the manifest knows their checksums."""

    def publish(name: str, files: dict[str, bytes], **changes: object) -> None:
        server.files |= files
        entries = manifest.read()
        rows = tuple(
            manifest.RemoteFile(file, len(body), hashlib.sha256(body).hexdigest())
            for file, body in files.items()
        )
        changes = {"train": TRAIN, "test": TEST, "files": rows} | changes
        entries[name] = dataclasses.replace(entries[name], **changes)
        monkeypatch.setattr(manifest, "read", lambda: entries)

    return publish
