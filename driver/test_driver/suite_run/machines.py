"""Which machines can build the tests: asked, and told, before anything is built."""

from collections.abc import Sequence
from pathlib import Path

from ..nix.reach import OwnStore, ask_builders, ask_store
from ..nix.settings import Builder, NixSettings
from .places import Places
from .watcher import Watcher
from .work import Work

HERE_TEXT = "this machine"


async def machines_for(
    works: Sequence[Work],
    settings: NixSettings,
    *,
    options: Sequence[str],
    folder: Path,
    watcher: Watcher,
) -> tuple[Places, dict[Work, str]]:
    """Return where these runs can be built, and why some of them cannot be built anywhere."""
    store = OwnStore(is_daemon=False, is_trusted=True)
    builders: list[Builder] = []
    if settings.builders:
        watcher.preparing("asking the builders whether they are there")
        store = await ask_store(options, folder)
        builders = await _answering(settings, store, folder, watcher)
    places = Places(settings, store, builders)
    reasons = {work: _reason(work, settings) for work in works if not places.possible(work)}
    for reason in dict.fromkeys(reasons.values()):
        names = ", ".join(work.title for work, other in reasons.items() if other == reason)
        watcher.say(f"cannot be built: {names}: {reason}")
    return places, reasons


async def _answering(
    settings: NixSettings, store: OwnStore, folder: Path, watcher: Watcher
) -> list[Builder]:
    """Return the builders that can be used, and tell which ones give no answer.

    Nix' daemon reaches builders with keys of its own: what we cannot reach, it may.
    """
    found = []
    for answer in await ask_builders(settings.builders, folder):
        if not answer.problem:
            found.append(answer.builder)
        elif store.is_daemon:
            watcher.say(
                f"builder {answer.builder.uri} cannot be reached from here, but maybe by Nix' "
                f"daemon: {answer.problem}"
            )
            found.append(answer.builder)
        else:
            watcher.say(
                f"builder {answer.builder.uri} cannot be reached and is not used: {answer.problem}"
            )
    return found


def _reason(work: Work, settings: NixSettings) -> str:
    """Say what the run needs, and what each machine offers."""
    assert work.derivation is not None
    needs = ", ".join(sorted(work.derivation.features))
    wanted = f"it needs {work.derivation.system}{f' with {needs}' if needs else ''}"
    here = ", ".join(sorted(settings.features)) or "no features"
    systems = ", ".join(sorted(settings.systems))
    offers = [
        f"{HERE_TEXT} builds {systems} with {here}"
        if settings.jobs
        else f"{HERE_TEXT} builds nothing (max-jobs is 0)"
    ]
    for builder in settings.builders:
        features = ", ".join(sorted(builder.features | builder.mandatory)) or "no features"
        offers.append(f"{builder.uri} builds {', '.join(builder.systems)} with {features}")
    return f"{wanted}; {'; '.join(offers)}"
