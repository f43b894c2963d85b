"""One run of `nix build`, told by events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .failures import BuildFailure, failure_of
from .internal_json import ERROR_LEVEL, BuildStarted, Event, Said, StructuredLog
from .program import nix_command, run_nix

# How often Nix looks whether a builder has room, in seconds.
POLL_SECONDS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildEnd:
    """How a run of `nix build` ended: `built` has the derivations that it built, and where."""

    status: int
    built: dict[str, str]
    errors: tuple[str, ...]

    def failure(self, derivation: str) -> BuildFailure:
        """Return why a derivation was not built."""
        return failure_of(derivation, self.errors, self.status, self.built.get(derivation, ""))


async def build(
    installables: Sequence[str],
    *,
    options: Sequence[str],
    folder: Path,
    link: Path | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> BuildEnd:
    """Build derivations, going on where one fails.

    `link` becomes a link to what was built, which keeps it from the garbage collector. `on_event`
    is called with all that Nix tells meanwhile. Raises ConfigurationError if there is no Nix.
    """
    log = StructuredLog()
    built: dict[str, str] = {}
    errors: list[str] = []

    def read(line: str) -> None:
        if (event := log.read(line)) is None:
            return
        if isinstance(event, BuildStarted):
            built[event.derivation] = event.builder
        elif isinstance(event, Said) and _is_error(event):
            errors.append(event.text)
        if on_event is not None:
            on_event(event)

    command = nix_command(
        "build",
        "--log-format",
        "internal-json",
        "--keep-going",
        *("--option", "build-poll-interval", str(POLL_SECONDS)),
        *(["--no-link"] if link is None else ["--out-link", str(link)]),
        *options,
        *installables,
    )
    done = await run_nix(command, folder=folder, on_line=read)
    return BuildEnd(status=done.status, built=built, errors=tuple(errors))


def _is_error(said: Said) -> bool:
    """Tell whether a message may be why a build failed: also those of ssh, which have no level."""
    return said.level <= ERROR_LEVEL or "error:" in said.text or said.text.startswith("ssh:")
