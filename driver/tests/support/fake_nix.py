"""A program that behaves like `nix` and `nix-store`, as a file says: for tests of what drives Nix.

It is started by either name. The environment variable FAKE_NIX is a folder: `world.json` says what
there is, `calls.jsonl` gets each command line, and `runs/` counts how often something was built.
"""

import json
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

FOLDER = Path(os.environ.get("FAKE_NIX", "."))


def main(name: str) -> int:
    """Do what the arguments ask the program of this name for, and return the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    arguments = sys.argv[1:]
    world = json.loads((FOLDER / "world.json").read_text())
    with (FOLDER / "calls.jsonl").open("a") as file:
        file.write(json.dumps([name, os.getpid(), *arguments]) + "\n")
    if name == "nix-store":
        paths = [one for one in arguments if one.startswith("/")]
        sys.stdout.write("".join(f"{one}\n" for one in paths if not _is_valid(world, one)))
        return 0
    if name == "nix-eval-jobs":
        return _jobs(world, arguments)
    given = [one for one in arguments if not one.startswith("--")]
    given = given[given.index("nix-command flakes") + 1 :]
    match given:
        case ["config", "show", *_]:
            return _settings(world)
        case ["store", "info", *_]:
            return _store_info(world, arguments)
        case ["eval", *_]:
            return _evaluate(world, arguments)
        case ["derivation", "show", *paths]:
            known = world["derivations"]
            shown = {one: known[_without_seed(one)] for one in paths if one.endswith(".drv")}
            sys.stdout.write(json.dumps(shown))
            return 0
        case ["build", *_]:
            return _build(world, arguments)
    sys.stderr.write(f"error: '{' '.join(given)}' is not a recognised command\n")
    return 1


def _is_valid(world: dict[str, Any], path: str) -> bool:
    return Path(path).exists() or _without_seed(path) in world["derivations"]


def _settings(world: dict[str, Any]) -> int:
    values = {
        "max-jobs": 2,
        "system": "x86_64-linux",
        "extra-platforms": [],
        "system-features": ["kvm", "nixos-test"],
        "builders": "",
        **world.get("settings", {}),
    }
    arguments = sys.argv
    for name in ("max-jobs", "builders"):
        if f"--{name}" in arguments:
            given = arguments[arguments.index(f"--{name}") + 1]
            values[name] = int(given) if name == "max-jobs" else given
    sys.stdout.write(json.dumps({name: {"value": value} for name, value in values.items()}))
    return 0


def _store_info(world: dict[str, Any], arguments: list[str]) -> int:
    if "--store" not in arguments:
        sys.stdout.write(json.dumps(world.get("store", {"url": "local", "trusted": 1})))
        return 0
    store = arguments[arguments.index("--store") + 1]
    answer = world.get("answers", {}).get(store)
    if (FOLDER / "gone").exists() and store in (FOLDER / "gone").read_text():
        answer = "error: cannot connect to it"
    if answer == "hang":
        time.sleep(60)
    if answer:
        sys.stderr.write(f"Store URL: {store}\n{answer}\n")
    return 1 if answer else 0


def _evaluate(world: dict[str, Any], arguments: list[str]) -> int:
    installable = next(one for one in arguments if "#" in one and not one.startswith("("))
    time.sleep(world.get("evaluation_seconds", 0))
    attribute = installable.partition("#")[2]
    function = arguments[arguments.index("--apply") + 1]
    key = "names" if "attrNames value" in function else "values"
    if repeat := re.search(
        r"repeat = \{ runs = (\d+); seed = \"(.*?)\"; load = (\w+); \}", function
    ):
        key = "repeated"
    if (found := world.get(key, {}).get(attribute)) is None:
        said = world.get("errors", {}).get(attribute)
        said = said or f"error: flake 'x' does not provide attribute '{attribute}'"
        sys.stderr.write(f"{said}\n")
        return 1
    if repeat:
        text = json.dumps(found).replace("SEED", f"s{repeat.group(2)}-{repeat.group(3)}")
        found = json.loads(text)
        for test in found["tests"]:
            test["runs"] = test["runs"][: int(repeat.group(1))]
    sys.stdout.write(json.dumps(found))
    return 0


def _jobs(world: dict[str, Any], arguments: list[str]) -> int:
    if "jobs" not in world or "--apply" not in arguments:
        sys.stderr.write("error: unrecognised flag '--select'\n")
        return 1
    for job in world["jobs"]:
        sys.stdout.write(json.dumps(job) + "\n")
    return 0


def _say(**record: object) -> None:
    sys.stderr.write(f"@nix {json.dumps(record)}\n")
    sys.stderr.flush()


def _build(world: dict[str, Any], arguments: list[str]) -> int:
    wanted = [one.partition("^")[0] for one in arguments if "^" in one]
    failed = [one for one in wanted if not _build_one(world, one, arguments)]
    return 1 if failed else 0


def _build_one(world: dict[str, Any], derivation: str, arguments: list[str]) -> bool:
    build = world["builds"].get(_without_seed(derivation))
    if build is None:
        return True
    output = Path(build["folder"], derivation.rpartition("/")[2].removesuffix(".drv"))
    if output.exists():
        return True
    ends = build.get("ends", [0])
    counter = FOLDER / "runs" / _without_seed(derivation).rpartition("/")[2]
    number = len(counter.read_text()) if counter.exists() else 0
    end = ends[min(number, len(ends) - 1)]
    builder = build.get("builder", _builder(arguments))
    _say(action="start", id=1, level=3, type=105, fields=[derivation, builder, 1, 1], text="b")
    counter.parent.mkdir(exist_ok=True)
    with counter.open("a") as file:
        file.write("x")
    for line in build.get("lines", ["machine: waiting for unit nginx.service"]):
        _say(action="result", id=1, type=101, fields=[line])
    time.sleep(build.get("seconds", 0))
    _say(action="stop", id=1)
    if end == 0:
        later, after = build.get("later", ("", 0))
        shutil.copytree(later if later and number + 1 >= after else build["report"], output)
        return True
    if end == "lost":
        (FOLDER / "gone").write_text(builder)
        _error("error: \x1b[31mNix daemon disconnected unexpectedly (maybe it crashed?)\x1b[0m")
        end, builder = 1, ""
    if isinstance(end, str):
        _error(end.replace("DRV", derivation))
        return False
    if builder:
        _error(f"build of '{derivation}' on '{builder}' failed: builder for '{derivation}' failed")
    _error(f"builder for '\x1b[35m{derivation}\x1b[0m' failed with exit code {end}")
    return False


def _without_seed(path: str) -> str:
    return re.sub("-s[0-9A-Za-z_.]+-(true|false)-", "-SEED-", path)


def _builder(arguments: list[str]) -> str:
    places = [index for index, one in enumerate(arguments) if one == "--builders"]
    return arguments[places[-1] + 1].partition(" ")[0] if places else ""


def _error(text: str) -> None:
    _say(action="msg", level=0, msg=text, raw_msg=text)
