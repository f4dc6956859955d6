"""Position and zoom of a picture in its viewport, as plain arithmetic."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF

MAX_SCALE = 32.0

WHEEL_ZOOM = 1.2
"""Zoom factor of one wheel notch, in every view."""
KEY_ZOOM = 1.25
WHEEL_NOTCH = 120.0
"""One notch of the wheel, in Qt's eighths of a degree."""


class ViewTransform:
    """Maps a picture into its viewport.

    The scale is screen units per picture pixel; the offset is the picture's corner.
    """

    def __init__(self) -> None:
        self.scale = 1.0
        self._picture_size = QSizeF()
        self._viewport_size = QSizeF()
        self._corner = QPointF()
        self.is_fitted = True
        self._dpr = 1.0

    @property
    def has_picture(self) -> bool:
        return not self._picture_size.isEmpty()

    @property
    def overflows(self) -> bool:
        """True if parts of the picture are out of view, so that it can be panned."""
        target, slack = self.picture_rect(), 0.5
        return (
            target.width() > self._viewport_size.width() + slack
            or target.height() > self._viewport_size.height() + slack
        )

    def set_picture_size(self, size: QSizeF) -> None:
        self._picture_size = size
        self.fit()

    def rotate_picture(self) -> None:
        """Swaps the picture's sides; a zoomed picture keeps its zoom and is centred."""
        self._picture_size = self._picture_size.transposed()
        if self.is_fitted:
            self.fit()
        else:
            middle = QPointF(self._picture_size.width(), self._picture_size.height()) / 2
            self._align(middle, self._viewport_middle())

    def set_viewport_size(self, viewport: QSizeF, dpr: float) -> None:
        """Sets the viewport's size; a zoomed picture keeps its centre."""
        middle = self._pixel_at(self._viewport_middle())
        self._viewport_size, self._dpr = viewport, dpr
        if self.is_fitted:
            self.fit()
        else:
            self._align(middle, self._viewport_middle())

    def picture_rect(self) -> QRectF:
        """Returns the picture's rectangle in the viewport.

        Its corner is on a pixel of the screen: at 100 % anything else would blur the picture.
        """
        size = QSizeF(
            self._picture_size.width() * self.scale, self._picture_size.height() * self.scale
        )
        if size.isEmpty():
            return QRectF()
        corner = self._corner * self._dpr
        return QRectF(QPointF(round(corner.x()), round(corner.y())) / self._dpr, size)

    def fit(self) -> None:
        """Fits the picture into the viewport without enlarging a small one."""
        self.is_fitted = True
        self.scale = self._fit_scale()
        self._clamp()

    def zoom_to(self, scale: float, at: QPointF | None = None) -> None:
        """Sets the scale while the point `at` of the viewport (default: its centre) stays fixed."""
        if self._picture_size.isEmpty():
            return
        point = self._viewport_middle() if at is None else at
        pixel = self._pixel_at(point)
        self.scale = min(max(scale, self._min_scale()), MAX_SCALE)
        self.is_fitted = False
        self._align(pixel, point)

    def pan(self, by: QPointF) -> None:
        self._corner += by
        self._clamp()

    def _viewport_middle(self) -> QPointF:
        return QPointF(self._viewport_size.width() / 2, self._viewport_size.height() / 2)

    def _fit_scale(self) -> float:
        if self._picture_size.isEmpty() or self._viewport_size.isEmpty():
            return 1.0
        return min(
            1.0,
            self._viewport_size.width() / self._picture_size.width(),
            self._viewport_size.height() / self._picture_size.height(),
        )

    def _min_scale(self) -> float:
        return min(self._fit_scale(), 1.0 / self._dpr)

    def _pixel_at(self, point: QPointF) -> QPointF:
        return (point - self._corner) / self.scale

    def _align(self, pixel: QPointF, point: QPointF) -> None:
        self._corner = point - pixel * self.scale
        self._clamp()

    def _clamp(self) -> None:
        """Centres a side that fits into the viewport; a longer side leaves no gap at the edges."""
        self._corner = QPointF(
            _clamped_corner(
                self._corner.x(),
                self._picture_size.width() * self.scale,
                self._viewport_size.width(),
            ),
            _clamped_corner(
                self._corner.y(),
                self._picture_size.height() * self.scale,
                self._viewport_size.height(),
            ),
        )


def _clamped_corner(corner: float, length: float, viewport: float) -> float:
    if length <= viewport:
        return (viewport - length) / 2
    return min(0.0, max(corner, viewport - length))
