"""Media file as the value of an input: its properties, and the limits for sending it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runcomfy_desktop.domain.media.media_types import FileType, MediaFamily, type_of
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

_KB = 1024
_MB = 1024 * _KB
# Recommended by RunComfy's docs for Base64 data URIs; apparently not enforced by the server. The
# docs name pictures and videos only; sound and models are treated like videos.
INLINE_LIMIT_BYTES = 256 * _KB
INLINE_LIMITS: Mapping[MediaFamily, int] = {
    **dict.fromkeys(MediaFamily, _MB),
    MediaFamily.IMAGE: INLINE_LIMIT_BYTES,
}
# Recommended limits for files that RunComfy's servers fetch from an address.
ADDRESS_LIMITS: Mapping[MediaFamily, int] = {
    **dict.fromkeys(MediaFamily, 100 * _MB),
    MediaFamily.IMAGE: 50 * _MB,
}
# This program's own limit for one file in a request body; a larger one needs an address.
INLINE_CAP_BYTES = 20 * _MB
# A file that claims to be longer is wrong: it would be more than a year of sound.
MAX_LENGTH_S = 365 * 24 * 3600
# Domain suffixes that only routers at home and in companies resolve.
_LOCAL_DOMAINS = (".local", ".localhost", ".internal", ".lan", ".home.arpa", ".intranet")


@dataclass(frozen=True, slots=True)
class MediaFile:
    """Local file as an input's value; its bytes are in the media folder under their hash.

    `stored_name` is the file's name in that folder: `<sha256>.<ext>`. Sizes are in bytes and
    pixels, 0 if unknown or not applicable. `path` is the location of the original, "" for pasted
    data; `mtime_ns` is the original's modification time when it was copied. `length_s` is the
    playing time, 0 if unknown.
    """

    name: str
    stored_name: str
    sha256: str
    mime: str
    size_bytes: int
    width: int
    height: int
    path: str = ""
    mtime_ns: int = 0
    length_s: float = 0.0

    @property
    def type(self) -> FileType:
        return type_of(self.mime)

    @property
    def family(self) -> MediaFamily:
        return type_of(self.mime).family

    @property
    def is_above_inline_limit(self) -> bool:
        """True if the file is larger than RunComfy recommends for sending it inline."""
        return self.size_bytes > INLINE_LIMITS[self.family]

    @property
    def is_above_inline_cap(self) -> bool:
        """True if the file can only be sent by address."""
        return self.size_bytes > INLINE_CAP_BYTES


def length_from_json(value: object) -> float:
    """Returns a stored playing time in seconds; 0.0 for any other value."""
    return value if isinstance(value, float) and 0 <= value < MAX_LENGTH_S else 0.0


def address_error(text: str) -> str:
    """Returns the reason why `text` is not valid as the address of a file; "" if it is.

    RunComfy's servers fetch the file themselves, without a login, so an address inside the user's
    own network cannot work.
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
    # A host name may end with a dot, which has no effect.
    host = host.rstrip(".")
    if host == "localhost" or host.endswith(_LOCAL_DOMAINS):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host
