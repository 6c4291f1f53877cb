"""Downloads against a real HTTP server on loopback that cuts, lies, refuses and serves web pages."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from deepvis.models.download import Patience, fetch
from deepvis.models.files import DownloadError, RemoteFile, check, home

CONTENT = np.random.RandomState(7).bytes(300_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
SHA1 = hashlib.sha1(CONTENT).hexdigest()
QUICK = Patience(timeout=5, attempts=2, pause=0.01)


class Server(ThreadingHTTPServer):
    """Serves CONTENT; the path says how it misbehaves, `requests` keeps (path, Range) of every request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, str]] = []
        self.cuts_left = 0
        self.slow_client_gone = threading.Event()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.requests.append((self.path, wanted))
        if self.path == "/missing":
            self.send_error(404)
            return
        if self.path == "/busy":
            self.send_error(503)
            return
        if self.path in ("/page", "/page-as-binary"):
            kind = "text/html" if self.path == "/page" else "application/octet-stream"
            self.reply(200, b"<!DOCTYPE html><html><body>Sign in to continue</body></html>", kind)
            return
        if self.path == "/pointer":
            pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
            self.reply(200, pointer, "text/plain")
            return
        content = CONTENT[::-1] if self.path == "/other" else CONTENT
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.path != "/norange" else 0
        if start >= len(content):
            self.send_error(416)
            return
        body, status = content[start:], 206 if start else 200
        self.send_response(status)
        self.send_header("Content-Type", "application/octet-stream")
        if self.path != "/nolength":
            self.send_header("Content-Length", str(len(body)))
        if start:
            first = start + 5 if self.path == "/wrongrange" else start
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if self.path in ("/cut", "/norange", "/wrongrange") and self.server.cuts_left > 0:
            self.server.cuts_left -= 1
            body = body[: len(body) // 2]
            self.close_connection = True
        if self.path == "/slow" and not start:
            self.wfile.write(body[:100_000])
            self.wfile.flush()
            self.server.slow_client_gone.wait(20)
            return
        if self.path == "/stuck":
            body = body[:1000] if not start else b""
            self.close_connection = True
        self.wfile.write(body)

    def reply(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield running
    running.shutdown()
    running.server_close()


def wanted(*urls: str, sha256: str = SHA256, sha1: str = "", size: int = 0) -> RemoteFile:
    return RemoteFile("net.caffemodel", urls, sha256, sha1, size)


def test_a_file_arrives_whole_and_is_not_fetched_twice(server: Server, tmp_path: Path) -> None:
    file = wanted(server.url("/file"))
    path = fetch(file, tmp_path, patience=QUICK)
    assert path == tmp_path / "net.caffemodel"
    assert path.read_bytes() == CONTENT
    assert fetch(file, tmp_path, patience=QUICK) == path
    assert len(server.requests) == 1
    assert not list(tmp_path.glob("*.part"))


def test_a_cut_download_is_resumed_where_it_was_cut(server: Server, tmp_path: Path) -> None:
    server.cuts_left = 3
    fetch(wanted(server.url("/cut")), tmp_path, patience=QUICK)
    assert (tmp_path / "net.caffemodel").read_bytes() == CONTENT
    assert [r for _, r in server.requests] == ["", "bytes=150000-", "bytes=225000-", "bytes=262500-"]


def test_a_part_left_by_a_killed_process_is_resumed(server: Server, tmp_path: Path) -> None:
    (tmp_path / "net.caffemodel.part").write_bytes(CONTENT[:1234])
    fetch(wanted(server.url("/file")), tmp_path, patience=QUICK)
    assert server.requests == [("/file", "bytes=1234-")]
    assert (tmp_path / "net.caffemodel").read_bytes() == CONTENT


KILLED = """
import sys, pathlib
from deepvis.models.download import fetch
from deepvis.models.files import RemoteFile
fetch(RemoteFile("net.caffemodel", (sys.argv[1],), sys.argv[2]), pathlib.Path(sys.argv[3]))
"""


def test_a_process_killed_in_the_middle_loses_nothing(server: Server, tmp_path: Path) -> None:
    part = tmp_path / "net.caffemodel.part"
    process = subprocess.Popen([sys.executable, "-c", KILLED, server.url("/slow"), SHA256, str(tmp_path)])
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size > 0) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.wait(10)
    server.slow_client_gone.set()
    kept = part.stat().st_size
    assert 0 < kept <= 100_000
    assert not (tmp_path / "net.caffemodel").exists()
    assert fetch(wanted(server.url("/slow")), tmp_path, patience=QUICK).read_bytes() == CONTENT
    assert server.requests[-1] == ("/slow", f"bytes={kept}-")


def test_a_whole_part_needs_no_network_when_the_size_is_known(tmp_path: Path) -> None:
    (tmp_path / "net.caffemodel.part").write_bytes(CONTENT)
    file = wanted("http://127.0.0.1:1/never", size=len(CONTENT))
    assert fetch(file, tmp_path, patience=QUICK).read_bytes() == CONTENT


def test_a_whole_part_of_unknown_size_is_taken_when_the_server_has_nothing_more(server: Server, tmp_path: Path) -> None:
    (tmp_path / "net.caffemodel.part").write_bytes(CONTENT)
    assert fetch(wanted(server.url("/file")), tmp_path, patience=QUICK).read_bytes() == CONTENT


def test_a_part_of_another_file_is_thrown_away_and_fetched_anew(server: Server, tmp_path: Path) -> None:
    (tmp_path / "net.caffemodel.part").write_bytes(b"x" * 5000)
    fetch(wanted(server.url("/file")), tmp_path, patience=QUICK)
    assert [r for _, r in server.requests] == ["bytes=5000-", ""]
    assert (tmp_path / "net.caffemodel").read_bytes() == CONTENT


def test_a_server_without_ranges_is_read_from_the_start(server: Server, tmp_path: Path) -> None:
    server.cuts_left = 1
    fetch(wanted(server.url("/norange")), tmp_path, patience=QUICK)
    assert (tmp_path / "net.caffemodel").read_bytes() == CONTENT


def test_a_server_without_length_is_read_to_the_end(server: Server, tmp_path: Path) -> None:
    assert fetch(wanted(server.url("/nolength")), tmp_path, patience=QUICK).read_bytes() == CONTENT


def test_mirrors_are_tried_in_order(server: Server, tmp_path: Path) -> None:
    urls = [server.url(p) for p in ("/missing", "/page", "/page-as-binary", "/pointer", "/other", "/file")]
    fetch(wanted(*urls), tmp_path, patience=QUICK)
    assert [p for p, _ in server.requests] == [
        "/missing",
        "/page",
        "/page-as-binary",
        "/pointer",
        "/other",
        "/file",
    ]
    assert (tmp_path / "net.caffemodel").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/missing", "HTTP 404"),
        ("/busy", "HTTP 503"),
        ("/page", "a web page (text/html)"),
        ("/page-as-binary", "a page or pointer"),
        ("/pointer", "a page or pointer"),
        ("/other", f"sha256: expected {SHA256}, found"),
        ("/stuck", "cut after 1000 of 300000 bytes"),
        ("/wrongrange", "the server answered 'bytes 150005-"),
    ],
)
def test_what_is_not_the_file_is_refused_with_one_clear_word(
    server: Server, tmp_path: Path, path: str, said: str
) -> None:
    server.cuts_left = 1
    with pytest.raises(DownloadError) as caught:
        fetch(wanted(server.url(path)), tmp_path, patience=QUICK)
    message = str(caught.value)
    assert said in message
    assert server.url(path) in message
    assert f"(sha256 {SHA256}) at {tmp_path / 'net.caffemodel'}" in message
    assert not (tmp_path / "net.caffemodel").exists()


