"""Why a test has failed: what went wrong first, and all else that did."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from .exception_chain import Chain, Link, chain_of, links_of
from .run.verdict import Verdict, decisive, judge
from .steps import failed_steps

SCRIPT = "the test script"


@dataclass(frozen=True, kw_only=True)
class Part:
    """An exception that nothing has caught, and what it came out of: the script or, say, a thread.

    `under_way` is the exception that the script's main thread was handling then.
    """

    error: BaseException
    origin: str = SCRIPT
    under_way: BaseException | None = None
    chain: Chain = field(init=False)

    def __post_init__(self) -> None:
        """Walk over the exception once."""
        object.__setattr__(self, "chain", chain_of(self.error))

    def links(self) -> Iterator[Link]:
        """Yield every exception that this one consists of."""
        return links_of(self.chain)


@dataclass(frozen=True, kw_only=True)
class Failure:
    """The parts of a failure, the first one first. There is at least one."""

    parts: tuple[Part, ...]

    @property
    def error(self) -> BaseException:
        """The exception that decides how the test has ended."""
        return decisive(self.parts[0].chain)

    def links(self) -> Iterator[Link]:
        """Yield every exception of the failure."""
        for part in self.parts:
            yield from part.links()


def failure_of(error: BaseException, others: Sequence[Part] = ()) -> Failure:
    """Return the failure of a script that raised `error` after or before `others` failed."""
    main = Part(error=error)
    own = {id(link.error) for link in main.links()}
    # A thread that fails while the script cleans up after a failure comes after that failure.
    before = [part for part in others if part.under_way is None or id(part.under_way) not in own]
    after = [part for part in others if part not in before]
    return Failure(parts=(*before, main, *after))


def with_parts(failure: Failure | None, parts: Sequence[Part]) -> Failure | None:
    """Return the failure with further parts after its own; None if there is none at all."""
    every = (*(() if failure is None else failure.parts), *parts)
    return Failure(parts=every) if every else None


def judge_failure(failure: Failure, text: str, place: str = "") -> Verdict:
    """Return the verdict on a test that ended with a failure."""
    numbers = {number for link in failure.links() for number in failed_steps(link.error)}
    verdict = judge(failure.parts[0].error, text, place)
    return replace(verdict, failed_steps=frozenset(numbers))
