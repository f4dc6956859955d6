"""Media that come with a request: inline as a data URI, by address, or by a file name.

Inline data get a name made from their bytes, as if the platform had stored an upload in its
container: the executed workflow then has file names, not megabytes of text.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from runcomfy_desktop.emulator.loopback import send_request

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATA_URI_HEADER = re.compile(
    r"data:([a-zA-Z0-9.+-]+/[a-zA-Z0-9.+-]+)((?:;[a-zA-Z0-9=._-]+)*);base64,"
)
# Length of the text searched by the pattern above: no valid header is longer.
_MAX_HEADER_CHARS = 200
_EXTENSIONS = {"image/jpeg": "jpg", "image/svg+xml": "svg", "video/quicktime": "mov"}
_UNSAFE = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True)
class RequestMedia:
    """File that came with a request. `data` is None for an address that was not fetched."""

    name: str
    data: bytes | None
    mime: str = ""
    address: str = ""


def is_media_text(value: str) -> bool:
    return value.startswith(("data:", "http://", "https://"))


def read_media(value: str) -> RequestMedia:
    """Returns the file of a data URI or an address. Raises ValueError if it is invalid."""
    return _read_data_uri(value) if value.startswith("data:") else _read_address(value)


def _read_data_uri(value: str) -> RequestMedia:
    header = _DATA_URI_HEADER.match(value[:_MAX_HEADER_CHARS])
    if header is None:
        raise ValueError("not a data URI of the form data:<type>;base64,<data>")
    try:
        data = base64.b64decode(value[header.end() :].encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError(f"broken Base64: {error}") from None
    if not data:
        raise ValueError("the data URI holds no data")
    mime = header[1].lower()
    extension = _EXTENSIONS.get(mime, mime.partition("/")[2])
    return RequestMedia(f"{hashlib.sha256(data).hexdigest()[:16]}.{extension}", data, mime)


def _read_address(value: str) -> RequestMedia:
    try:
        parts = urlsplit(value)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"malformed URL: {error}") from None
    if not host or any(character.isspace() for character in value):
        raise ValueError("malformed URL")
    name = _UNSAFE.sub("_", PurePosixPath(unquote(parts.path)).name) or "download"
    # The mark distinguishes addresses that end in the same name.
    mark = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return RequestMedia(f"{mark}_{name}", None, address=value)


def fetch_media(media: Mapping[str, RequestMedia]) -> dict[str, RequestMedia]:
    """Fetches files given by address on this computer; other addresses get empty data."""
    return {
        name: replace(each, data=_fetch(each.address)) if each.address else each
        for name, each in media.items()
    }


def _fetch(address: str) -> bytes:
    """Returns the data at an address; b"" if it is not accessible, as with a private photo."""
    status, data = send_request("GET", address)
    return data if status == 200 else b""
