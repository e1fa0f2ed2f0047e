import http.client
import io
import json
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from moeplanner_gui.catalog.importers import ImportFailure
from moeplanner_gui.catalog.importers.hub import (
    ImportCancelled,
    _OnlyTheirHosts,
    checked_hub_id,
    fetch_from_hub,
)
from moeplanner_gui.catalog.load import Catalog
from tests.catalog.importers.made_files import TINY_QWEN, safetensors_header, tiny_qwen_tensors
from tests.catalog.importers.test_safetensors import checkpoint


class FakeHub:
    """Answers requests from a folder; remembers what was asked for."""

    def __init__(self, folder: Path, *, ranges: bool = True) -> None:
        self.folder = folder
        self.ranges = ranges
        self.asked: list[tuple[str, str | None]] = []
        self.sent = 0

    def __call__(self, request: urllib.request.Request, /, timeout: float) -> Any:
        assert request.full_url.startswith("https://huggingface.co/org/tiny/resolve/main/")
        assert 0 < timeout <= 60
        name = request.full_url.rsplit("/", 1)[-1]
        span = request.get_header("Range")
        self.asked.append((name, span))
        path = self.folder / name
        if not path.exists():
            raise urllib.error.HTTPError(request.full_url, 404, "Not Found", {}, io.BytesIO())  # type: ignore[arg-type]
        stream = path.open("rb")
        if span and self.ranges:
            match = re.fullmatch(r"bytes=(\d+)-(\d+)", span)
            assert match is not None
            stream.seek(int(match[1]))
            data = stream.read(int(match[2]) - int(match[1]) + 1)
            stream.close()
            self.sent += len(data)
            return io.BytesIO(data)
        return stream


@pytest.mark.parametrize("shards", [1, 3])
def test_that_the_headers_alone_give_the_bytes(
    shards: int, tmp_path: Path, shipped: Catalog
) -> None:
    checkpoint(tmp_path, shards)
    hub = FakeHub(tmp_path)
    steps: list[tuple[int, int]] = []
    imported = fetch_from_hub(
        "org/tiny", hub, catalog=shipped, progress=lambda done, of: steps.append((done, of))
    )
    (file,) = imported.model.files
    expected = sum(f.stat().st_size for f in tmp_path.glob("*.safetensors"))
    assert file.file_bytes == expected
    assert imported.model.hf_id == "org/tiny"
    assert imported.weights == file.id
    assert steps[-1] == (shards, shards)
    assert all(span for name, span in hub.asked if name.endswith(".safetensors"))
    assert hub.sent <= shards * 2**18


def test_that_a_server_without_ranges_is_read_no_further_than_the_header(
    tmp_path: Path, shipped: Catalog
) -> None:
    checkpoint(tmp_path)
    imported = fetch_from_hub("org/tiny", FakeHub(tmp_path, ranges=False), catalog=shipped)
    assert imported.model.files[0].bytes_by_part["norm"] > 0


def test_that_a_long_header_is_fetched_in_two_pieces(tmp_path: Path, shipped: Catalog) -> None:
    (tmp_path / "config.json").write_text(json.dumps(TINY_QWEN))
    header, size = safetensors_header(tiny_qwen_tensors())
    body = header[8:] + b" " * 300_000
    (tmp_path / "model.safetensors").write_bytes(len(body).to_bytes(8, "little") + body)
    hub = FakeHub(tmp_path)
    imported = fetch_from_hub("org/tiny", hub, catalog=shipped)
    assert len([name for name, span in hub.asked if span]) == 2
    assert sum(imported.model.files[0].bytes_by_part.values()) == size


def test_that_without_weights_the_sizes_are_computed(tmp_path: Path, shipped: Catalog) -> None:
    (tmp_path / "config.json").write_text(json.dumps(TINY_QWEN))
    imported = fetch_from_hub("org/tiny", FakeHub(tmp_path), catalog=shipped)
    assert imported.weights == "native"
    assert any("headers of its files are not there" in note for note in imported.notes)


