"""Automatic screen reader: reads and presses elements by name and role, and records announcements.

It is run by the system's own Python, which has pyatspi (`/usr/bin/python3
screen_reader_process.py`). It queries the accessibility bus directly, because pyatspi sends one
query at a time. It reads one JSON request per line of its input and writes one JSON response per
line of its output; tests/e2e/screen_reader_client.py is the other end. All that it knows of the
program comes from the accessibility bus: no coordinates, no object names, no keys.
"""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import gi  # type: ignore[import-not-found]
import pyatspi  # type: ignore[import-not-found]

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # type: ignore[import-not-found]  # noqa: E402

# Long, because a busy computer responds late.
_TIMEOUT_MS = 30_000
_MAX_DEPTH = 40
_INTERFACE_PREFIX = "org.a11y.atspi."
_ROOT = "/org/a11y/atspi/accessible/root"
_MAX_CHILDREN = 400
# Role names that differ between versions of at-spi2-core.
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


class NotOnBusError(Exception):
    """Raised if the program, or exactly one matching element, is not on the bus."""


class BusNode(NamedTuple):
    """Element on the bus: its owner and its path."""

    owner: str
    path: str


class BusCall(NamedTuple):
    """A query to a node, with `value` as its argument."""

    node: BusNode
    interface: str
    method: str
    value: Any = None


