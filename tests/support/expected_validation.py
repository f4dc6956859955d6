"""Predicts how ComfyUI validates a whole graph: accepted or refused, and which nodes it reports.

The program checks node by node; only the comparison with ComfyUI's own results needs the validation
of a whole graph. ComfyUI begins at every output node and follows the links; nodes that do not lead
to an output are not checked. If ComfyUI's own check raises an exception, ComfyUI reports the node
that failed and an input that led there. The input is random, because ComfyUI iterates over inputs
and outputs in hash order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from runcomfy_desktop.domain.validation.custom_validation import CUSTOM_VALIDATIONS, NO_FILE
from runcomfy_desktop.domain.validation.input_issue import IssueKind
from runcomfy_desktop.domain.validation.node_validation import NodeValidation, validate_node

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from runcomfy_desktop.domain.base.json_value import Json, JsonObject
    from runcomfy_desktop.domain.schema.input_declaration import InputDeclaration
    from runcomfy_desktop.domain.schema.node_class import NodeClass
    from runcomfy_desktop.domain.schema.schema import NodeSchema
    from runcomfy_desktop.domain.validation.input_issue import ValidationIssue

REFUSED = "prompt_outputs_failed_validation"


@dataclass(frozen=True, slots=True)
class ExpectedIssue:
    """One entry of `node_errors`; `name` is the input that ComfyUI reports, "" for none.

    `alternatives` are the possible names and kinds if they are random. An entry without
    `is_certain` is only reported if the hash order happens to reach its node.
    """

    node_id: str
    name: str
    kind: IssueKind
    is_certain: bool = True
    alternatives: frozenset[tuple[str, IssueKind]] = frozenset()

    def matches(self, node_id: str, name: str, kind: str) -> bool:
        """Returns True if an entry of `node_errors` with these values matches this one."""
        if node_id != self.node_id:
            return False
        alternatives = self.alternatives or {(self.name, self.kind)}
        return any((name, kind) == (each, it.value) for each, it in alternatives)


@dataclass(frozen=True, slots=True)
class ExpectedValidation:
    """ComfyUI's response: `error` is the type of the refusal, "" if there is none."""

    status: int
    error: str = ""
    issues: tuple[ExpectedIssue, ...] = ()


class ServerFiles:
    """Files on the server, as offered by the node classes for loading files."""

    def __init__(self, schema: NodeSchema) -> None:
        self._names = frozenset(_offered_files(schema))

    def __contains__(self, file: str) -> bool:
        # The folder itself also exists, and ComfyUI takes it for a file.
        name = file[: -len(_INPUT_SUFFIX)].rstrip() if file.endswith(_INPUT_SUFFIX) else file
        return name in self._names or name in ("", ".", "..")


_INPUT_SUFFIX = "[input]"


def _offered_files(schema: NodeSchema) -> Iterator[str]:
    for class_type, own in CUSTOM_VALIDATIONS.items():
        node_class = schema.node_class(class_type)
        declared = {} if node_class is None else node_class.declared_inputs({})
        if own.file in declared:
            choices = declared[own.file].spec.choices
            yield from (str(each) for each in choices if each not in NO_FILE)


class _PlainContext:
    """A graph as an unmodified ComfyUI sees it."""

    def __init__(self, graph: Mapping[str, JsonObject], schema: NodeSchema) -> None:
        self._graph = graph
        self._schema = schema
        self._files: ServerFiles | None = None

    def output_types(self, node_id: str) -> tuple[Json, ...] | None:
        node_class = self.class_of(node_id)
        return None if node_class is None else node_class.output_types

    def file_exists(self, file: str) -> bool:
        if self._files is None:
            self._files = ServerFiles(self._schema)
        return file in self._files

    def accepts(self, declaration: InputDeclaration, value: Json) -> bool:
        return False

    def class_of(self, node_id: str) -> NodeClass | None:
        class_type = self._graph[node_id].get("class_type")
        return self._schema.node_class(class_type) if isinstance(class_type, str) else None


