"""What is wrong with a configuration: the path, what is expected, what was found."""

import json
import types
import typing
from collections.abc import Sequence

from pydantic import BaseModel, ValidationError

LONGEST_VALUE = 60
_TYPE_ERRORS = ("_type", "literal_error", "_parsing", "model_attributes_type")


def describe_problems(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return one sentence for each problem."""
    problems = []
    for found in error.errors(include_url=False):
        location = found["loc"]
        kind = found["type"]
        path = path_text(location)
        if kind == "missing":
            problems.append(f"{path}: is missing; expected {_expected(model, location)}")
        elif kind == "extra_forbidden":
            known = ", ".join(_fields(model, location[:-1]))
            problems.append(f"{path}: is not known; known here are: {known}")
        elif kind.endswith(_TYPE_ERRORS):
            problems.append(
                f"{path}: expected {_expected(model, location)}, got {value_text(found['input'])}"
            )
        else:
            message = found["msg"].replace("Input should be", "expected a value")
            problems.append(f"{path}: {message}, got {value_text(found['input'])}")
    return problems


def path_text(location: Sequence[int | str]) -> str:
    """Return a place in the document as one writes it: `machines.client.vlans[0]`."""
    text = ""
    for part in location:
        if part == "[key]":  # pydantic's mark that the key itself is wrong, not its value
            continue
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def value_text(value: object) -> str:
    """Return a value as it stands in the document, shortened."""
    text = json.dumps(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}..."


def _annotation(model: type[BaseModel], location: Sequence[int | str]) -> object:
    """Return the type that the model has at a place."""
    annotation: object = model
    for part in location:
        annotation = _plain(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = annotation.model_fields.get(str(part))
            annotation = object if field is None else field.annotation
        elif typing.get_origin(annotation) in (tuple, list):
            annotation = typing.get_args(annotation)[0]
        elif typing.get_origin(annotation) is dict:
            annotation = typing.get_args(annotation)[1]
    return _plain(annotation)


def _plain(annotation: object) -> object:
    if typing.get_origin(annotation) is typing.Annotated:
        return typing.get_args(annotation)[0]
    return annotation


def _fields(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    annotation = _annotation(model, location)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return sorted(annotation.model_fields)
    return []


def _expected(model: type[BaseModel], location: Sequence[int | str]) -> str:
    return _tokens(_annotation(model, location))


def _tokens(annotation: object, *, plural: bool = False) -> str:
    annotation = _plain(annotation)
    origin = typing.get_origin(annotation)
    arguments = typing.get_args(annotation)
    if annotation is str:
        return "strings" if plural else "a string"
    if annotation is int:
        return "whole numbers" if plural else "a whole number"
    if origin in (tuple, list):
        return f"{'lists' if plural else 'a list'} of {_tokens(arguments[0], plural=True)}"
    if origin is typing.Literal:
        return " or ".join(json.dumps(argument) for argument in arguments)
    if origin is types.UnionType:
        return " or ".join(
            "null" if argument is types.NoneType else _tokens(argument) for argument in arguments
        )
    return "objects" if plural else "an object"
