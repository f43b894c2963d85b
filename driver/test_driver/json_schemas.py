"""JSON Schemas of what the driver and `rehearse` read and write, for other programs.

The classes that read and write the documents are the source. The text below a field of a class is
its description. Only `rehearse schema` imports this module.
"""

import ast
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import core_schema

from .configuration import SCHEMA_VERSION, Configuration
from .report.event_schema import VERSION as EVENTS_VERSION
from .report.event_types import AnyEvent
from .suite import results_json, timings
from .suite_run import json_events, show_json

DIALECT = GenerateJsonSchema.schema_dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format: the type that says what is in it, its version, and where documents of it are."""

    type: Any
    version: int
    title: str


FORMATS: Mapping[str, Format] = {
    "configuration": Format(
        type=Configuration,
        version=SCHEMA_VERSION,
        title="Configuration of a test, which nixos-test-driver reads",
    ),
    "events": Format(
        type=Annotated[AnyEvent, Field(discriminator="kind")],
        version=EVENTS_VERSION,
        title="A line of events.jsonl, which each test leaves",
    ),
    "suite": Format(
        type=results_json.SuiteResults,
        version=results_json.VERSION,
        title="suite.json, the results of a suite",
    ),
    "timings": Format(
        type=timings.TimingsFile,
        version=timings.VERSION,
        title="timings.json, earlier runs of tests",
    ),
    "test": Format(
        type=Annotated[json_events.AnyEvent, Field(discriminator="event")],
        version=json_events.VERSION,
        title="A line that `rehearse test --json` writes",
    ),
    "show": Format(
        type=show_json.ShownTests,
        version=show_json.VERSION,
        title="What `rehearse show --json` writes",
    ),
}


def json_schema(name: str) -> dict[str, Any]:
    """Return the schema of a format."""
    described = FORMATS[name]
    found = TypeAdapter(described.type).json_schema(schema_generator=_Described)
    head = {
        "$schema": DIALECT,
        "$id": f"urn:rehearse:{name}:{described.version}",
        "title": f"{described.title} (version {described.version})",
    }
    return {**head, **{key: value for key, value in found.items() if key not in head}}


class _Described(GenerateJsonSchema):
    """Adds descriptions of fields, and leaves out titles, which repeat the names."""

    def field_title_should_be_set(self, schema: object) -> bool:
        """Return that no field has a title."""
        return False

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        """Return the schema of a model of pydantic."""
        return _described(super().model_schema(schema), schema["cls"])

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> dict[str, Any]:
        """Return the schema of a TypedDict."""
        return _described(super().typed_dict_schema(schema), schema["cls"])


def _described(found: dict[str, Any], owner: type) -> dict[str, Any]:
    found.pop("title", None)
    texts = _texts(owner)
    if about := texts.get(""):
        found["description"] = about
    for name, field in found.get("properties", {}).items():
        if name in texts:
            field["description"] = texts[name]
    return found


def _texts(owner: type) -> dict[str, str]:
    """Return the texts below the fields of a class and of its bases, and its own text as ""."""
    found: dict[str, str] = {}
    for base in getattr(owner, "__orig_bases__", owner.__bases__):
        if getattr(base, "__module__", "").startswith(f"{__package__}."):
            found |= _texts(base)
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(owner))).body
    assert isinstance(tree, ast.ClassDef)
    found[""] = inspect.cleandoc(ast.get_docstring(tree) or "").replace("\n", " ")
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(written))),
            ):
                found[name] = " ".join(written.split())
    return found
