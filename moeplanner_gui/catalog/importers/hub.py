"""Looks a model up on huggingface.co: its config.json and the headers of its files.

The only place of the program that goes out for a model, and only when it is called: on a click
or for ``--hf``. Over https, to Hugging Face's own hosts, with limits on time and size; of the
weights no more than the headers, by range requests.
"""

from __future__ import annotations

import re
import struct
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.client import HTTPException
from typing import IO, Any

from moeplanner_gui.catalog.importers.bounded_json import parse_object
from moeplanner_gui.catalog.importers.failure import ImportFailure, shown
from moeplanner_gui.catalog.importers.hf_config import import_config, slug
from moeplanner_gui.catalog.importers.importing import NATIVE, Imported, compared
from moeplanner_gui.catalog.importers.reading import MAX_CONFIG_BYTES
from moeplanner_gui.catalog.importers.safetensors_header import (
    MAX_INDEX_BYTES,
    StoredTensor,
    check_header_length,
    index_of,
    tensors_of,
)
from moeplanner_gui.catalog.importers.safetensors_layout import language_elements, layout_of
from moeplanner_gui.catalog.importers.safetensors_model import notes_of
from moeplanner_gui.catalog.load import Catalog, load_catalog
from moeplanner_gui.catalog.opener import Opener
from moeplanner_gui.core.model import ModelSpec, Source
from moeplanner_gui.core.tensors import total_parameters
from moeplanner_gui.core.words import say

HOST = "huggingface.co"
TIMEOUT_S = 15.0
MAX_SHARDS = 400
_FIRST_BYTES = 2**18
_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}\Z")


class ImportCancelled(Exception):
    """The look-up was stopped by whoever asked for it."""


def _is_their_host(host: str | None) -> bool:
    name = (host or "").lower()
    return name in (HOST, "hf.co") or name.endswith((".huggingface.co", ".hf.co"))


