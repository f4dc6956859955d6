"""Extracts candidates for a media input from dragged or copied data, best first.

Browsers offer the same picture in several forms; the picture's bytes are preferred to the address
of its page.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from runcomfy_desktop.ui.base.local_files import WORKFLOW_IMAGE_SUFFIXES, local_files
from runcomfy_desktop.ui.input_tree.rows import texts

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

_OCTET_STREAM = "application/octet-stream"
# A picture offered as a file is used unchanged: encoding it again would produce a different file,
# and a photograph would be four times as large as a PNG. Lossless formats come first.
_ENCODED_IMAGE_TYPES = ("image/png", "image/jpeg", "image/webp")
_VECTOR_PREFIX = "image/svg"
# An address is short: a megabyte of text is not searched for one.
_MAX_ADDRESS_CHARS = 8000
_MAX_HTML_CHARS = 200_000
_MEDIA_TAGS = ("img", "video", "audio", "source")


@dataclass(frozen=True, slots=True)
class MimeCandidates:
    """Candidates for a media value; the fields are in the order in which they are tried."""

    files: tuple[str, ...] = ()
    image: QImage | None = None
    raw_bytes: bytes = b""
    address: str = ""

    @property
    def name(self) -> str:
        """Suggested name of the picture; "" if unknown."""
        return texts.address_name(self.address)


@dataclass(frozen=True, slots=True)
class DragContent:
    """Possible uses of a drag.

    `workflow_path` is the first workflow file in the drag, `workflow_media_path` the first picture
    that may contain a workflow; `is_media` is True if a media input could take the data.
    """

    workflow_path: str
    workflow_media_path: str
    is_media: bool


def read_drag_content(data: QMimeData) -> DragContent:
    """Returns the possible uses of dragged data, reading only format names and short strings."""
    files = local_files(data)
    workflow_path = next((path for path in files if path.casefold().endswith(".json")), "")
    workflow_media_path = next(
        (path for path in files if path.casefold().endswith(WORKFLOW_IMAGE_SUFFIXES)), ""
    )
    has_bytes = any(map(data.hasFormat, (*_ENCODED_IMAGE_TYPES, _OCTET_STREAM)))
    is_media = bool(files) or has_bytes or _has_raster(data) or bool(_address(data))
    return DragContent(workflow_path, workflow_media_path, is_media)


def read_candidates(data: QMimeData) -> MimeCandidates:
    """Reads everything that may be needed later, because the data is gone after the event."""
    files = tuple(path for path in local_files(data) if not path.casefold().endswith(".json"))
    if files:
        return MimeCandidates(files)
    encoded = next((name for name in _ENCODED_IMAGE_TYPES if data.hasFormat(name)), "")
    if encoded:
        return MimeCandidates((), None, bytes(data.data(encoded).data()), _address(data))
    image = data.imageData() if _has_raster(data) else None
    raw_bytes = bytes(data.data(_OCTET_STREAM).data()) if data.hasFormat(_OCTET_STREAM) else b""
    picture = image if isinstance(image, QImage) and not image.isNull() else None
    return MimeCandidates((), picture, raw_bytes, _address(data))


def _has_raster(data: QMimeData) -> bool:
    """Reports whether the data holds a raster picture.

    Qt would also render an SVG with everything that it refers to.
    """
    images = [name for name in data.formats() if name.startswith("image/")]
    only_drawings = bool(images) and all(name.startswith(_VECTOR_PREFIX) for name in images)
    return data.hasImage() and not only_drawings


def file_name(path: str) -> str:
    return PurePath(path).name


def _address(data: QMimeData) -> str:
    """Returns the picture's own address from HTML, else the dropped link, else the text.

    Returns "" if none of them is an address.
    """
    if data.hasHtml():
        source = _first_source(data.html()[:_MAX_HTML_CHARS])
        if texts.is_address(source) or texts.is_data_address(source):
            return source
    for url in data.urls():
        if url.scheme() in ("http", "https"):
            return bytes(url.toEncoded().data()).decode()
    text = data.text().strip() if data.hasText() else ""
    is_one = len(text) <= _MAX_ADDRESS_CHARS and not any(letter.isspace() for letter in text)
    return text if is_one and texts.is_address(text) else ""


def _first_source(html: str) -> str:
    parser = _MediaTagParser()
    # Python's parser fails on unknown markup declarations and on numbers with many digits.
    with suppress(AssertionError, ValueError):
        parser.feed(html)
    return parser.source


class _MediaTagParser(HTMLParser):
    """Finds the `src` of the first picture, video or sound in an HTML fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.source = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _MEDIA_TAGS and not self.source:
            self.source = dict(attrs).get("src") or ""
