"""A screen reader with nobody in front of it: reads and presses by names and roles, and listens.

Run by the system's own Python, which has pyatspi (`/usr/bin/python3 screen_reader.py`). It takes
one JSON request in each line of its input and gives one JSON answer in each line of its output;
tests/e2e/reader.py is the other end. It knows nothing of the program but what the accessibility
bus tells: no coordinates, no object names, no keys.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

import gi  # type: ignore[import-not-found]
import pyatspi  # type: ignore[import-not-found]

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # type: ignore[import-not-found]  # noqa: E402

# A busy computer answers late; nobody has to hurry here.
_TIMEOUT_MS = 30_000
_MAX_DEPTH = 40
_MAX_CHILDREN = 400
# Names of roles that differ from one version of at-spi2-core to the next.
_ROLES = {"button": "push button", "menu button": "button menu"}
_STATES = {
    "showing": pyatspi.STATE_SHOWING,
    "enabled": pyatspi.STATE_ENABLED,
    "sensitive": pyatspi.STATE_SENSITIVE,
    "focusable": pyatspi.STATE_FOCUSABLE,
    "focused": pyatspi.STATE_FOCUSED,
    "editable": pyatspi.STATE_EDITABLE,
    "checked": pyatspi.STATE_CHECKED,
    "selected": pyatspi.STATE_SELECTED,
    "expandable": pyatspi.STATE_EXPANDABLE,
    "expanded": pyatspi.STATE_EXPANDED,
    "modal": pyatspi.STATE_MODAL,
    "active": pyatspi.STATE_ACTIVE,
}


class Missing(Exception):  # noqa: N818 - it is an answer, not a fault
    """Nothing on the bus is as was asked for."""


class Reader:
    """Looks at one program on the bus and remembers what was said."""

    def __init__(self) -> None:
        self._heard: list[dict[str, Any]] = []
        # Where the keyboard is, as it was told last: of a list that has it not, the current row
        # still says that it is focused.
        self._focus: Any = None
        Atspi.set_timeout(_TIMEOUT_MS, _TIMEOUT_MS)
        listen = pyatspi.Registry.registerEventListener
        listen(self._on_announcement, "object:announcement")
        listen(self._on_focus, "object:state-changed:focused")

    def _on_announcement(self, event: Any) -> None:
        self._heard.append({"text": str(event.any_data), "politeness": event.detail1})

    def _on_focus(self, event: Any) -> None:
        if event.detail1:
            self._focus = event.source

    # Requests

    def do_apps(self) -> list[str]:
        return [describe(app) for app in self._apps()]

    def do_heard(self) -> list[dict[str, Any]]:
        """All that was said up to now, oldest first."""
        return self._heard

    def do_tree(self, pid: int) -> str:
        """What can be met, one line for each, further in for what is within."""
        lines: list[str] = []
        for depth, node, _role in walk(self._app(pid)):
            lines.append("  " * depth + tell(node))
        return "\n".join(lines)

    def do_nodes(self, pid: int, path: list[dict[str, str]] | None = None) -> list[dict[str, Any]]:
        """Everything that can be met in a place, or at all, in reading order, each with the number
        of its parent."""
        found: list[dict[str, Any]] = []
        above: list[int] = []
        for depth, node, known in walk(self._one(pid, path) if path else self._app(pid)):
            del above[depth:]
            found.append({**facts(node, known), "parent": above[-1] if above else -1})
            above.append(len(found) - 1)
        return found

    def do_find(self, pid: int, path: list[dict[str, str]]) -> list[dict[str, Any]]:
        return [facts(node) for node in self._all(pid, path)]

    def do_press(self, pid: int, path: list[dict[str, str]], action: str = "") -> str:
        """Does an action by its name; without one, the first that presses something."""
        node = self._one(pid, path)
        names = actions(node)
        wanted = [action] if action else ["Press", "Toggle", "ShowMenu", "SetFocus"]
        for name in wanted:
            if name in names:
                node.queryAction().doAction(names.index(name))
                return name
        raise Missing(f"{tell(node)} has no action {wanted}, only {names}")

    def do_write(self, pid: int, path: list[dict[str, str]], text: str) -> str:
        """Puts a text in the place of the one that is there."""
        node = self._one(pid, path)
        editable = node.queryEditableText()
        if not editable.setTextContents(text):
            raise Missing(f"{tell(node)} takes no text")
        return content(node)

    def do_place(self, pid: int, path: list[dict[str, str]]) -> list[int]:
        """Where its middle is on the screen."""
        node = self._one(pid, path)
        if not is_showing(node):
            raise Missing(f"{tell(node)} is not on the screen")
        box = node.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
        return [box.x + box.width // 2, box.y + box.height // 2]

    def do_focused(self) -> dict[str, Any]:
        if self._focus is None:
            raise Missing("Nothing has the keyboard")
        return facts(self._focus)

    def do_type(self, name: str, text: str) -> str:
        """The same for whatever has the keyboard, if it is called `name`."""
        node = self._focus
        if (
            node is None
            or not re.fullmatch(name, node.name or "")
            or not is_in(node, pyatspi.STATE_EDITABLE)
        ):
            raise Missing(f"The keyboard is on {node and tell(node)}")
        if not node.queryEditableText().setTextContents(text):
            raise Missing(f"{tell(node)} takes no text")
        return content(node)

    def do_set(self, pid: int, path: list[dict[str, str]], value: float) -> float:
        node = self._one(pid, path)
        node.queryValue().currentValue = value
        return float(node.queryValue().currentValue)

    def do_focus(self, pid: int, path: list[dict[str, str]]) -> bool:
        return bool(self._one(pid, path).queryComponent().grabFocus())

    # Looking

    def _apps(self) -> list[Any]:
        desktop = pyatspi.Registry.getDesktop(0)
        desktop.clear_cache()
        return [app for app in children(desktop) if app is not None]

    def _app(self, pid: int) -> Any:
        for app in self._apps():
            if app.get_process_id() == pid:
                app.set_cache_mask(Atspi.Cache.NONE)
                return app
        raise Missing(f"No program with the process id {pid} is on the bus")

    def _one(self, pid: int, path: list[dict[str, str]]) -> Any:
        found = self._all(pid, path)
        if len(found) != 1:
            raise Missing(f"{path} fits {len(found)} things: {[tell(each) for each in found]}")
        return found[0]

    def _all(self, pid: int, path: list[dict[str, str]]) -> list[Any]:
        """What fits the last step of `path`, within what fits the steps before it."""
        places = [self._app(pid)]
        in_tree = False
        for step in path:
            places = [node for place in places for node in within(place, step, in_tree)]
            in_tree = in_tree or step.get("role") == "tree"
        return places


def fits(node: Any, known: str, step: dict[str, str]) -> bool:
    """`role` and `name` are patterns, each for the whole word or text; `known` is its role."""
    if not re.fullmatch(step["role"], known):
        return False
    return bool(re.fullmatch(step["name"], node.name or "", re.DOTALL))


def within(place: Any, step: dict[str, str], in_tree: bool = False) -> Any:
    """Yields what fits in `place`; what lies in something that fits is not looked at.

    A tree is only looked through by a path that names it: each of its many things costs the
    program and the bus some questions.
    """
    in_tree = in_tree or role(place) == "tree"
    for child in reachable(place, in_tree):
        known = role(child)
        if fits(child, known, step):
            yield child
        elif in_tree or known != "tree":
            yield from within(child, step, in_tree)


def walk(node: Any, depth: int = 0, in_tree: bool = False) -> Any:
    """Yields `node` and everything within it, in reading order, with its depth and its role."""
    known = role(node)
    yield depth, node, known
    in_tree = in_tree or known == "tree"
    if depth < _MAX_DEPTH:
        for child in reachable(node, in_tree):
            yield from walk(child, depth + 1, in_tree)


def reachable(node: Any, in_tree: bool) -> list[Any]:
    """What can be met in it: what is on the screen, and the whole of a tree, which scrolls."""
    found = [child for child in children(node) if child is not None]
    return [child for child in found if in_tree or is_showing(child)]


def children(node: Any) -> list[Any]:
    found = []
    for at in range(min(node.childCount, _MAX_CHILDREN)):
        try:
            found.append(node.getChildAtIndex(at))
        except GLib.GError:
            # It went away while it was looked at.
            continue
    return found


def is_in(node: Any, state: Any) -> bool:
    try:
        return bool(node.getState().contains(state))
    except GLib.GError:
        return False


def is_showing(node: Any) -> bool:
    return is_in(node, pyatspi.STATE_SHOWING) or role(node) == "application"


def role(node: Any) -> str:
    name = str(node.getRoleName())
    return _ROLES.get(name, name)


def actions(node: Any) -> list[str]:
    try:
        action = node.queryAction()
    except NotImplementedError:
        return []
    return [str(action.getName(at)) for at in range(action.nActions)]


def content(node: Any) -> str:
    """The text in it, or its value as a text; "" for what has neither."""
    try:
        text = node.queryText()
        return str(text.getText(0, text.characterCount))
    except NotImplementedError:
        pass
    try:
        return f"{node.queryValue().currentValue:g}"
    except NotImplementedError:
        return ""


def facts(node: Any, known: str = "") -> dict[str, Any]:
    """Of a node, whose role may be known already."""
    states = node.getState()
    return {
        "role": known or role(node),
        "name": node.name or "",
        "description": node.description or "",
        "actions": actions(node),
        "states": [name for name, state in _STATES.items() if states.contains(state)],
    }


def describe(node: Any) -> str:
    try:
        return f"{role(node)} “{node.name}”"
    except GLib.GError:
        return "gone"


def tell(node: Any) -> str:
    try:
        known, inside = facts(node), content(node)
    except GLib.GError:
        return "gone"
    more = [inside[:60], known["description"][:60], ",".join(known["actions"])]
    states = [each for each in known["states"] if each not in ("showing", "enabled", "sensitive")]
    if "enabled" not in known["states"]:
        states.append("disabled")
    more.append(" ".join(states))
    return f"{known['role']} “{known['name']}”  " + " | ".join(part for part in more if part)


class Line:
    """The two ends of the pipe: a request for each line, an answer for each line."""

    def __init__(self, reader: Reader, loop: Any) -> None:
        self._reader = reader
        self._loop = loop
        # Without a buffer, in which a request could lie unseen.
        self._requests = os.fdopen(sys.stdin.fileno(), "rb", buffering=0)
        GLib.unix_fd_add_full(0, sys.stdin.fileno(), GLib.IOCondition.IN, self._on_line, None)

    def _on_line(self, _fd: int, _condition: Any, _data: Any) -> bool:
        line = self._requests.readline()
        if not line:
            self._loop.quit()
            return False
        request = json.loads(line)
        print(json.dumps(self._answer(request)), flush=True)
        return True

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        deed = getattr(self._reader, f"do_{request.pop('do')}")
        try:
            return {"answer": deed(**request)}
        except Missing as missing:
            return {"missing": str(missing)}
        except (GLib.GError, NotImplementedError, LookupError) as error:
            # Somebody else's window changes while it is read: asking again is the cure.
            return {"missing": f"{type(error).__name__}: {error}"}


def main() -> None:
    loop = GLib.MainLoop()
    Line(Reader(), loop)
    print(json.dumps({"answer": "ready"}), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
