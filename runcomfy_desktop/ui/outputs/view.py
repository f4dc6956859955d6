"""Where a picture lies in its place: fitted, or at a zoom around a point. Plain arithmetic."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF

MAX_SCALE = 32.0

WHEEL_ZOOM = 1.2
"""What a notch of the wheel zooms by, in every view."""
KEY_ZOOM = 1.25
NOTCH = 120.0
"""A notch of the wheel, in Qt's eighths of a degree."""


class View:
    """Scale is screen units per pixel of the picture; the offset is the picture's corner."""

    def __init__(self) -> None:
        self.scale = 1.0
        self._picture = QSizeF()
        self._room = QSizeF()
        self._corner = QPointF()
        self._fitted = True
        self._dpr = 1.0

    @property
    def is_fitted(self) -> bool:
        return self._fitted

    @property
    def overflows(self) -> bool:
        """Whether parts of the picture are out of sight, so that it can be panned."""
        target, slack = self.target(), 0.5
        return (
            target.width() > self._room.width() + slack
            or target.height() > self._room.height() + slack
        )

    def set_picture(self, size: QSizeF) -> None:
        self._picture = size
        self.fit()

    def set_room(self, room: QSizeF, dpr: float) -> None:
        """The place changed; a zoomed picture keeps its middle where it was."""
        middle = self._at(QPointF(self._room.width() / 2, self._room.height() / 2))
        self._room, self._dpr = room, dpr
        if self._fitted:
            self.fit()
        else:
            self._put(middle, QPointF(room.width() / 2, room.height() / 2))

    def target(self) -> QRectF:
        """The picture's rectangle in the place."""
        size = QSizeF(self._picture.width() * self.scale, self._picture.height() * self.scale)
        return QRectF(self._corner, size) if not size.isEmpty() else QRectF()

    def fit(self) -> None:
        """As large as the place allows, but a small picture is not blown up."""
        self._fitted = True
        self.scale = self._fit_scale()
        self._keep_in()

    def zoom_to(self, scale: float, at: QPointF | None = None) -> None:
        """Another scale; the point `at` of the place (its middle) keeps what it shows."""
        if self._picture.isEmpty():
            return
        place = at or QPointF(self._room.width() / 2, self._room.height() / 2)
        pixel = self._at(place)
        self.scale = min(max(scale, self._smallest()), MAX_SCALE)
        self._fitted = False
        self._put(pixel, place)

    def pan(self, by: QPointF) -> None:
        self._corner += by
        self._keep_in()

    def _fit_scale(self) -> float:
        if self._picture.isEmpty() or self._room.isEmpty():
            return 1.0
        return min(
            1.0,
            self._room.width() / self._picture.width(),
            self._room.height() / self._picture.height(),
        )

    def _smallest(self) -> float:
        return min(self._fit_scale(), 1.0 / self._dpr)

    def _at(self, place: QPointF) -> QPointF:
        return (place - self._corner) / self.scale

    def _put(self, pixel: QPointF, place: QPointF) -> None:
        self._corner = place - pixel * self.scale
        self._keep_in()

    def _keep_in(self) -> None:
        """A side that fits is centred; one that does not leaves no gap at the edges."""
        self._corner = QPointF(
            _kept(self._corner.x(), self._picture.width() * self.scale, self._room.width()),
            _kept(self._corner.y(), self._picture.height() * self.scale, self._room.height()),
        )


def _kept(corner: float, length: float, room: float) -> float:
    if length <= room:
        return (room - length) / 2
    return min(0.0, max(corner, room - length))