def expected_for_body(body: Json, schema: NodeSchema) -> ExpectedValidation:
    """Returns the expected response to a body of `POST /prompt`, parsed as JSON."""
    if not isinstance(body, dict):
        return ExpectedValidation(500)
    if "prompt" not in body:
        return ExpectedValidation(400, "no_prompt")
    if body.get("prompt_id") is not None and not _is_uuid(body["prompt_id"]):
        return ExpectedValidation(400, "invalid_prompt_id")
    return expected_validation(body["prompt"], schema)


def expected_validation(graph: Json, schema: NodeSchema) -> ExpectedValidation:
    """Returns the expected response of an unmodified ComfyUI to a graph in the API format."""
    if not isinstance(graph, dict):
        return ExpectedValidation(500)
    replaced = _replaced(graph, schema)
    if replaced is None:
        return ExpectedValidation(500)
    nodes: dict[str, JsonObject] = {}
    outputs: list[str] = []
    for node_id, raw in replaced.items():
        class_type = raw.get("class_type") if isinstance(raw, dict) else None
        node_class = schema.node_class(class_type) if isinstance(class_type, str) else None
        if node_class is None or not isinstance(raw, dict):
            return _unknown(raw)
        nodes[node_id] = raw
        if node_class.is_output:
            outputs.append(node_id)
    if not outputs:
        return ExpectedValidation(400, IssueKind.NO_OUTPUTS.value)
    context = _PlainContext(nodes, schema)
    walk = ValidationWalk(_NodeValidations(nodes, context))
    good = [node_id for node_id in outputs if walk.is_good(node_id)]
    issues = tuple(walk.issues(outputs))
    return ExpectedValidation(200 if good else 400, "" if good else REFUSED, issues)


def _replaced(graph: JsonObject, schema: NodeSchema) -> JsonObject | None:
    """Returns the graph with missing classes replaced; None if ComfyUI raises an exception."""
    replaced = dict(graph)
    for node_id, raw in graph.items():
        if not isinstance(raw, dict) or "class_type" not in raw or "inputs" not in raw:
            continue
        class_type, inputs = raw["class_type"], raw["inputs"]
        if isinstance(class_type, list | dict) or not isinstance(inputs, dict):
            return None
        found = schema.replacement(class_type) if isinstance(class_type, str) else None
        if found is None:
            continue
        if not found.names.keys() <= inputs.keys() or not isinstance(raw.get("_meta"), dict | list):
            return None
        inputs = found.new_inputs(inputs)
        replaced[node_id] = {**raw, "class_type": found.class_type, "inputs": inputs}
    return replaced


def _unknown(raw: Json) -> ExpectedValidation:
    """Returns the response to a node of a missing class.

    ComfyUI reads the node's title from `_meta` for the message without checking its type.
    """
    is_malformed = not isinstance(raw, dict) or isinstance(raw.get("class_type"), list | dict)
    if is_malformed or not isinstance(raw, dict) or not isinstance(raw.get("_meta", {}), dict):
        return ExpectedValidation(500)
    return ExpectedValidation(400, IssueKind.MISSING_NODE_TYPE.value)


class _NodeValidations(dict[str, NodeValidation]):
    """Validates a node when it is first accessed."""

    def __init__(self, nodes: Mapping[str, JsonObject], context: _PlainContext) -> None:
        super().__init__()
        self._nodes = nodes
        self._context = context

    def __missing__(self, node_id: str) -> NodeValidation:
        raw, node_class = self._nodes[node_id], self._context.class_of(node_id)
        inputs = raw.get("inputs")
        if node_class is not None and isinstance(inputs, dict):
            self[node_id] = validate_node(inputs, node_class, self._context)
        else:
            self[node_id] = NodeValidation(breaks_check=True)
        return self[node_id]


@dataclass(slots=True)
class _WalkStep:
    """A node on the path: the next link, and whether all links before are valid."""

    node_id: str
    validation: NodeValidation
    at: int = 0
    is_good: bool = True


