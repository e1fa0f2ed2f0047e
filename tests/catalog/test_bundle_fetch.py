"""The rules of fetching: https, limits on size and time, the same for every redirect."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from moeplanner_gui.catalog import bundle_fetch
from moeplanner_gui.catalog.bundle_fetch import FetchCancelled, checked_address, fetch_bundle
from moeplanner_gui.catalog.bundle_read import BundleError


class _Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        to = {"/away": "http://example.org/x", "/file": "file:///etc/passwd", "/again": "/ok"}
        if self.path in to:
            self.send_response(302)
            self.send_header("Location", to[self.path])
            self.end_headers()
            return
        if self.path not in ("/ok", "/short", "/huge", "/endless"):
            self.send_error(404)
            return
        self.send_response(200)
        if self.path != "/endless":
            size = {"/ok": 300_000, "/short": 300_000, "/huge": 10**9}[self.path]
            self.send_header("Content-Length", str(size))
        self.end_headers()
        try:
            if self.path == "/endless":
                while True:
                    self.wfile.write(bytes(65_536))
            self.wfile.write(bytes(300_000 if self.path == "/ok" else 1_000))
        except OSError:
            pass

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    pages = ThreadingHTTPServer(("127.0.0.1", 0), _Pages)
    pages.daemon_threads = True
    thread = threading.Thread(target=pages.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{pages.server_port}"
    pages.shutdown()
    pages.server_close()


def test_that_bytes_come_with_their_progress(server: str) -> None:
    seen: list[tuple[int, int | None]] = []
    data = fetch_bundle(f"{server}/ok", progress=lambda done, of: seen.append((done, of)))
    assert len(data) == 300_000
    assert seen[-1] == (300_000, 300_000)
    assert len(fetch_bundle(f"{server}/again")) == 300_000


def test_that_it_can_be_cancelled(server: str) -> None:
    seen: list[int] = []
    with pytest.raises(FetchCancelled):
        fetch_bundle(
            f"{server}/endless",
            progress=lambda done, of: seen.append(done),
            cancelled=lambda: bool(seen),
        )


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("/no", "error 404"),
        ("/short", "ended after"),
        ("/huge", "larger than"),
        ("/endless", "larger than"),
        ("/away", "https"),
        ("/file", "address"),
    ],
)
def test_that_what_goes_wrong_is_a_sentence(server: str, page: str, said: str) -> None:
    with pytest.raises(BundleError, match=said):
        fetch_bundle(f"{server}{page}")


def test_that_an_answer_that_is_no_http_is_a_sentence() -> None:
    """What another service behind the port says, or a network that wants a login first."""
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"220 mail.example.org ready\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        with pytest.raises(BundleError, match="cannot be reached"):
            fetch_bundle(f"http://127.0.0.1:{other.getsockname()[1]}/x")
        thread.join(10)


def test_that_a_silent_server_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    monkeypatch.setattr(bundle_fetch, "TIMEOUT_S", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(BundleError, match=r"in time|reached"):
            fetch_bundle(f"http://127.0.0.1:{silent.getsockname()[1]}/x")


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/x",
        "http://localhost.example.org/x",
        "http://127.0.0.1.example.org/x",
        "ftp://example.org/x",
        "file:///etc/passwd",
        "https://user:word@example.org/x",
        "https://",
        "https://[::1/x",
        "https://example.org/a b",
        "example.org",
        "",
    ],
)
def test_that_an_address_that_may_not_be_asked_is_refused(address: str) -> None:
    with pytest.raises(BundleError):
        checked_address(address)


def test_that_https_and_this_computer_may_be_asked() -> None:
    for address in ("https://example.org/x.moecatalog", "http://localhost:8000/x"):
        assert checked_address(f" {address} ") == address
