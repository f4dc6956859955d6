"""The media shelf: pictures that were dropped, pasted or chosen, kept under their bytes' hash.

A job that is sent an hour later, or run again next week, finds its picture here although the
original was moved or edited meanwhile.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import threading
import uuid
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from runcomfy_desktop.core.reading import open_file, unreadable
from runcomfy_desktop.core.tasks import Tasks
from runcomfy_desktop.domain.media import MediaFile, sniff_image
from runcomfy_desktop.domain.output import safe_file_name
from runcomfy_desktop.domain.plain import one_line
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _
from runcomfy_desktop.store.atomic import disk_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from runcomfy_desktop.core.notices import Notices

MAX_BYTES = 512 * 1024 * 1024
MAX_PIXELS = 500_000_000

_MB = 1024 * 1024
_PIECE_BYTES = _MB
_HEAD_BYTES = 64
_UNFINISHED = "incoming-"


class MediaShelf:
    """Owns the folder of kept pictures. What goes wrong is told through `notices`.

    `measure` gives a picture's width and height, None when it is damaged or none at all; it is
    called on a worker thread.
    """

    def __init__(
        self, folder: Path, measure: Callable[[Path], tuple[int, int] | None], notices: Notices
    ) -> None:
        self.folder = folder
        self._measure = measure
        self._tasks = Tasks(notices.failure)
        self._closing = threading.Event()
        self._preparing = threading.Lock()
        self._swept = False

    def add_file(self, path: str, done: Callable[[MediaFile], object]) -> None:
        """Keeps a copy of the picture at `path`; `done` gets it when it is there."""
        self._tasks.start("keep picture", self._add(lambda: self._keep_file(Path(path)), done))

    def add_bytes(self, data: bytes, name: str, done: Callable[[MediaFile], object]) -> None:
        """Keeps a picture that came as bytes: from the clipboard, or out of a browser."""
        name = safe_file_name(name) if name else _("Pasted picture")
        self._tasks.start(
            "keep picture", self._add(lambda: self._keep(io.BytesIO(data), name), done)
        )

    async def close(self) -> None:
        """Ends what is going on; a copy that is not complete is removed."""
        self._closing.set()
        await self._tasks.close()

    async def _add(
        self, keep: Callable[[], MediaFile], done: Callable[[MediaFile], object]
    ) -> None:
        done(await asyncio.to_thread(keep))

    # On a worker thread

    def _keep_file(self, path: Path) -> MediaFile:
        source, size_bytes = open_file(path)
        with source:
            if size_bytes > MAX_BYTES:
                raise _too_large(path.name)
            return self._keep(source, path.name)

    def _keep(self, source: IO[bytes], name: str) -> MediaFile:
        head = _read(source, _HEAD_BYTES, name)
        if not head:
            raise _unfit(_("%s is empty."), name)
        sniffed = sniff_image(head)
        if sniffed is None:
            raise _no_picture(name)
        mime, ending = sniffed
        incoming = self.folder / f"{_UNFINISHED}{uuid.uuid4().hex}.{ending}"
        try:
            self._prepare_folder()
            sha256, size_bytes = self._copy(source, head, incoming, name)
            width, height = self._size_of(incoming, name)
            stored_name = f"{sha256}.{ending}"
            # The same bytes may be there already, and open in a view.
            if _size_of_file(self.folder / stored_name) != size_bytes:
                incoming.replace(self.folder / stored_name)
        except OSError as error:
            raise disk_problem(error, self.folder) from None
        finally:
            with suppress(OSError):
                incoming.unlink(missing_ok=True)
        return MediaFile(name, stored_name, sha256, mime, size_bytes, width, height)

    def _prepare_folder(self) -> None:
        """Makes the folder, and once removes what an earlier program left unfinished in it."""
        with self._preparing:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not self._swept:
                self._swept = True
                for left in self.folder.glob(f"{_UNFINISHED}*"):
                    left.unlink(missing_ok=True)

    def _copy(self, source: IO[bytes], head: bytes, to: Path, name: str) -> tuple[str, int]:
        """Copies in pieces; returns hash and size."""
        digest, size_bytes, piece = hashlib.sha256(), 0, head
        with to.open("xb") as copy:
            while piece:
                size_bytes += len(piece)
                if size_bytes > MAX_BYTES:
                    raise _too_large(name)
                if self._closing.is_set():
                    raise _unfit(_("%s was not taken over: the program ends."), name)
                digest.update(piece)
                copy.write(piece)
                piece = _read(source, _PIECE_BYTES, name)
        return digest.hexdigest(), size_bytes

    def _size_of(self, path: Path, name: str) -> tuple[int, int]:
        size = self._measure(path)
        if size is None or min(size) < 1:
            raise _damaged(name)
        if size[0] * size[1] > MAX_PIXELS:
            raise Problem(
                _("%s is too large a picture.") % one_line(name),
                _("It has %d × %d pixels; at most %d megapixels can be handled.")
                % (*size, MAX_PIXELS // 1_000_000),
                _("Make it smaller, then try again."),
            )
        return size


def _size_of_file(path: Path) -> int:
    """-1 when there is none; one that a power cut emptied is mended by the next equal picture."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


def _read(source: IO[bytes], size_bytes: int, name: str) -> bytes:
    try:
        return source.read(size_bytes)
    except OSError as error:
        raise unreadable(name, error) from None


def _unfit(sentence: str, name: str) -> Problem:
    return Problem(sentence % one_line(name), advice=_("Choose a picture file."))


def _damaged(name: str) -> Problem:
    return Problem(
        _("%s is damaged or cut off.") % one_line(name),
        _("A run would fail on it after the machine has started, and starting is billed."),
        _("Get the file again, or choose another picture."),
    )


def _no_picture(name: str) -> Problem:
    return Problem(
        _("%s is not a picture that can be sent.") % one_line(name),
        _("PNG, JPEG, WebP, GIF, BMP and TIFF can."),
        _("Save it in one of these formats, then try again."),
    )


def _too_large(name: str) -> Problem:
    return Problem(
        _("%s is too large.") % one_line(name),
        _("A picture may have at most %d MB.") % (MAX_BYTES // _MB),
        _("Make it smaller, or use its address."),
    )