class ValidationWalk:
    """ComfyUI's traversal of the nodes; each is checked once, however many links lead there."""

    def __init__(self, validations: dict[str, NodeValidation]) -> None:
        self.validations = validations
        self._done: dict[str, tuple[bool, list[ExpectedIssue]]] = {}

    def is_good(self, output: str) -> bool:
        """Returns True if an output node and everything that leads to it can run."""
        if output in self._done:
            return self._done[output][0]
        steps = [_WalkStep(output, self.validations[output])]
        while steps:
            step = steps[-1]
            if step.at < len(step.validation.followed_links):
                self._follow(step, steps)
                continue
            steps.pop()
            parent = steps[-1] if steps else None
            if step.validation.breaks_check:
                self._break(step, parent)
            else:
                self._finish(step)
            if parent is not None:
                parent.is_good = parent.is_good and self._done[step.node_id][0]
                parent.at += 1
        return self._done[output][0]

    def issues(self, outputs: Iterable[str]) -> Iterator[ExpectedIssue]:
        """Yields the issues that ComfyUI reports, and issues that it may report in addition."""
        roots = frozenset(outputs)
        alternatives: dict[str, set[tuple[str, IssueKind]]] = {}
        for node_id in self._done:
            for name, source in self.validations[node_id].followed_links:
                alternatives.setdefault(source, set()).add((name, IssueKind.INNER_EXCEPTION))
        certain = self._certain_nodes(roots)
        for node_id, (_is_good, issues) in self._done.items():
            for each in issues:
                found = replace(each, is_certain=node_id in certain)
                if each.kind in (IssueKind.EXCEPTION, IssueKind.INNER_EXCEPTION):
                    own = {("", IssueKind.EXCEPTION)} if node_id in roots else set()
                    found = replace(
                        found, alternatives=frozenset(alternatives.get(node_id, set()) | own)
                    )
                yield found

    def _certain_nodes(self, roots: Iterable[str]) -> frozenset[str]:
        """Returns the nodes reached in any hash order.

        A check that raises an exception early may not follow all links of its node.
        """
        found: set[str] = set()
        open_ends = list(roots)
        while open_ends:
            node_id = open_ends.pop()
            if node_id not in found:
                found.add(node_id)
                validation = self.validations[node_id]
                if not validation.breaks_check_early:
                    open_ends += [source for _name, source in validation.followed_links]
        return frozenset(found)

    def _follow(self, step: _WalkStep, steps: list[_WalkStep]) -> None:
        _name, source = step.validation.followed_links[step.at]
        if source not in self._done:
            on_the_way = [each.node_id for each in steps]
            if source not in on_the_way:
                steps.append(_WalkStep(source, self.validations[source]))
                return
            self._mark_cycle(on_the_way[on_the_way.index(source) :])
        step.is_good = step.is_good and self._done[source][0]
        step.at += 1

    def _mark_cycle(self, node_ids: Iterable[str]) -> None:
        for node_id in node_ids:
            self._done[node_id] = (False, [ExpectedIssue(node_id, "", IssueKind.CYCLE)])

    def _break(self, step: _WalkStep, parent: _WalkStep | None) -> None:
        if parent is None:
            broken = ExpectedIssue(step.node_id, "", IssueKind.EXCEPTION)
        else:
            name = parent.validation.followed_links[parent.at][0]
            broken = ExpectedIssue(step.node_id, name, IssueKind.INNER_EXCEPTION)
        self._done[step.node_id] = (False, [broken])

    def _finish(self, step: _WalkStep) -> None:
        found = [
            issue
            for each in step.validation.issues
            if not each.is_accepted
            for issue in _expected_issues(step.node_id, each)
        ]
        was_good, earlier = self._done.get(step.node_id, (True, []))
        is_good = was_good and step.is_good and not found
        self._done[step.node_id] = (is_good, [*earlier, *found])


def _expected_issues(node_id: str, issue: ValidationIssue) -> Iterator[ExpectedIssue]:
    if not issue.refused_at:
        yield ExpectedIssue(node_id, issue.name, issue.kind)
    for name in issue.refused_at:
        yield ExpectedIssue(node_id, name, IssueKind.CUSTOM_VALIDATION)


def _is_uuid(text: Json) -> bool:
    if not isinstance(text, str) or len(text) != 36:
        return False
    parts = text.split("-")
    is_hex = all(each in "0123456789abcdef" for each in "".join(parts))
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and is_hex
