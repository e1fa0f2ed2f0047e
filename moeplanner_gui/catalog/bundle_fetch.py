"""Fetches a catalogue bundle from an address that the user gave. Runs only when somebody asks.

Over https only (http to this computer itself, for tests and for a server of one's own behind it),
with limits on size and time; every redirect is held to the same rules. Nothing is sent but the
request itself.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from http.client import HTTPException
from typing import IO, Any, Final

from moeplanner_gui.catalog.bundle_read import MAX_BUNDLE_BYTES, BundleError
from moeplanner_gui.catalog.opener import Opener
from moeplanner_gui.core.words import say

TIMEOUT_S: Final = 15.0
"""How long the server may be silent."""
LONGEST_S: Final = 300.0
"""How long the whole may take."""
_CHUNK = 65_536
_OWN_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class FetchCancelled(Exception):
    """Whoever asked for it does not want it any more."""


def checked_address(text: str) -> str:
    """The address, when it is one that may be asked.

    Raises:
        BundleError: It is none.
    """
    address = text.strip()
    try:
        parts = urllib.parse.urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise BundleError(say("“{0}” is no address.", address[:200])) from None
    if not host or any(c.isspace() or not c.isprintable() for c in address):
        raise BundleError(say("“{0}” is no address.", address[:200]))
    if parts.username or parts.password:
        raise BundleError(say("An address with a name or a password in it is not used."))
    if parts.scheme == "http" and host in _OWN_HOSTS:
        return address
    if parts.scheme != "https":
        raise BundleError(say("The address has to begin with https://."))
    return address


class _SameRules(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to where a first request could go, too."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:
        checked_address(newurl)
        host = urllib.parse.urlsplit(newurl).hostname
        if host in _OWN_HOSTS and req.host.rpartition(":")[0].strip("[]") not in _OWN_HOSTS:
            raise BundleError(say("The address points back to this computer, and is not used."))
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _open(request: urllib.request.Request, /, timeout: float) -> AbstractContextManager[Any]:
    # Only these handlers: none for file:, ftp: or data:.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _SameRules(),
    ):
        opener.add_handler(handler)
    response: AbstractContextManager[Any] = opener.open(request, timeout=timeout)
    return response


def fetch_bundle(
    address: str,
    *,
    open: Opener | None = None,
    progress: Callable[[int, int | None], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> bytes:
    """The bytes at an address. Blocks: run it beside the window's thread.

    Args:
        address: Where the bundle lies.
        open: Opens requests; the network when left out.
        progress: Told the bytes that are there and, where the server says it, of how many.
        cancelled: Asked often; True stops it.

    Raises:
        BundleError: The address is refused, the server cannot be reached or refuses, or what it
            sends is too large or takes too long.
        FetchCancelled: ``cancelled`` said so.
    """
    request = urllib.request.Request(checked_address(address))
    request.add_header("User-Agent", "moeplanner")
    host = urllib.parse.urlsplit(address.strip()).hostname or address
    until = time.monotonic() + LONGEST_S
    try:
        with (open or _open)(request, timeout=TIMEOUT_S) as response:
            return _read(response, progress, cancelled, until)
    except urllib.error.HTTPError as error:
        error.close()
        raise BundleError(
            say("{0} answers with error {1}; there is no bundle at this address.", host, error.code)
        ) from None
    except TimeoutError:
        raise BundleError(say("{0} did not answer in time.", host)) from None
    except (OSError, HTTPException, ValueError) as error:
        # URLError is an OSError; an answer that is no HTTP is none.
        reason = str(getattr(error, "reason", None) or error)[:120]
        raise BundleError(say("{0} cannot be reached: {1}.", host, reason)) from None


def _read(
    response: Any,
    progress: Callable[[int, int | None], None],
    cancelled: Callable[[], bool],
    until: float,
) -> bytes:
    said = response.headers.get("Content-Length", "")
    size = int(said) if said.isdecimal() and len(said) < 12 else None
    limit = say("It is larger than {0:,.0f} MB and was not fetched.", MAX_BUNDLE_BYTES / 1e6)
    if size is not None and size > MAX_BUNDLE_BYTES:
        raise BundleError(limit)
    parts: list[bytes] = []
    done = 0
    while True:
        if cancelled():
            raise FetchCancelled
        if time.monotonic() > until:
            raise BundleError(say("It took longer than {0:.0f} minutes.", LONGEST_S / 60))
        part = response.read1(_CHUNK) if hasattr(response, "read1") else response.read(_CHUNK)
        if not part:
            break
        parts.append(part)
        done += len(part)
        if done > MAX_BUNDLE_BYTES:
            raise BundleError(limit)
        progress(done, size)
    if size is not None and done < size:
        raise BundleError(
            say("The connection ended after {0:,} of {1:,} bytes. Try again.", done, size)
        )
    return b"".join(parts)