class AccessibilityBus:
    """Client of the accessibility bus.

    Many queries are sent at once and their responses awaited together: in sequence, reading a
    window of a thousand elements would take seconds.
    """

    def __init__(self) -> None:
        self._connection = Gio.DBusConnection.new_for_address_sync(
            os.environ["AT_SPI_BUS_ADDRESS"],
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
            None,
            None,
        )

    def call(self, call: BusCall) -> Any:
        (answer,) = self.call_all([call])
        if isinstance(answer, GLib.GError):
            raise answer
        return answer

    def call_all(self, calls: list[BusCall]) -> list[Any]:
        """Returns the responses in order; for each failed query its error."""
        answers: list[Any] = [None] * len(calls)
        remaining = len(calls)
        context = GLib.MainContext.new()

        def done(line: Any, result: Any, at: int) -> None:
            nonlocal remaining
            try:
                found = line.call_finish(result).unpack()
                answers[at] = found[0] if len(found) == 1 else found
            except GLib.GError as error:
                answers[at] = error
            remaining -= 1

        context.push_thread_default()
        try:
            for at, (node, interface, method, value) in enumerate(calls):
                where = (node.owner, node.path, interface, method, value)
                flags = Gio.DBusCallFlags.NONE
                self._connection.call(*where, None, flags, _TIMEOUT_MS, None, done, at)
            while remaining:
                context.iteration(True)
        finally:
            context.pop_thread_default()
        return answers

    # Queries

    def children(self, nodes: list[BusNode]) -> list[list[BusNode]]:
        replies = self.call_all(
            [BusCall(each, _INTERFACE_PREFIX + "Accessible", "GetChildren") for each in nodes]
        )
        # Elements that have disappeared have no children.
        return [
            []
            if isinstance(found, GLib.GError)
            else list(map(BusNode._make, found[:_MAX_CHILDREN]))
            for found in replies
        ]

    def states(self, nodes: list[BusNode]) -> list[int]:
        """Returns the states as bits; 0 for elements that have disappeared."""
        replies = self.call_all(
            [BusCall(each, _INTERFACE_PREFIX + "Accessible", "GetState") for each in nodes]
        )
        return [0 if isinstance(each, GLib.GError) else each[0] | each[1] << 32 for each in replies]

    def roles(self, nodes: list[BusNode]) -> list[str]:
        """Returns the role names, "" for elements that have disappeared."""
        replies = self.call_all(
            [BusCall(each, _INTERFACE_PREFIX + "Accessible", "GetRole") for each in nodes]
        )
        names = ["" if isinstance(each, GLib.GError) else role_name(each) for each in replies]
        return [_ROLES.get(name, name) for name in names]

    def names(self, nodes: list[BusNode], what: str = "Name") -> list[str]:
        replies = self.call_all([property_of(each, "Accessible", what) for each in nodes])
        return ["" if isinstance(each, GLib.GError) else str(each) for each in replies]

    def interfaces(self, nodes: list[BusNode]) -> list[set[str]]:
        replies = self.call_all(
            [BusCall(each, _INTERFACE_PREFIX + "Accessible", "GetInterfaces") for each in nodes]
        )
        return [
            set()
            if isinstance(each, GLib.GError)
            else {one.removeprefix(_INTERFACE_PREFIX) for one in each}
            for each in replies
        ]

    def actions(self, nodes: list[BusNode]) -> list[list[str]]:
        able = [
            node
            for node, found in zip(nodes, self.interfaces(nodes), strict=True)
            if "Action" in found
        ]
        replies = self.call_all(
            [BusCall(each, _INTERFACE_PREFIX + "Action", "GetActions") for each in able]
        )
        known = {
            node: [] if isinstance(found, GLib.GError) else [str(each[0]) for each in found]
            for node, found in zip(able, replies, strict=True)
        }
        return [known.get(node, []) for node in nodes]

    def facts(self, nodes: list[BusNode]) -> list[dict[str, Any]]:
        found = zip(
            self.roles(nodes),
            self.names(nodes),
            self.names(nodes, "Description"),
            self.actions(nodes),
            self.states(nodes),
            strict=True,
        )
        return [
            {
                "role": role,
                "name": name,
                "description": description,
                "actions": actions,
                "states": [word for word, state in _STATES.items() if states >> int(state) & 1],
            }
            for role, name, description, actions, states in found
        ]

    def content(self, node: BusNode) -> str:
        """Returns the text of an element, or its value as text; "" if it has neither."""
        (there,) = self.interfaces([node])
        if "Text" in there:
            count = self.call(property_of(node, "Text", "CharacterCount"))
            return str(
                self.call(
                    BusCall(node, _INTERFACE_PREFIX + "Text", "GetText", variant("(ii)", 0, count))
                )
            )
        if "Value" in there:
            return f"{self.call(property_of(node, 'Value', 'CurrentValue')):g}"
        return ""

    def describe(self, node: BusNode) -> str:
        (known,) = self.facts([node])
        inside = self.content(node)
        more = [inside[:60], known["description"][:60], ",".join(known["actions"])]
        default_states = ("showing", "enabled", "sensitive")
        states = [each for each in known["states"] if each not in default_states]
        if "enabled" not in known["states"]:
            states.append("disabled")
        more.append(" ".join(states))
        description = " | ".join(part for part in more if part)
        return f"{known['role']} “{known['name']}”  {description}"

    # Search

    def app(self, pid: int) -> BusNode:
        root = BusNode("org.a11y.atspi.Registry", _ROOT)
        (apps,) = self.children([root])
        whose = BusNode("org.freedesktop.DBus", "/org/freedesktop/DBus")
        ask = "GetConnectionUnixProcessID"
        replies = self.call_all(
            [BusCall(whose, whose.owner, ask, variant("(s)", a.owner)) for a in apps]
        )
        for app, found in zip(apps, replies, strict=True):
            if found == pid:
                return app
        raise NotOnBusError(f"No program with the process id {pid} is on the bus")

    def reachable(self, locations: list[NodeLocation]) -> list[NodeLocation]:
        """Returns the reachable children: those on the screen, and all in a tree, which scrolls."""
        found = [
            NodeLocation(child, (*location.at, number), location.in_tree)
            for location, inside in zip(
                locations, self.children([each.node for each in locations]), strict=True
            )
            for number, child in enumerate(inside)
        ]
        showing = self.states([each.node for each in found])
        shown = [
            each
            for each, states in zip(found, showing, strict=True)
            if each.in_tree or states >> int(pyatspi.STATE_SHOWING) & 1
        ]
        for each, role in zip(shown, self.roles([each.node for each in shown]), strict=True):
            each.role = role
            each.in_tree = each.in_tree or role == "tree"
        return shown

    def walk(self, top: BusNode) -> list[NodeLocation]:
        """Returns `top` and everything within it, in reading order."""
        (role,) = self.roles([top])
        level = found = [NodeLocation(top, (), role == "tree", role)]
        for _depth in range(_MAX_DEPTH):
            level = self.reachable(level)
            found = found + level
        return sorted(found, key=lambda each: each.at)

    def within(
        self, tops: list[NodeLocation], step: dict[str, str], in_tree: bool
    ) -> list[NodeLocation]:
        """Returns the matching elements within `tops`, without searching inside matching ones.

        A tree is searched only by a path that names it: each of its many elements costs the program
        and the bus several queries.
        """
        found: list[NodeLocation] = []
        level = tops
        while level:
            there = self.reachable(level)
            named = [each for each in there if re.fullmatch(step["role"], each.role)]
            names = self.names([each.node for each in named])
            fitting = {
                each.at
                for each, name in zip(named, names, strict=True)
                if re.fullmatch(step["name"], name, re.DOTALL)
            }
            found += [each for each in there if each.at in fitting]
            level = [
                each
                for each in there
                if each.at not in fitting and (in_tree or each.role != "tree")
            ]
        return sorted(found, key=lambda each: each.at)