class _OnlyTheirHosts(urllib.request.HTTPRedirectHandler):
    """Follows redirects to their file servers, and to nobody else."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:
        target = urllib.parse.urlsplit(newurl)
        if target.scheme != "https" or not _is_their_host(target.hostname):
            raise urllib.error.URLError(say("it points to {0}", shown(target.hostname or newurl)))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open(request: urllib.request.Request, /, timeout: float) -> AbstractContextManager[Any]:
    opener = urllib.request.build_opener(_OnlyTheirHosts())
    response: AbstractContextManager[Any] = opener.open(request, timeout=timeout)
    return response


class _Missing(Exception):
    """There is no such file; the model may still be read without it."""


class _Hub:
    """Requests for one model.

    Args:
        hf_id: ``organisation/name``, checked before.
        opener: Opens requests.
        cancelled: Asked before every request.
    """

    def __init__(self, hf_id: str, opener: Opener, cancelled: Callable[[], bool]) -> None:
        self._id = hf_id
        self._opener = opener
        self._cancelled = cancelled

    def get(self, file: str, limit: int, span: tuple[int, int] | None = None) -> bytes:
        """The bytes of a file, or the first ``limit`` of a span of it.

        Raises:
            _Missing: There is no such file.
            ImportFailure: The server refuses, cannot be reached, or sends more.
            ImportCancelled: Whoever asked does not want it any more.
        """
        if self._cancelled():
            raise ImportCancelled
        path = urllib.parse.quote(f"/{self._id}/resolve/main/{file}")
        request = urllib.request.Request(f"https://{HOST}{path}")
        request.add_header("User-Agent", "moeplanner")
        if span is not None:
            request.add_header("Range", f"bytes={span[0]}-{span[1]}")
        try:
            with self._opener(request, timeout=TIMEOUT_S) as response:
                data = self._read(response, limit)
        except urllib.error.HTTPError as error:
            error.close()
            raise self._refusal(error.code, file) from None
        except (OSError, HTTPException, ValueError) as error:
            # URLError is an OSError; an answer that is no HTTP is none.
            reason = getattr(error, "reason", None) or error
            raise ImportFailure(
                say(
                    "{0} cannot be reached: {1}. Without a connection, download the "
                    "model's config.json elsewhere and import that file.",
                    HOST,
                    shown(str(reason), limit=100),
                )
            ) from None
        if span is None and len(data) > limit:
            raise ImportFailure(
                say("{0} of {1} is larger than {2:,} bytes.", file, self._id, limit)
            )
        return data[:limit] if span is not None else data

    def _read(self, response: Any, limit: int) -> bytes:
        parts: list[bytes] = []
        left = limit + 1
        while left > 0:
            if self._cancelled():
                raise ImportCancelled
            chunk = response.read(min(left, 2**16))
            if not chunk:
                break
            parts.append(chunk)
            left -= len(chunk)
        return b"".join(parts)

    def _refusal(self, code: int, file: str) -> Exception:
        if code == 404:
            return _Missing(file)
        if code in (401, 403):
            return ImportFailure(
                say(
                    "{0} does not show {1}: there is no such model, or its licence has to "
                    "be accepted there first. Then download its config.json and import "
                    "that file.",
                    HOST,
                    self._id,
                )
            )
        if code == 429:
            return ImportFailure(
                say("{0} asks for fewer requests; try again in some minutes.", HOST)
            )
        return ImportFailure(
            say("{0} answers with error {1} for {2} of {3}.", HOST, code, file, self._id)
        )


def fetch_from_hub(
    hf_id: str,
    open: Opener | None = None,
    *,
    cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] = lambda done, of: None,
    catalog: Catalog | None = None,
) -> Imported:
    """Read a model from huggingface.co.

    Args:
        hf_id: ``organisation/name``, or the address of its page.
        open: Opens requests; the network when left out.
        cancelled: Asked often; True stops the look-up.
        progress: Told how many files of how many have been read.
        catalog: The rows to compare with.

    Raises:
        ImportFailure: There is no such model, no connection, or it cannot be counted.
        ImportCancelled: ``cancelled`` said so.
    """
    name = checked_hub_id(hf_id)
    hub = _Hub(name, open if open is not None else _open, cancelled)
    try:
        data = hub.get("config.json", MAX_CONFIG_BYTES)
    except _Missing:
        raise ImportFailure(
            say(
                "{0} has no config.json of {1}: there is no such model, or it holds "
                "GGUF files only, which have to be downloaded to be read.",
                HOST,
                name,
            )
        ) from None
    config = parse_object(data, what=say("a config.json"))
    page = f"https://{HOST}/{name}"
    model = import_config(config, name=name, source=f"{page}/resolve/main/config.json")
    model = model.model_copy(update={"hf_id": name, "name": name.split("/")[-1]})
    notes = notes_of(model)
    weights = NATIVE
    try:
        tensors, size = _headers(hub, progress)
    except _Missing:
        notes = (*notes, say("The headers of its files are not there; sizes are computed."))
    else:
        model, weights, notes = _with_files(model, tensors, size, notes, page)
    rows = catalog if catalog is not None else load_catalog()
    return compared(Imported(model, weights, notes, None), rows, (name,))


def checked_hub_id(text: str) -> str:
    """``organisation/name`` of what was typed in or pasted.

    Raises:
        ImportFailure: It is neither an id nor the address of a model's page.
    """
    stripped = text.strip()
    for prefix in (f"https://{HOST}/", f"http://{HOST}/", f"{HOST}/", "hf.co/", "https://hf.co/"):
        if stripped.startswith(prefix):
            stripped = "/".join(stripped[len(prefix) :].split("?")[0].split("/")[:2])
    if not _ID.match(stripped) or ".." in stripped:
        raise ImportFailure(
            say(
                "“{0}” is not the id of a model on {1}; one looks like Qwen/Qwen3-30B-A3B.",
                shown(text.strip()),
                HOST,
            ),
            field="id",
        )
    return stripped


def _headers(hub: _Hub, progress: Callable[[int, int], None]) -> tuple[list[StoredTensor], int]:
    """The tensors of all files and the bytes they take, headers included."""
    try:
        index = index_of(
            parse_object(
                hub.get("model.safetensors.index.json", MAX_INDEX_BYTES),
                what=say("an index of safetensors files"),
            )
        )
        files = index.files
    except _Missing:
        files = ("model.safetensors",)
    if len(files) > MAX_SHARDS:
        raise ImportFailure(
            say("It has {0:,} files; at most {1:,} are looked at.", len(files), MAX_SHARDS)
        )
    tensors: list[StoredTensor] = []
    size = 0
    for number, file in enumerate(files):
        progress(number, len(files))
        found, header = _header_of(hub, file)
        tensors += found
        size += 8 + header + sum(tensor.bytes_ for tensor in found)
    progress(len(files), len(files))
    return tensors, size


def _header_of(hub: _Hub, file: str) -> tuple[list[StoredTensor], int]:
    start = hub.get(file, _FIRST_BYTES, (0, _FIRST_BYTES - 1))
    if len(start) < 8:
        raise ImportFailure(
            say("{0} is no safetensors file: it has no header.", file), offset=len(start)
        )
    (length,) = struct.unpack_from("<Q", start)
    check_header_length(length, None)
    header = start[8 : 8 + length]
    if len(header) < length:
        rest = hub.get(file, length - len(header), (len(start), 8 + length - 1))
        header += rest
    if len(header) < length:
        raise ImportFailure(say("{0} ends within its header.", file), offset=8 + len(header))
    return tensors_of(header, None), length


def _with_files(
    model: ModelSpec,
    tensors: list[StoredTensor],
    size: int,
    notes: tuple[str, ...],
    page: str,
) -> tuple[ModelSpec, str, tuple[str, ...]]:
    stored, counted = language_elements(tensors, model.architecture), total_parameters(model)
    if stored is not None and stored != counted:
        said = say(
            "The files hold {0:,} values of the language model, config.json "
            "describes {1:,}; the bytes are those of the files.",
            stored,
            counted,
        )
        notes = (*notes, said)
    file_id = slug(f"{model.id}-safetensors")
    file = layout_of(
        tensors,
        model.architecture,
        file_id=file_id,
        label="Checkpoint as it is",
        file_bytes=size,
    )
    source = Source(what="weights", source=f"{page}, headers of its safetensors files")
    model = model.model_copy(update={"files": (file,), "sources": (*model.sources, source)})
    return model, file_id, notes
