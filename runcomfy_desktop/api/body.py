"""The body of a submit, streamed: pictures go out in pieces and are never whole in memory."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from typing import TYPE_CHECKING, BinaryIO

from runcomfy_desktop.api import constants
from runcomfy_desktop.domain.media import MediaFile
from runcomfy_desktop.domain.problem import Problem
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from runcomfy_desktop.domain.json_value import Json
    from runcomfy_desktop.domain.workflow import InputKey

_MIME = re.compile(r"[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+")


class SubmitBody:
    """`{"overrides": ...}` as bytes whose number is known before the first one goes out.

    The last piece always closes the JSON, and comes after every file has been read: a body that
    a file breaks off cannot have been understood by anybody.
    """

    def __init__(self, values: Mapping[InputKey, Json | MediaFile], media_folder: Path) -> None:
        self._parts = _parts(values)
        self._folder = media_folder
        self.size_bytes = sum(map(_size, self._parts))

    async def check(self) -> None:
        """Raises Problem when a picture is not there any more as it was. Nothing is sent then."""
        media = [part for part in self._parts if isinstance(part, MediaFile)]
        await asyncio.to_thread(self._check, media)

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body, in pieces of at most 128 KB. Raises Problem when a file fails."""
        for part in self._parts:
            if isinstance(part, MediaFile):
                async for piece in self._media_pieces(part):
                    yield piece
                continue
            for start in range(0, len(part), constants.PIECE_BYTES):
                yield part[start : start + constants.PIECE_BYTES]

    async def _media_pieces(self, media: MediaFile) -> AsyncIterator[bytes]:
        left = media.size_bytes
        file = await asyncio.to_thread(self._open, media)
        try:
            while left:
                wanted = min(left, constants.PIECE_BYTES)
                raw, encoded = await asyncio.to_thread(_read_piece, file, wanted)
                if raw != wanted:
                    raise _changed(media)
                left -= raw
                yield encoded
        except OSError as error:
            raise _lost(media, error) from None
        finally:
            file.close()

    def _check(self, media: list[MediaFile]) -> None:
        for each in media:
            with self._open(each) as file:
                if file.seek(0, 2) != each.size_bytes:
                    raise _changed(each)

    def _open(self, media: MediaFile) -> BinaryIO:
        path = self._folder / media.stored_name
        if path.parent != self._folder or not media.stored_name:
            raise _lost(media, ValueError(media.stored_name))
        try:
            return path.open("rb")
        except (OSError, ValueError) as error:
            raise _lost(media, error) from None


def _parts(values: Mapping[InputKey, Json | MediaFile]) -> list[bytes | MediaFile]:
    """JSON text with the media files standing where their Base64 belongs."""
    nodes: dict[str, list[tuple[str, Json | MediaFile]]] = {}
    for (node_id, name), value in values.items():
        nodes.setdefault(node_id, []).append((name, value))
    parts: list[bytes | MediaFile] = []
    text = '{"overrides": {'
    for node_index, (node_id, inputs) in enumerate(nodes.items()):
        text += f'{", " if node_index else ""}{_dump(node_id)}: {{"inputs": {{'
        for index, (name, value) in enumerate(inputs):
            text += f"{', ' if index else ''}{_dump(name)}: "
            if not isinstance(value, MediaFile):
                text += _dump(value)
                continue
            mime = value.mime if _MIME.fullmatch(value.mime) else "application/octet-stream"
            parts += [f'{text}"data:{mime};base64,'.encode("ascii"), value]
            text = '"'
        text += "}}"
    parts.append(f"{text}}}}}".encode("ascii"))
    return parts


def _dump(value: Json) -> str:
    try:
        return json.dumps(value, allow_nan=False)
    except ValueError:
        raise Problem(
            _("A number is not finite, so it cannot be sent."),
            _("Nothing was sent, and it costs nothing."),
            _("Correct the input, then run again."),
        ) from None


def _size(part: bytes | MediaFile) -> int:
    return 4 * ((part.size_bytes + 2) // 3) if isinstance(part, MediaFile) else len(part)


def _read_piece(file: BinaryIO, wanted: int) -> tuple[int, bytes]:
    raw = file.read(wanted)
    return len(raw), base64.b64encode(raw)


def _lost(media: MediaFile, error: Exception) -> Problem:
    return Problem(
        _("The picture “%s” cannot be read any more.") % media.name,
        _("The job was not sent and costs nothing."),
        _("Put the picture on its input again, then run again."),
        technical=f"{type(error).__name__}: {error}",
    )


def _changed(media: MediaFile) -> Problem:
    return Problem(
        _("The stored copy of “%s” has changed since it was put on its input.") % media.name,
        _("The job was not sent and costs nothing."),
        _("Put the picture on its input again, then run again."),
    )
