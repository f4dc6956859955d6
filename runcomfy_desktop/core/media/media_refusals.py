"""Reasons why a file is not stored: a message for one file, an enum value for counting many."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.base.plain_text import one_line
from runcomfy_desktop.domain.base.problem import Problem
from runcomfy_desktop.domain.media.media_checks import wrong_kind_text
from runcomfy_desktop.domain.schema.schema import InputKind
from runcomfy_desktop.i18n import _

if TYPE_CHECKING:
    from runcomfy_desktop.domain.media.media_types import FileType

MAX_BYTES = 512 * 1024 * 1024
MAX_PIXELS = 500_000_000

_MB = 1024 * 1024


class MediaRefusalReason(Enum):
    """Reason why a file is not stored, for a summary of many files."""

    OTHER_KIND = "other kind"
    EMPTY = "empty"
    DAMAGED = "damaged"
    TOO_LARGE = "too large"
    FOLDER = "folder"
    UNREADABLE = "unreadable"


class MediaRefusal(Problem):
    """Refusal of a file, with its reason."""

    def __init__(
        self, reason: MediaRefusalReason, title: str, detail: str = "", advice: str = ""
    ) -> None:
        super().__init__(title, detail, advice)
        self.reason = reason


def reason_of(problem: Problem) -> MediaRefusalReason:
    return problem.reason if isinstance(problem, MediaRefusal) else MediaRefusalReason.UNREADABLE


def unreadable_file(problem: Problem) -> MediaRefusal:
    """Returns the refusal for a file that cannot be read; other files are not affected."""
    refusal = MediaRefusal(
        MediaRefusalReason.UNREADABLE, problem.title, problem.detail, problem.advice
    )
    refusal.technical = problem.technical
    return refusal


def folder_given(name: str) -> MediaRefusal:
    return MediaRefusal(
        MediaRefusalReason.FOLDER,
        _("%s is a folder.") % one_line(name),
        advice=_("Choose a file in it."),
    )


def empty_file(name: str, kind: InputKind) -> MediaRefusal:
    return MediaRefusal(
        MediaRefusalReason.EMPTY, _("%s is empty.") % one_line(name), advice=_choose_advice(kind)
    )


def shutting_down(name: str, kind: InputKind) -> MediaRefusal:
    title = _("%s was not taken over: the program ends.") % one_line(name)
    return MediaRefusal(MediaRefusalReason.UNREADABLE, title, advice=_choose_advice(kind))


def being_written(name: str) -> MediaRefusal:
    return MediaRefusal(
        MediaRefusalReason.UNREADABLE,
        _("%s is being written to just now.") % one_line(name),
        _("What was copied so far would be neither the old file nor the new one."),
        _("Wait until it is finished, then try again."),
    )


def damaged(name: str) -> MediaRefusal:
    return MediaRefusal(
        MediaRefusalReason.DAMAGED,
        _("%s is damaged or cut off.") % one_line(name),
        _("A run would fail on it after the machine has started, and starting is billed."),
        _("Get the file again, or choose another picture."),
    )


def other_kind(name: str, found: FileType, kind: InputKind) -> MediaRefusal:
    """Returns the refusal for a media file of a kind that the input does not take."""
    return MediaRefusal(
        MediaRefusalReason.OTHER_KIND,
        wrong_kind_text(name, found, kind),
        advice=_choose_advice(kind),
    )


def unknown_kind(name: str, kind: InputKind) -> MediaRefusal:
    title, formats = {
        InputKind.VIDEO: (
            _("%s is not a video that can be sent."),
            _("MP4, WebM, QuickTime, Matroska and AVI can."),
        ),
        InputKind.AUDIO: (
            _("%s is not a sound file that can be sent."),
            _("MP3, WAV, FLAC, Ogg and M4A can."),
        ),
    }.get(
        kind,
        (
            _("%s is not a picture that can be sent."),
            _("PNG, JPEG, WebP, GIF, BMP and TIFF can."),
        ),
    )
    advice = _("Save it in one of these formats, then try again.")
    return MediaRefusal(MediaRefusalReason.OTHER_KIND, title % one_line(name), formats, advice)


def too_large(name: str) -> MediaRefusal:
    return MediaRefusal(
        MediaRefusalReason.TOO_LARGE,
        _("%s is too large.") % one_line(name),
        _("A file may have at most %d MB.") % (MAX_BYTES // _MB),
        _("Make it smaller, or use its address."),
    )


def too_many_pixels(name: str, size: tuple[int, int]) -> MediaRefusal:
    return MediaRefusal(
        MediaRefusalReason.TOO_LARGE,
        _("%s is too large a picture.") % one_line(name),
        _("It has %d × %d pixels; at most %d megapixels can be handled.")
        % (*size, MAX_PIXELS // 1_000_000),
        _("Make it smaller, then try again."),
    )


def _choose_advice(kind: InputKind) -> str:
    return {
        InputKind.IMAGE: _("Choose a picture file."),
        InputKind.VIDEO: _("Choose a video file."),
        InputKind.AUDIO: _("Choose a sound file."),
    }.get(kind, _("Choose another file."))
