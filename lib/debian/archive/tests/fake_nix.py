"""Stands in for `nix` and `nix-store`; what they know is in the file FAKE_NIX_STATE.

A flake is a folder with a lock; the state says under `builds` which locked packages each attribute
is built from, under `lock` where the lock is if not in the flake, and under `pip` where the package
of pip really is. The store paths are the real ones.
"""

import base64
import hashlib
import json
import os
import re
import sys
from pathlib import Path
from typing import Any

STATE = Path(os.environ["FAKE_NIX_STATE"])
FIELDS = ("file", "sha256", "version")
DIGITS = "0123456789abcdfghijklmnpqrsvwxyz"


def fixed_path(name: str, digest: str, recursive: bool) -> str:
    if recursive:
        text = f"source:sha256:{digest}:/nix/store:{name}"
    else:
        inner = hashlib.sha256(f"fixed:out:sha256:{digest}:".encode()).hexdigest()
        text = f"output:out:sha256:{inner}:/nix/store:{name}"
    whole = hashlib.sha256(text.encode()).digest()
    folded = bytearray(20)
    for position, byte in enumerate(whole):
        folded[position % 20] ^= byte
    number = int.from_bytes(folded, "little")
    code = "".join(DIGITS[number >> (5 * place) & 31] for place in reversed(range(32)))
    return f"/nix/store/{code}-{name}"


def archive(path: Path) -> bytes:
    def text(value: bytes) -> bytes:
        return len(value).to_bytes(8, "little") + value + bytes(-len(value) % 8)

    if path.is_dir():
        inner = text(b"type") + text(b"directory")
        for child in sorted(path.iterdir()):
            entry = text(b"name") + text(child.name.encode()) + text(b"node") + archive(child)
            inner += text(b"entry") + text(b"(") + entry + text(b")")
    else:
        inner = text(b"type") + text(b"regular")
        if os.access(path, os.X_OK):
            inner += text(b"executable") + text(b"")
        inner += text(b"contents") + text(path.read_bytes())
    return text(b"(") + inner + text(b")")


def folder_digest(path: Path) -> str:
    head = b"\x0d" + bytes(7) + b"nix-archive-1" + bytes(3)
    return hashlib.sha256(head + archive(path)).hexdigest()


def source(state: dict[str, Any], flake: str) -> Path:
    name = flake.removeprefix("path:")
    return Path(state["folders"].get(name, name))


def derivation(name: str, output: str, inputs: list[Any], env: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "env": {**env, "name": name, "out": output},
        "inputDrvs": {one: {"dynamicOutputs": {}, "outputs": ["out"]} for one in inputs},
        "outputs": {"out": {"path": output}},
    }


def pinned(lock: dict[str, Any], suite: str, name: str) -> tuple[str, dict[str, Any]]:
    busybox = name == "@busybox"
    package = lock["busybox"]["package"] if busybox else name
    entry = dict(lock["suites"][suite]["packages"][package])
    entry.pop("depends")
    entry.pop("essential", None)
    if busybox:
        digest = base64.b64decode(lock["busybox"]["narHash"].removeprefix("sha256-")).hex()
        output = fixed_path("busybox", digest, recursive=True)
    else:
        output = fixed_path(entry["path"].rpartition("/")[2], entry["sha256"], recursive=False)
    kind = "busybox" if busybox else "deb"
    fields = {"kind": kind, "suite": suite, "package": package, **entry}
    return output, derivation(name, output, [], {"debianFile": json.dumps(fields)})


def wheel(lock: dict[str, Any], name: str, pip: str, file: str) -> tuple[str, dict[str, Any]]:
    entry = lock["pypi"]["wheels"][name]
    output = fixed_path(entry["file"], entry["sha256"], recursive=False)
    fields = {"name": name, "python": "3.13", **{key: entry[key] for key in FIELDS}}
    env = {"pythonWheel": json.dumps(fields), "pip": file}
    return output, derivation(name, output, [f"{pip}.drv"], env)


def show(state: dict[str, Any], installables: list[Any]) -> str:
    found = {}
    for installable in installables:
        flake, _, attribute = installable.partition("#")
        if attribute not in state["builds"]:
            sys.exit(f"error: flake '{flake}' does not provide attribute '{attribute}'")
        own = source(state, flake) / "lib/debian/debian.lock.json"
        lock = json.loads(Path(state.get("lock", own)).read_text())
        inputs = []
        for suite, name in state["builds"][attribute]:
            if suite == "pypi":
                pip, one = pinned(lock, "trixie", "python3-pip-whl")
                found[f"{pip}.drv"] = one
                output, one = wheel(lock, name, pip, state["pip"])
            else:
                output, one = pinned(lock, suite, name)
            found[f"{output}.drv"] = one
            inputs.append(f"{output}.drv")
        digest = hashlib.sha256(json.dumps([attribute, inputs]).encode()).hexdigest()
        output = fixed_path(attribute, digest, recursive=True)
        found[f"{output}.drv"] = derivation(attribute, output, inputs, {})
    return json.dumps(found)


def answer(builds: dict[str, Any], attribute: str, apply: str) -> object:
    """Answer the questions of `installables.py`: who has a prompt."""
    inside = [
        one.removeprefix(f"{attribute}.") for one in builds if one.startswith(f"{attribute}.")
    ]
    if attribute not in builds and not inside:
        sys.exit(f"error: flake 'x' does not provide attribute '{attribute}'")
    if apply.startswith("builtins.mapAttrs"):
        tests = [one for one in inside if not one.endswith(".driverInteractive")]
        return {one: f"{one}.driverInteractive" in inside for one in tests}
    if "[" in apply:
        asked = re.findall(r'"([^"]+)"', apply)
        return [one for one in asked if f"{one}.driverInteractive" in inside]
    return "driverInteractive" in inside


def add(state: dict[str, Any], paths: list[Any], recursive: bool) -> None:
    for text in paths:
        path = Path(text)
        if state.get("full"):
            sys.exit("error: writing to file: No space left on device")
        digest = folder_digest(path) if recursive else hashlib.sha256(path.read_bytes()).hexdigest()
        output = fixed_path(path.name, digest, recursive)
        state["valid"].append(output)
        if recursive:
            copy = STATE.parent / "store" / output.rpartition("/")[2]
            if not copy.exists():
                copy.parent.mkdir(exist_ok=True)
                path.rename(copy)
            state["folders"][output] = str(copy)
        sys.stdout.write(f"{output}\n")


def main() -> None:
    arguments = sys.argv[1:]
    state = json.loads(STATE.read_text())
    if "--version" in arguments:
        sys.stdout.write(f"nix (Nix) {state['version']}\n")
    elif "metadata" in arguments:
        flake = arguments[-1]
        nowhere = state["folders"].get(flake, "") is None
        sys.stdout.write(json.dumps({} if nowhere else {"path": str(source(state, flake))}))
    elif "derivation" in arguments:
        sys.stdout.write(show(state, [one for one in arguments if "#" in one]))
    elif "eval" in arguments:
        attribute = next(one for one in arguments if "#" in one).partition("#")[2]
        sys.stdout.write(json.dumps(answer(state["builds"], attribute, arguments[-1])))
    elif "--check-validity" in arguments:
        asked = [one for one in arguments if one.startswith("/nix/store/")]
        sys.stdout.write("".join(f"{one}\n" for one in asked if one not in state["valid"]))
    elif "--add-fixed" in arguments:
        add(state, arguments[arguments.index("sha256") + 1 :], "--recursive" in arguments)
        STATE.write_text(json.dumps(state))


main()
