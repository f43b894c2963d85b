"""Which builders answer, and whether the command may choose among them: asked before a build."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .internal_json import plain_text
from .program import NixEnd, nix_command, run_nix
from .settings import Builder

# How long a builder may take to answer, in seconds.
ANSWER_SECONDS = 15.0
# `ping` is what Nix before 2.19 has.
_COMMANDS = (("store", "info"), ("store", "ping"))
_UNKNOWN = "is not a recognised command"


def store_title(uri: str) -> str:
    """Return the address of a store as people read it.

    >>> store_title("ssh-ng://root@big?remote-store=local")
    'ssh-ng://root@big'
    """
    return uri.partition("?")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of asking a builder: `problem` is empty if it answered."""

    builder: Builder
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnStore:
    """The store that Nix builds into.

    A daemon reaches builders with keys of its own. It lets only those choose builders that it
    trusts.
    """

    is_daemon: bool
    is_trusted: bool


async def ask_builders(
    builders: Sequence[Builder], folder: Path, seconds: float = ANSWER_SECONDS
) -> list[Answer]:
    """Ask all builders at once whether they are there."""
    return list(await asyncio.gather(*(_ask(one, folder, seconds) for one in builders)))


async def _ask(builder: Builder, folder: Path, seconds: float) -> Answer:
    try:
        done = await _info(["--store", builder.store], folder, seconds)
    except TimeoutError:
        return Answer(builder=builder, problem=f"gave no answer within {seconds:.0f} s")
    if done.status == 0:
        return Answer(builder=builder)
    lines = [line.strip() for line in plain_text(done.stderr).splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("Store URL:")]
    return Answer(builder=builder, problem="; ".join(lines[-2:]) or "cannot be reached")


async def ask_store(options: Sequence[str], folder: Path) -> OwnStore:
    """Ask Nix which store it uses."""
    done = await _info(["--json", *options], folder, None)
    try:
        document = json.loads(done.stdout)
        url, trusted = str(document.get("url")), bool(document.get("trusted"))
    except (ValueError, AttributeError):
        return OwnStore(is_daemon=True, is_trusted=False)
    return OwnStore(is_daemon=url.startswith(("daemon", "unix")), is_trusted=trusted)


async def _info(arguments: Sequence[str], folder: Path, seconds: float | None) -> NixEnd:
    done = NixEnd(status=1, stdout="", stderr="")
    for command in _COMMANDS:
        done = await run_nix(nix_command(*command, *arguments), folder=folder, seconds=seconds)
        if done.status == 0 or _UNKNOWN not in done.stderr:
            return done
    return done
