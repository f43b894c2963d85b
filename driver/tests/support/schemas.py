"""Documents compared with the schemas of their formats."""

import json

from pydantic import TypeAdapter

from test_driver.json_schemas import FORMATS


def check_document(name: str, document: object) -> None:
    """Raise ValidationError unless a document has what its format says, and nothing else."""
    adapter = TypeAdapter(FORMATS[name].type)
    found = adapter.validate_json(json.dumps(document), strict=True)
    if name != "configuration":  # which is read with its defaults
        assert adapter.dump_python(found, mode="json") == document
