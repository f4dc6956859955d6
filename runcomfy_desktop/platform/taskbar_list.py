"""Windows' ITaskbarList3 through ctypes: progress on a window's button in the taskbar.

Follows https://learn.microsoft.com/windows/win32/api/shobjidl_core/nn-shobjidl_core-itaskbarlist3
and has not been tested on Windows. Any error only means that no progress is shown.
"""

from __future__ import annotations

import ctypes
import logging
import sys
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from runcomfy_desktop.platform.progress_indicators import TaskbarButton

_CLASS = uuid.UUID("{56FDF344-FD6D-11d0-958A-006097C9A090}").bytes_le
_INTERFACE = uuid.UUID("{EA1AFB91-9E28-4B86-90E9-9E9F8A5EEFAF}").bytes_le
_IN_PROCESS = 1
# Indexes in the interface's function table, after the three of IUnknown.
_INIT, _SET_VALUE, _SET_STATE = 3, 9, 10
_NO_PROGRESS, _NORMAL = 0, 2
_log = logging.getLogger(__name__)


def find_taskbar(window_id: int) -> TaskbarButton | None:
    """Returns the taskbar button of a window, or None if there is none."""
    found: TaskbarButton | None = None
    if sys.platform == "win32":
        try:
            found = _ComTaskbarButton(window_id)
        except (OSError, AttributeError) as error:
            _log.info("The taskbar cannot be told of progress: %s", error)
    return found


class _ComTaskbarButton:
    """COM object, used on the GUI thread only. Raises OSError if it is not available."""

    def __init__(self, window_id: int) -> None:
        self._window = ctypes.c_void_p(window_id)
        self._object = ctypes.c_void_p()
        ole: Any = getattr(ctypes, "oledll").ole32  # noqa: B009 - only ctypes of Windows has it
        try:
            ole.CoInitialize(None)
        except OSError:
            # Qt has already initialised COM, possibly in another mode.
            _log.debug("COM is in use already")
        ole.CoCreateInstance(_CLASS, None, _IN_PROCESS, _INTERFACE, ctypes.byref(self._object))
        self._call(_INIT)

    def set_value(self, done: int, total: int) -> None:
        self._call(_SET_STATE, self._window, ctypes.c_int(_NORMAL))
        self._call(_SET_VALUE, self._window, ctypes.c_ulonglong(done), ctypes.c_ulonglong(total))

    def clear(self) -> None:
        self._call(_SET_STATE, self._window, ctypes.c_int(_NO_PROGRESS))

    def _call(self, index: int, *arguments: Any) -> None:
        table = ctypes.cast(self._object, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p)))
        types = [type(each) for each in arguments]
        make: Any = getattr(ctypes, "WINFUNCTYPE")  # noqa: B009 - only ctypes of Windows has it
        function = make(ctypes.c_long, ctypes.c_void_p, *types)(table[0][index])
        function(self._object, *arguments)
