"""The testbed that a project names in the settings of its pytest."""

import configparser
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError

KEY = "testbed"
PROJECT = "pyproject.toml"
# Where pytest looks, in this order, and the section there.
SECTIONS = {
    "pytest.ini": ("pytest",),
    ".pytest.ini": ("pytest",),
    PROJECT: ("tool", "pytest"),
    "tox.ini": ("pytest",),
    "setup.cfg": ("tool:pytest",),
}


def testbed_of_settings(start: Path) -> tuple[str, Path]:
    """Return the testbed that the nearest settings name, and the folder that it is relative to.

    Raises ConfigurationError if none is named.
    """
    for folder in (start, *start.parents):
        for name, path in SECTIONS.items():
            section: Any = _read(folder / name)
            for part in path:
                section = section.get(part, {})
            text = section.get("ini_options", section).get(KEY)
            if isinstance(text, str) and text:
                return text, folder
    reason = (
        "none is given; write `rehearse up .#checks.x86_64-linux.web`, or set `testbed` in "
        f"[tool.pytest.ini_options] of {PROJECT}"
    )
    raise ConfigurationError("testbed", [reason])


def _read(file: Path) -> Mapping[str, Any]:
    """Return what a file says; nothing if there is none. Raises ConfigurationError."""
    try:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".toml":
            return tomllib.loads(text)
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(text)
        return {name: dict(parser[name]) for name in parser.sections()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, configparser.Error) as error:
        raise ConfigurationError(str(file), [f"cannot be read: {error}"]) from error
