"""What several runs need, such as the driver and images of disks: built before they start."""

from collections import Counter
from collections.abc import Iterable, Sequence

from ..nix.build import BuildEnd, build
from ..nix.internal_json import BuildLine, BuildStarted, Doing, Event
from .one_run import Context, title_of
from .work import Work


async def build_inputs(works: Sequence[Work], context: Context) -> dict[str, str]:
    """Build what more than one of these runs needs, and return why inputs failed, by derivation.

    What only one run needs, Nix builds with that run.
    """
    needed = Counter(path for work in works for path in _inputs(work))
    outputs: dict[str, set[str]] = {}
    for work in works:
        for path, names in _inputs(work).items():
            if needed[path] > 1:
                outputs.setdefault(path, set()).update(names)
    wanted = [f"{path}^{','.join(sorted(names))}" for path, names in outputs.items() if names]
    if not wanted:
        return {}
    watcher = context.watcher
    watcher.preparing(f"building what the tests need ({len(wanted)} derivations)")

    def read(event: Event) -> None:
        match event:
            case BuildStarted():
                where = f" on {event.builder}" if event.builder else ""
                watcher.preparing(f"building {title_of(event.derivation)}{where}")
            case BuildLine() if event.text.strip():
                watcher.preparing(f"{title_of(event.derivation)}: {event.text.strip()}")
            case Doing():
                watcher.preparing(event.text)

    end = await build(wanted, options=context.options, folder=context.folder, on_event=read)
    return {} if end.status == 0 else _failures(outputs, end)


def _inputs(work: Work) -> dict[str, tuple[str, ...]]:
    return {} if work.derivation is None else dict(work.derivation.inputs)


def _failures(inputs: Iterable[str], end: BuildEnd) -> dict[str, str]:
    """Return which of the inputs Nix speaks of in its errors, and what it says."""
    failed = [path for path in inputs if any(path in error for error in end.errors)]
    return {path: f"{title_of(path)}: {end.failure(path).text}" for path in failed}
