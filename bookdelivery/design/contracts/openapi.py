"""What can be asked of a system, as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.0).

Each aggregate and each view is a collection of resources (`bookdelivery.kernel.resources`). A command that opens a case
is a POST to its collection; any other is a POST to the case with the command's verb, or a PATCH that names the verb
where the case's status stands. What only contexts send one another is left out unless asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bookdelivery.design.contracts import openapi_parts as parts
from bookdelivery.design.contracts.openapi_calls import calls
from bookdelivery.design.contracts.openapi_security import secured
from bookdelivery.design.contracts.schemas import described
from bookdelivery.design.elements import EdgeKind, Node, NodeKind
from bookdelivery.design.model import DesignModel
from bookdelivery.kernel.resources import representation
from bookdelivery.kernel.wire_fields import wire_name


def openapi(
    model: DesignModel, context: str | None = None, *, internal: bool = False, version: str = "1.0.0"
) -> dict[str, Any]:
    """Describe the resources of a system, and what people may ask of them.

    Args:
        model: the design.
        context: only this context's, by name.
        internal: also the commands that contexts call of one another.
        version: of the document.

    Raises:
        UnknownElement: there is no such context.
    """
    contexts = model.contexts() if context is None else (model.find(context, NodeKind.CONTEXT),)
    names = {one.name for one in contexts}
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    for kind in (NodeKind.AGGREGATE, NodeKind.VIEW):
        for node in model.nodes(kind):
            if node.context in names and "offers" in node.facts:
                resource = _Resource(model, node)
                paths |= resource.paths()
                schemas |= resource.schemas()
    if internal:
        called, spoken = calls(model, names)
        paths |= called
        schemas |= spoken
    title = model.name if context is None else f"{model.name}: {context}"
    document = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": f"What can be asked of {title}."},
        "tags": [{"name": one.name, "description": f"{one.korean} ({one.facts['subdomain']})"} for one in contexts],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": {**schemas, "Links": parts.LINKS, "Problem": parts.PROBLEM}},
    }
    return secured(document)


class _Resource:
    """The paths and schemas of one collection and its members."""

    def __init__(self, model: DesignModel, node: Node) -> None:
        self._model = model
        self._node = node
        self._offer: Mapping[str, Any] = node.facts["offers"]
        self._is_view = node.kind is NodeKind.VIEW
        self._name = node.facts["row"].removesuffix("Row") if self._is_view else node.name
        self._posts = [self._command(name) for name in self._offer["posts"]]
        self._actions = {verb: self._command(name) for verb, name in self._offer["actions"].items()}

    def _command(self, name: str) -> Node:
        return self._model.find(name, NodeKind.COMMAND)

    # --- paths --------------------------------------------------------------------------------------------------------

    def paths(self) -> dict[str, dict[str, Any]]:
        collection = f"/{self._offer['collection']}"
        member = f"{collection}/{{{self._offer['member']}}}"
        at_member = [parts.path_parameter(self._offer["member"], self._schema())]
        found: dict[str, dict[str, Any]] = {
            collection: {"get": self._list()},
            member: {"parameters": at_member, "get": self._read()},
        }
        if self._posts:
            found[collection]["post"] = self._post()
        if self._actions:
            found[member]["patch"] = self._patch()
        for verb, command in self._actions.items():
            found[f"{member}/{verb}"] = {"parameters": at_member, "post": self._action(command)}
        return found

    def _list(self) -> dict[str, Any]:
        return {
            "operationId": f"list{parts.capital(self._offer['collection'])}",
            "summary": f"List {self._offer['collection']} by ascending {self._key()}.",
            "tags": [self._node.context],
            "parameters": parts.PAGING,
            "responses": {"200": parts.answer("A page of them.", f"{self._name}Page"), **parts.problems("422", "503")},
        }

    def _read(self) -> dict[str, Any]:
        return {
            "operationId": f"read{self._name}",
            "summary": self._node.summary,
            "description": self._node.korean,
            "tags": [self._node.context],
            "responses": {
                "200": parts.answer("As it is known here.", self._name, live=self._is_view),
                **parts.problems("404", "503"),
            },
        }

    def _post(self) -> dict[str, Any]:
        first = self._posts[0]
        body = f"{self._name}Post" if len(self._posts) > 1 or self._offer["assumes"] else first.name
        words = " ".join(command.summary for command in self._posts)
        put_off = self._put_off(self._posts)
        return {
            "operationId": f"post{self._name}" if len(self._posts) > 1 else first.name,
            "summary": words,
            "description": self._issued(self._posts),
            "tags": [first.context],
            "parameters": [parts.IDEMPOTENCY_KEY],
            "requestBody": parts.body(body),
            "responses": {
                "201": parts.answer("Done.", self._answer_name(first), headers=parts.LOCATION),
                **put_off,
                **parts.problems("400", "409", "422", "429", "503"),
            },
        }

    def _patch(self) -> dict[str, Any]:
        status = self._offer["status"]
        words = ", ".join(f"`{verb}`: {command.summary}" for verb, command in self._actions.items())
        return {
            "operationId": f"patch{self._name}",
            "summary": f"Ask for an action by naming it as the {status}.",
            "description": words,
            "tags": [self._node.context],
            "requestBody": parts.body(f"{self._name}Patch"),
            "responses": {
                "200": parts.answer("Done; this is how it stands.", self._name),
                **self._put_off(list(self._actions.values())),
                **parts.problems("400", "404", "409", "422", "429", "503"),
            },
        }

    def _action(self, command: Node) -> dict[str, Any]:
        operation: dict[str, Any] = {
            "operationId": command.name,
            "summary": command.summary,
            "description": self._issued([command]),
            "tags": [command.context],
            "parameters": [parts.IDEMPOTENCY_KEY],
            "responses": {
                "200": parts.answer("Done; this is how it stands.", self._answer_name(command)),
                **self._put_off([command]),
                **parts.problems("400", "404", "409", "422", "429", "503"),
            },
        }
        if self._asks_for(command)["properties"]:
            operation["requestBody"] = parts.body(command.name, required=bool(self._asks_for(command)["required"]))
        return operation

    def _issued(self, commands: Sequence[Node]) -> str:
        actors = [
            node.name
            for node in self._model.predecessors(commands[-1].id, EdgeKind.ISSUES)
            if node.kind is NodeKind.ACTOR
        ]
        korean = ", ".join(command.korean for command in commands if command.korean)
        return f"{korean}. Issued by {', '.join(actors) or 'other contexts'}.".removeprefix(". ")

    def _put_off(self, commands: Sequence[Node]) -> dict[str, Any]:
        for command in commands:
            for call in self._model.outgoing(command.id, EdgeKind.CALLS):
                if call.facts.get("fallback"):
                    words = f"Put off: {call.facts['fallback']}."
                    return {"202": parts.answer(words, self._answer_name(command), headers=parts.PUT_OFF)}
        return {}

    # --- schemas ------------------------------------------------------------------------------------------------------

    def schemas(self) -> dict[str, Any]:
        found = {
            self._name: {
                "title": self._name,
                "description": self._node.doc,
                **({"x-korean": self._node.korean} if self._node.korean else {}),
                **parts.with_links(self._schema()),
            },
            f"{self._name}Page": parts.page(self._offer["collection"], self._name),
        }
        if self._actions:
            found[f"{self._name}Patch"] = self._patch_schema()
        if len(self._posts) > 1 or self._offer["assumes"]:
            found[f"{self._name}Post"] = self._post_schema()
        for command in self._posts:
            if len(self._posts) == 1:
                found[command.name] = described(command)
        for command in self._actions.values():
            if self._asks_for(command)["properties"]:
                found[command.name] = {**described(command), **self._asks_for(command)}
        for command in (*self._posts[:1], *self._actions.values()):
            reply = command.facts.get("reply")
            if reply:
                found[f"{command.name}Answer"] = parts.extended(self._name, reply)
        return found

    def _answer_name(self, command: Node) -> str:
        return f"{command.name}Answer" if command.facts.get("reply") else self._name

    def _schema(self) -> Mapping[str, Any]:
        kept = self._node.schema or {}
        return representation(kept, status=self._offer["status"], spoken=None if self._is_view else self._spoken())

    def _spoken(self) -> set[str]:
        names = {self._offer["member"], self._key()}
        for kind in (NodeKind.EVENT, NodeKind.COMMAND):
            for message in self._model.nodes(kind, context=self._node.context):
                for schema in (message.schema, message.facts.get("reply")):
                    names.update((schema or {}).get("properties", {}))
        return names

    def _key(self) -> str:
        return wire_name(self._node.facts["correlation_key"])

    def _asks_for(self, command: Node) -> dict[str, Any]:
        # The case is named by the path.
        schema = command.schema or {}
        key = wire_name(command.facts["correlation_key"])
        return {
            "properties": {name: one for name, one in schema.get("properties", {}).items() if name != key},
            "required": [name for name in schema.get("required", ()) if name != key],
        }

    def _patch_schema(self) -> dict[str, Any]:
        status = self._offer["status"]
        properties: dict[str, Any] = {status: {"enum": list(self._actions)}}
        for command in self._actions.values():
            properties |= self._asks_for(command)["properties"]
        return {"type": "object", "properties": properties, "required": [status]}

    def _post_schema(self) -> dict[str, Any]:
        assumed = self._offer["assumes"]
        properties: dict[str, Any] = {}
        required: dict[str, None] = {}
        for command in self._posts:
            schema = command.schema or {}
            properties |= schema.get("properties", {})
            required |= dict.fromkeys(schema.get("required", ()))
        properties = {
            name: {**schema, "default": assumed[name]} if name in assumed else schema
            for name, schema in properties.items()
        }
        properties[self._offer["status"]] = {"type": "string", "description": "As in the original system; not needed."}
        return {
            "type": "object",
            "properties": properties,
            "required": [name for name in required if name not in assumed],
        }
