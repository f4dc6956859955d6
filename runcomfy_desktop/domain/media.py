"""What is known of a picture that is dropped on an input, and how it may be sent."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from runcomfy_desktop.i18n import _

# Recommended by RunComfy's docs for Base64 data URIs; not enforced by the server as far as known.
INLINE_LIMIT_BYTES = 256 * 1024
# Our own ceiling for one picture in a request body; beyond it only an address is offered.
INLINE_CAP_BYTES = 20 * 1024 * 1024

_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png", "png"),
    (b"\xff\xd8\xff", "image/jpeg", "jpg"),
    (b"GIF87a", "image/gif", "gif"),
    (b"GIF89a", "image/gif", "gif"),
    (b"BM", "image/bmp", "bmp"),
    (b"II*\x00", "image/tiff", "tiff"),
    (b"MM\x00*", "image/tiff", "tiff"),
)


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A local picture as an input's value; its bytes lie in the media folder under their hash.

    `stored_name` is the file's name in that folder: `<sha256>.<ext>`. Sizes are in bytes and
    pixels. `send_large` says that the person chose to send it inline above the limit.
    """

    name: str
    stored_name: str
    sha256: str
    mime: str
    size_bytes: int
    width: int
    height: int
    send_large: bool = False

    @property
    def above_limit(self) -> bool:
        return self.size_bytes > INLINE_LIMIT_BYTES

    @property
    def needs_choice(self) -> bool:
        """Whether the person still has to say how this picture is to be sent."""
        return self.above_limit and not self.send_large


def sniff_image(head: bytes) -> tuple[str, str] | None:
    """(MIME type, file ending) by the first bytes, None when it is no picture we know."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp", "webp"
    for signature, mime, ending in _SIGNATURES:
        if head.startswith(signature):
            return mime, ending
    return None


def check_address(text: str) -> str:
    """What is wrong with `text` as the address of a picture; empty when it can be sent.

    RunComfy's servers fetch it themselves, without a login, so an address inside the
    person's own network cannot work.
    """
    try:
        parts = urlsplit(text.strip())
        host = parts.hostname or ""
        _unused = parts.port
    except ValueError:
        return _("This is not an address.")
    if parts.scheme not in ("http", "https") or not host:
        return _("An address begins with https:// and names a server.")
    if parts.username or parts.password:
        return _("An address with a user name or password in it would be stored and sent as it is.")
    if _is_private(host):
        return _("RunComfy's servers cannot reach %s: it is inside your own network.") % host
    return ""


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith((".local", ".localhost", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host
