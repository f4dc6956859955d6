"""What something dragged or copied holds that could become a picture input, best first.

Browsers offer the same picture in several ways; a page's address must not win over its bytes.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import PurePath
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from runcomfy_desktop.ui.base.local_files import WORKFLOW_IMAGE_SUFFIXES, local_files
from runcomfy_desktop.ui.input_tree import texts

if TYPE_CHECKING:
    from PySide6.QtCore import QMimeData

_OCTET_STREAM = "application/octet-stream"
# A picture that is offered as a file is taken as it is: made anew it would be another file, and a
# photograph as PNG four times as large. Without loss comes first.
_ENCODED_IMAGE_TYPES = ("image/png", "image/jpeg", "image/webp")
_VECTOR_PREFIX = "image/svg"
# An address is short; a text of a megabyte is not searched for one.
_MAX_ADDRESS_CHARS = 8000
_MAX_HTML_CHARS = 200_000
_MEDIA_TAGS = ("img", "video", "audio", "source")


@dataclass(frozen=True, slots=True)
class MimeCandidates:
    """The ways to a picture, in the order in which they are tried."""

    files: tuple[str, ...] = ()
    image: QImage | None = None
    raw_bytes: bytes = b""
    address: str = ""

    @property
    def name(self) -> str:
        """What the picture may be called; "" when nothing tells."""
        return texts.address_name(self.address)


@dataclass(frozen=True, slots=True)
class DragContent:
    """What a drag could be good for: `workflow_path` is the first workflow file in it,
    `workflow_media_path` the first picture that may carry one, `is_media` that something could go
    into a media input."""

    workflow_path: str
    workflow_media_path: str
    is_media: bool


def read_drag_content(data: QMimeData) -> DragContent:
    """Whether it is worth a drop; looks at names of formats and short texts only."""
    files = local_files(data)
    workflow_path = next((path for path in files if path.casefold().endswith(".json")), "")
    workflow_media_path = next(
        (path for path in files if path.casefold().endswith(WORKFLOW_IMAGE_SUFFIXES)), ""
    )
    has_bytes = any(map(data.hasFormat, (*_ENCODED_IMAGE_TYPES, _OCTET_STREAM)))
    is_media = bool(files) or has_bytes or _has_raster(data) or bool(_address(data))
    return DragContent(workflow_path, workflow_media_path, is_media)


def read_candidates(data: QMimeData) -> MimeCandidates:
    """Everything that may be needed, read now: the data is gone after the event."""
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
    """Whether it holds a picture of pixels: Qt would draw an SVG too, and what that refers to."""
    images = [name for name in data.formats() if name.startswith("image/")]
    only_drawings = bool(images) and all(name.startswith(_VECTOR_PREFIX) for name in images)
    return data.hasImage() and not only_drawings


def file_name(path: str) -> str:
    return PurePath(path).name


def _address(data: QMimeData) -> str:
    """The picture's own address if the page tells it, else the dropped link, else the text."""
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
    # Python's parser gives up on marks that it does not know, and on numbers of many digits.
    with suppress(AssertionError, ValueError):
        parser.feed(html)
    return parser.source


class _MediaTagParser(HTMLParser):
    """Finds the `src` of the first picture, video or sound of a piece of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.source = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _MEDIA_TAGS and not self.source:
            self.source = dict(attrs).get("src") or ""
