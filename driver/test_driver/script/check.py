"""What can be said against a script before anything boots: syntax, names, types."""

import ast
import contextlib
import difflib
import io
import re
import shutil
import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path

from .. import machine
from ..configuration import Configuration
from ..errors import ConfigurationError
from ..extensions.extensions import Extensions
from ..machine import BaseMachine
from ..package import PACKAGE_FOLDER
from .own_names import redefined_globals
from .script import NAMES_MODULE, Script
from .stubs import stub_text

# Made when the driver is built: what the checker knows of Python's and the driver's own modules.
CACHE = PACKAGE_FOLDER.parent / "types-cache"
HEADER = f"from {NAMES_MODULE} import *\n"
_NO_METHOD = re.compile(r'"((?:Base|Qemu|Nspawn)Machine)" has no attribute "(\w+)"(?!;)')


def check_script(
    path: Path,
    configuration: Configuration,
    extensions: Extensions | None = None,
    *,
    lint: bool = True,
    types: bool = True,
) -> list[str]:
    """Return what is wrong with a script, each with file and line; nothing if it is good.

    Raises ScriptSyntaxError if it does not compile, and ConfigurationError if a checker is missing.
    """
    extensions = extensions or Extensions()
    Script(path)
    own = redefined_globals(path.read_text(encoding="utf-8"), str(path))
    stubs = stub_text(configuration, own, extensions)
    problems = lint_problems(path, _names(stubs)) if lint else []
    problems += type_problems(path, stubs, extensions=extensions) if types else []
    return sorted(problems, key=lambda problem: int(problem[len(str(path)) + 1 :].split(":")[0]))


def lint_problems(path: Path, names: Iterable[str]) -> list[str]:
    """Return what pyflakes finds: names that do not exist, imports that nobody uses, and so on."""
    try:
        from pyflakes.checker import Checker
    except ImportError as error:
        raise ConfigurationError(
            "--check-only", ["pyflakes is missing; install it, or give --skip-lint"]
        ) from error
    # For editors only: the names are known here, and pyflakes knows none of a star.
    source = path.read_text(encoding="utf-8").replace(HEADER, "\n", 1)
    tree = ast.parse(source, str(path))
    found = Checker(tree, str(path), builtins=set(names)).messages
    found.sort(key=lambda message: (message.lineno, message.col))
    return [f"{path}:{one.lineno}: {one.message % one.message_args}" for one in found]


def type_problems(
    path: Path, stubs: str, cache: Path | None = None, extensions: Extensions | None = None
) -> list[str]:
    """Return what mypy finds, if there is an error. The new cache is kept where `cache` says.

    Notes alone, such as the one about a function without annotations, are no problem.
    """
    try:
        from mypy import api
    except ImportError as error:
        raise ConfigurationError(
            "--check-only", ["mypy is missing; install it, or give --skip-type-check"]
        ) from error
    modules = {} if extensions is None else extensions.modules
    with tempfile.TemporaryDirectory(prefix="test-script-") as temporary:
        folder = Path(temporary)
        (folder / f"{NAMES_MODULE}.pyi").write_text(stubs)
        # One line more than the script has: all line numbers are corrected below.
        (folder / "script.py").write_text(HEADER + path.read_text(encoding="utf-8"))
        (folder / "mypy.ini").write_text(_configuration(folder))
        (folder / "modules").mkdir()
        for name, module in modules.items():
            (folder / "modules" / name).symlink_to(module.absolute())
        _copy_files(CACHE, folder / "cache")
        # It may ask the streams what they are, so they are real ones.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            output, errors, status = api.run(
                ["--config-file", str(folder / "mypy.ini"), str(folder / "script.py")]
            )
        if cache is not None:
            _copy_files(folder / "cache", cache)
        if status not in (0, 1):
            raise ConfigurationError("--check-only", [f"mypy failed: {output}{errors}"])
        kinds = extensions or Extensions()
        found = _corrected(output, folder / "script.py", path, kinds) if status == 1 else []
        return _without_given(found, _names(stubs))


def make_cache(folder: Path, empty_script: Path) -> None:
    """Keep what checking an empty script has learned. Done when the driver is built."""
    modules = ("test_driver.driver", "test_driver.plugins", "typing", "unittest", "os")
    text = "".join(f"import {module}\n" for module in modules)
    type_problems(empty_script, text, cache=folder)


def _configuration(folder: Path) -> str:
    # Packages that the test does not bring along are not looked at: that takes four times as long,
    # and a script that uses one says nothing about its types. `x = None` may get its type in a
    # function below, as under the mypy of nixpkgs' driver; mypy 2 would want an annotation.
    return f"""\
[mypy]
mypy_path = {folder}:{PACKAGE_FOLDER.parent}:{folder}/modules
cache_dir = {folder}/cache
sqlite_cache = True
no_site_packages = True
ignore_missing_imports = True
local_partial_types = False
disable_error_code = import-untyped
follow_imports = silent
show_error_codes = True
error_summary = False
"""


def _copy_files(source: Path, target: Path) -> None:
    """Copy a tree without its modes: what lies in the store is for reading only."""
    for path in source.rglob("*"):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


def _names(stubs: str) -> set[str]:
    names: set[str] = set()
    for node in ast.parse(stubs).body:
        match node:
            case ast.Import() | ast.ImportFrom():
                names |= {alias.asname for alias in node.names if alias.asname}
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return names


def _without_given(problems: Iterable[str], names: Collection[str]) -> list[str]:
    """Leave out uses of a name that is there from the beginning, and that the script sets later.

    mypy does not see that a star has brought it: `machine = create_machine(...)`.
    """
    early = re.compile(r': Name "(\w+)" is used before definition')
    return [one for one in problems if not ((m := early.search(one)) and m[1] in names)]


def _corrected(output: str, checked: Path, path: Path, kinds: Extensions) -> list[str]:
    """Return mypy's lines as if it had seen the script itself."""
    line = re.compile(rf"^(?:\S*/)?{re.escape(checked.name)}:(\d+): (error|note): (.*)$")
    found = []
    for text in output.splitlines():
        if match := line.match(text):
            prefix = "" if match.group(2) == "error" else "note: "
            message = _with_hint(match.group(3), kinds)
            found.append(f"{path}:{int(match.group(1)) - 1}: {prefix}{message}")
    return found


def _with_hint(message: str, kinds: Extensions) -> str:
    """Name the method that a mistyped one may mean: mypy looks at no base class for that."""
    if (match := _NO_METHOD.search(message)) is None:
        return message
    kind: type[BaseMachine] = getattr(machine, match[1])
    known = [name for name in dir(kinds.machine_class(kind)) if not name.startswith("_")]
    near = difflib.get_close_matches(match[2], known, n=1)
    return message.replace(match[0], f'{match[0]}; maybe "{near[0]}"?') if near else message
