"""A configuration: the same after a round trip through JSON; whatever is wrong is refused."""

import copy
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from test_driver.configuration import check_configuration, load_configuration
from test_driver.errors import ConfigurationError

from .support.properties import JSON, TEXT, examples

COUNT = st.integers(1, 2**40)
TEXTS = st.text(max_size=8)
COMMAND = st.lists(TEXTS, min_size=1, max_size=3)
Documents = st.SearchStrategy[dict[str, Any]]
WARM: Documents = st.fixed_dictionaries(
    {"folder": TEXTS, "script": TEXTS},
    optional={
        "identity": st.fixed_dictionaries(
            {"files": st.dictionaries(TEXTS, TEXTS, max_size=2)},
            optional={
                "interfaces": st.lists(
                    st.fixed_dictionaries(
                        {
                            "name": TEXTS,
                            "mac": st.none() | st.just("52:54:00:12:01:01"),
                            "addresses": st.lists(
                                st.sampled_from(["192.168.1.1/24", "2001:db8::1/64"]), max_size=2
                            ),
                        }
                    ),
                    max_size=2,
                )
            },
        )
    },
)
MACHINE: Documents = st.fixed_dictionaries(
    {
        "start_command": COMMAND,
        "vlans": st.lists(st.sampled_from([0, 1, 7]), max_size=2),
        "memory_mib": COUNT,
        "cores": COUNT,
    },
    optional={
        "aliases": st.lists(TEXTS, max_size=2),
        "container": st.booleans(),
        "warm_start": st.none() | WARM,
        "guest_agent": st.none() | st.booleans(),
        "vsock_number": st.none() | st.integers(1, 254),
        "variant": st.dictionaries(TEXTS, st.integers() | TEXTS, max_size=2),
    },
)
DOCUMENT: Documents = st.fixed_dictionaries(
    {
        "schema_version": st.just(1),
        "name": TEXTS,
        "test_script": TEXTS,
        "global_timeout_seconds": COUNT,
        "acceleration": st.fixed_dictionaries(
            {
                "policy": st.sampled_from(["prefer", "require", "never"]),
                "kernel": st.none() | TEXTS,
                "qemu": TEXTS,
            }
        ),
        "vlans": st.just([0, 1, 7]),
        "machines": st.dictionaries(
            st.sampled_from(["server", "client", "db-1", "x_2"]), MACHINE, max_size=3
        ),
    },
    optional={
        "test_script_source": st.none() | TEXTS,
        "fail_on": st.lists(st.sampled_from(["kernel-oops", "oom"]), max_size=2),
        "compatibility": st.sampled_from(["rehearse", "nixpkgs"]),
        "tesseract": TEXTS,
    },
)


@examples(120)
@given(DOCUMENT)
def test_a_configuration_is_the_same_after_a_round_trip(document: dict[str, Any]) -> None:
    configuration = check_configuration(document, where="unit")
    again = json.loads(configuration.model_dump_json())
    assert check_configuration(again, where="again") == configuration


def places(value: object) -> list[tuple[Any, Any]]:
    """Return each place in a document that has a value: what holds it, and its key."""
    found: list[tuple[Any, Any]] = []
    items = value.items() if isinstance(value, dict) else ()
    for key, inner in items or (enumerate(value) if isinstance(value, list) else ()):
        found += [(value, key), *places(inner)]
    return found


@examples(250)
@given(st.data(), DOCUMENT)
def test_a_document_with_something_wrong_is_taken_or_refused_with_the_place(
    data: st.DataObject, document: dict[str, Any]
) -> None:
    document = copy.deepcopy(document)
    holder, key = data.draw(
        st.sampled_from(range(len(places(document)))).map(lambda number: places(document)[number])
    )
    change = data.draw(st.sampled_from(["replace", "drop", "add"]))
    if change == "replace":
        holder[key] = data.draw(JSON)
    elif change == "drop" and isinstance(holder, dict):
        del holder[key]
    elif isinstance(holder, dict):
        holder[data.draw(TEXT)] = data.draw(JSON)
    try:
        check_configuration(document, where="unit")
    except ConfigurationError as error:
        message = str(error)
    else:
        return
    assert message.startswith("unit: ")
    assert len(message) > len("unit: ")


@examples(150)
@given(st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()))
def test_a_file_of_anything_is_refused(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "configuration.json"
        path.write_bytes(content)
        with pytest.raises(ConfigurationError):
            load_configuration(path)


@pytest.mark.parametrize("opening", ["[", '{"machines":'])
def test_a_file_that_is_nested_without_an_end_is_refused(tmp_path: Path, opening: str) -> None:
    path = tmp_path / "configuration.json"
    path.write_text(opening * 100_000)
    with pytest.raises(ConfigurationError, match="is not JSON: "):
        load_configuration(path)