def test_a_page_is_refused_even_where_no_hash_is_known(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="page or pointer"):
        fetch(wanted(server.url("/page-as-binary"), sha256=""), tmp_path, patience=QUICK)


def test_more_bytes_than_promised_are_not_stored(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="more than the expected 1000 bytes"):
        fetch(wanted(server.url("/nolength"), size=1000), tmp_path, patience=QUICK)


def test_offline_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="cannot reach the server") as caught:
        fetch(wanted("http://127.0.0.1:9/file"), tmp_path, patience=Patience(timeout=5, attempts=4, pause=30))
    assert "Without a network, put the file" in str(caught.value)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_only_http_is_followed(tmp_path: Path, url: str) -> None:
    with pytest.raises(DownloadError, match="not an http or https address"):
        fetch(wanted(url), tmp_path, patience=QUICK)


def test_a_cached_file_that_changed_is_noticed_and_fetched_again(server: Server, tmp_path: Path) -> None:
    file = wanted(server.url("/file"), sha256="", sha1=SHA1)
    path = fetch(file, tmp_path, patience=QUICK)
    assert check(path, file) == ("good", "")
    broken = bytearray(CONTENT)
    broken[1000] ^= 1
    path.write_bytes(broken)
    state, problem = check(path, file)
    assert state == "wrong"
    assert problem.startswith(f"sha1: expected {SHA1}, found ")
    assert fetch(file, tmp_path, patience=QUICK).read_bytes() == CONTENT
    assert len(server.requests) == 2


def test_a_file_placed_by_hand_is_checked_once_and_then_used(tmp_path: Path) -> None:
    file = wanted("http://127.0.0.1:9/never")
    (tmp_path / "net.caffemodel").write_bytes(CONTENT)
    assert fetch(file, tmp_path, patience=QUICK).read_bytes() == CONTENT
    (tmp_path / "net.caffemodel").write_bytes(CONTENT[:-1])
    with pytest.raises(DownloadError, match="sha256: expected"):
        fetch(file, tmp_path, patience=QUICK)


def test_two_threads_fetch_once(server: Server, tmp_path: Path) -> None:
    file = wanted(server.url("/file"))
    threads = [threading.Thread(target=fetch, args=(file, tmp_path)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (tmp_path / "net.caffemodel").read_bytes() == CONTENT
    assert len(server.requests) == 1


def test_home_obeys_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEEPVIS_HOME", str(tmp_path / "elsewhere"))
    assert home() == tmp_path / "elsewhere"
    monkeypatch.delenv("DEEPVIS_HOME")
    assert "deepvis" in str(home())