@dataclass
class NodeLocation:
    """A node and its location: the child numbers on the path to it."""

    node: BusNode
    at: tuple[int, ...]
    in_tree: bool = False
    role: str = field(default="", compare=False)


def property_of(node: BusNode, interface: str, name: str) -> BusCall:
    arguments = variant("(ss)", _INTERFACE_PREFIX + interface, name)
    return BusCall(node, "org.freedesktop.DBus.Properties", "Get", arguments)


def variant(kind: str, *values: Any) -> Any:
    return GLib.Variant(kind, values)


def role_name(role: int) -> str:
    return str(Atspi.role_get_name(Atspi.Role(role)))


class BusReader:
    """Searches one program on the bus and records announcements."""

    def __init__(self) -> None:
        self._bus = AccessibilityBus()
        self._announcements: list[dict[str, Any]] = []
        # The element that last reported the focus: the current row of a list without the focus
        # still claims to be focused.
        self._focus: BusNode | None = None
        Atspi.set_timeout(_TIMEOUT_MS, _TIMEOUT_MS)
        listen = pyatspi.Registry.registerEventListener
        listen(self._on_announcement, "object:announcement")
        listen(self._on_focus, "object:state-changed:focused")

    def _on_announcement(self, event: Any) -> None:
        self._announcements.append({"text": str(event.any_data), "politeness": event.detail1})

    def _on_focus(self, event: Any) -> None:
        if event.detail1:
            self._focus = BusNode(event.source.app.bus_name, event.source.path)

    # Requests

    def do_heard(self) -> list[dict[str, Any]]:
        """Returns all announcements up to now, oldest first."""
        return self._announcements

    def do_tree(self, pid: int) -> str:
        """Returns the reachable elements, one per line, indented by depth."""
        lines = []
        for location in self._bus.walk(self._bus.app(pid)):
            try:
                lines.append("  " * len(location.at) + self._bus.describe(location.node))
            except GLib.GError:
                lines.append("  " * len(location.at) + "gone")
        return "\n".join(lines)

    def do_nodes(self, pid: int, path: list[dict[str, str]] | None = None) -> list[dict[str, Any]]:
        """Returns all reachable elements of an element, or of the window, in reading order.

        Each has the number of its parent.
        """
        locations = self._bus.walk(self._one(pid, path) if path else self._bus.app(pid))
        number = {location.at: at for at, location in enumerate(locations)}
        known = self._bus.facts([location.node for location in locations])
        return [
            {**facts, "parent": number[location.at[:-1]] if location.at else -1}
            for location, facts in zip(locations, known, strict=True)
        ]

    def do_find(self, pid: int, path: list[dict[str, str]]) -> list[dict[str, Any]]:
        return self._bus.facts(self._all(pid, path))

    def do_press(self, pid: int, path: list[dict[str, str]], action: str = "") -> str:
        """Performs the action with this name; without a name, the first one that presses."""
        node = self._one(pid, path)
        (names,) = self._bus.actions([node])
        wanted = [action] if action else ["Press", "Toggle", "ShowMenu", "SetFocus"]
        for name in wanted:
            if name in names:
                number = variant("(i)", names.index(name))
                self._bus.call(BusCall(node, _INTERFACE_PREFIX + "Action", "DoAction", number))
                return name
        raise NotOnBusError(f"{self._bus.describe(node)} has no action {wanted}, only {names}")

    def do_write(self, pid: int, path: list[dict[str, str]], text: str) -> str:
        """Replaces the text of an element."""
        return self._write(self._one(pid, path), text)

    def _write(self, node: BusNode, text: str) -> str:
        words = variant("(s)", text)
        if not self._bus.call(
            BusCall(node, _INTERFACE_PREFIX + "EditableText", "SetTextContents", words)
        ):
            raise NotOnBusError(f"{self._bus.describe(node)} takes no text")
        return self._bus.content(node)

    def do_place(self, pid: int, path: list[dict[str, str]]) -> list[int]:
        """Returns the screen position of an element's centre."""
        node = self._one(pid, path)
        if "showing" not in self._bus.facts([node])[0]["states"]:
            raise NotOnBusError(f"{self._bus.describe(node)} is not on the screen")
        screen = variant("(u)", int(pyatspi.DESKTOP_COORDS))
        x, y, width, height = self._bus.call(
            BusCall(node, _INTERFACE_PREFIX + "Component", "GetExtents", screen)
        )
        return [x + width // 2, y + height // 2]

    def do_focused(self) -> dict[str, Any]:
        if self._focus is None:
            raise NotOnBusError("Nothing has the keyboard")
        return self._bus.facts([self._focus])[0]

    def do_type(self, name: str, text: str) -> str:
        """Replaces the text of the focused element, if it has the name `name`."""
        known = self.do_focused()
        if not re.fullmatch(name, known["name"]) or "editable" not in known["states"]:
            raise NotOnBusError(f"The keyboard is on {known}")
        assert self._focus is not None
        return self._write(self._focus, text)

    def do_set(self, pid: int, path: list[dict[str, str]], value: float) -> float:
        node = self._one(pid, path)
        words = variant(
            "(ssv)", _INTERFACE_PREFIX + "Value", "CurrentValue", GLib.Variant("d", value)
        )
        self._bus.call(BusCall(node, "org.freedesktop.DBus.Properties", "Set", words))
        return float(self._bus.call(property_of(node, "Value", "CurrentValue")))

    def do_focus(self, pid: int, path: list[dict[str, str]]) -> bool:
        return bool(
            self._bus.call(
                BusCall(self._one(pid, path), _INTERFACE_PREFIX + "Component", "GrabFocus")
            )
        )

    # Search

    def _one(self, pid: int, path: list[dict[str, str]]) -> BusNode:
        found = self._all(pid, path)
        if len(found) != 1:
            description = [self._bus.describe(each) for each in found]
            raise NotOnBusError(f"{path} fits {len(found)} things: {description}")
        return found[0]

    def _all(self, pid: int, path: list[dict[str, str]]) -> list[BusNode]:
        """Returns the elements that match the last step of `path`, within its other steps."""
        locations = [NodeLocation(self._bus.app(pid), ())]
        in_tree = False
        for step in path:
            locations = self._bus.within(locations, step, in_tree)
            in_tree = in_tree or step.get("role") == "tree"
        return [location.node for location in locations]


class RequestPipe:
    """This process's ends of the pipes: one request and one response per line."""

    def __init__(self, reader: BusReader, loop: Any) -> None:
        self._reader = reader
        self._loop = loop
        # Unbuffered: a request could remain unnoticed in a buffer.
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
        method = getattr(self._reader, f"do_{request.pop('do')}")
        try:
            return {"answer": method(**request)}
        except NotOnBusError as missing:
            return {"missing": str(missing)}
        except (GLib.GError, NotImplementedError, LookupError) as error:
            # The window of the other process changes while it is read; the client retries.
            return {"missing": f"{type(error).__name__}: {error}"}


def main() -> None:
    loop = GLib.MainLoop()
    RequestPipe(BusReader(), loop)
    print(json.dumps({"answer": "ready"}), flush=True)
    loop.run()


if __name__ == "__main__":
    main()