def test_that_an_unknown_model_ends_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ImportFailure, match=r"no config\.json of org/tiny"):
        fetch_from_hub("org/tiny", FakeHub(tmp_path))


@pytest.mark.parametrize(
    "error",
    [
        urllib.error.URLError("no route"),
        TimeoutError("timed out"),
        OSError("broken"),
        ValueError(),
        http.client.BadStatusLine("220 mail"),
    ],
)
def test_that_no_connection_ends_in_a_polite_sentence(error: Exception) -> None:
    def broken(request: urllib.request.Request, /, timeout: float) -> Any:
        raise error

    with pytest.raises(ImportFailure, match="cannot be reached"):
        fetch_from_hub("org/tiny", broken)


@pytest.mark.parametrize("code", [401, 403, 429, 500])
def test_that_a_refusal_of_the_server_is_worded(code: int) -> None:
    def refusing(request: urllib.request.Request, /, timeout: float) -> Any:
        raise urllib.error.HTTPError(request.full_url, code, "", {}, io.BytesIO())  # type: ignore[arg-type]

    with pytest.raises(ImportFailure, match=r"huggingface\.co"):
        fetch_from_hub("org/tiny", refusing)


def test_that_it_stops_when_asked_to(tmp_path: Path) -> None:
    checkpoint(tmp_path, 3)
    hub = FakeHub(tmp_path)
    with pytest.raises(ImportCancelled):
        fetch_from_hub("org/tiny", hub, cancelled=lambda: len(hub.asked) >= 2)
    assert len(hub.asked) == 2


def test_that_an_endless_answer_is_cut_off(tmp_path: Path) -> None:
    class Endless:
        def __enter__(self) -> "Endless":
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def read(self, count: int) -> bytes:
            return b"x" * count

    with pytest.raises(ImportFailure, match="larger than"):
        fetch_from_hub("org/tiny", lambda request, timeout: Endless())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Qwen/Qwen3-30B-A3B", "Qwen/Qwen3-30B-A3B"),
        (" Qwen/Qwen3-30B-A3B\n", "Qwen/Qwen3-30B-A3B"),
        ("https://huggingface.co/Qwen/Qwen3-30B-A3B/tree/main?x=1", "Qwen/Qwen3-30B-A3B"),
        ("hf.co/Qwen/Qwen3-30B-A3B", "Qwen/Qwen3-30B-A3B"),
    ],
)
def test_that_an_id_or_its_page_is_taken(text: str, found: str) -> None:
    assert checked_hub_id(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Qwen",
        "a/b/c",
        "../../etc",
        "a/..",
        "https://example.com/a/b",
        "a b/c",
        "a/b?x",
        "a/b\0",
    ],
)
def test_that_anything_else_is_refused_before_a_request(text: str) -> None:
    def never(request: urllib.request.Request, /, timeout: float) -> Any:
        raise AssertionError("a request was made")

    with pytest.raises(ImportFailure):
        fetch_from_hub(text, never)


@pytest.mark.parametrize(
    ("target", "followed"),
    [
        ("https://cdn-lfs.hf.co/x", True),
        ("https://cas-bridge.xethub.hf.co/x", True),
        ("https://evil.example/x", False),
        ("http://huggingface.co/x", False),
        ("https://huggingface.co.evil.example/x", False),
        ("file:///etc/passwd", False),
    ],
)
def test_that_only_their_own_hosts_are_followed(target: str, followed: bool) -> None:
    request = urllib.request.Request("https://huggingface.co/org/tiny/resolve/main/x")
    handler = _OnlyTheirHosts()
    if followed:
        again = handler.redirect_request(request, io.BytesIO(), 302, "Found", {}, target)
        assert again is not None
        assert again.full_url == target
    else:
        with pytest.raises(urllib.error.URLError):
            handler.redirect_request(request, io.BytesIO(), 302, "Found", {}, target)
