"""Which machines a session needs, and what is restored or kept between its tests."""

from collections.abc import Generator, Sequence
from typing import Any

import pytest

from ..errors import ConfigurationError, DriverError
from ..steps import Step
from .fixtures import (
    ALL_MACHINES,
    NETWORK,
    VARIANT,
    fixture_definitions,
    fixture_names,
    is_own,
    machines_of,
    missing_fixtures,
    missing_message,
)
from .marks import (
    capabilities,
    flaky,
    machines_used,
    missing_capability,
    needs_host,
    plain_keep,
    uses_machines,
    variants,
)
from .random_tests import is_hypothesis
from .testbed import OpenTestbed, Testbed
from .workers import is_controller, is_worker

FAILED_TO_START = 3


class Sequencing:
    """Starts machines at the beginning, and restores them before the tests that use them."""

    def __init__(self, testbed: Testbed, config: pytest.Config) -> None:
        self._testbed = testbed
        self._config = config
        self._places: dict[pytest.Item, int] = {}
        self._restoring: list[pytest.Item] = []  # tests that begin at the innermost level
        self._item: pytest.Item | None = None
        self._unnamed: set[pytest.Item] = set()  # tests that have used machines without naming them
        self._nodes: dict[object, pytest.Item | pytest.Collector] = {}
        self._machine_steps = 0
        self._in_call = False

    def pytest_report_header(self) -> str:
        """Say what tests run over."""
        configuration = self._testbed.configuration
        names = ", ".join(configuration.machines)
        return f"testbed: {configuration.name}, machines: {names}"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Start the machines that the selected tests ask for, all at once."""
        options = session.config.option
        ends = session.testsfailed and not options.continue_on_collection_errors
        if not options.collectonly and not ends and not is_controller(session.config):
            self._begin(session.items)
        return (yield)

    def _begin(self, items: Sequence[pytest.Item]) -> None:
        configuration = self._testbed.configuration
        self._testbed.selected = len(items)
        self._places = {item: place for place, item in enumerate(items)}
        using = [one for one in items if self._uses_machines(one) and self._can_run(one)]
        self._restoring = [one for one in using if not plain_keep(one)]
        if (given := self._testbed.opened) is not None:
            self._listen(given)
        else:
            self._testbed.when_opened = self._listen
        if not using:
            return
        try:
            opened = self._testbed.open()
            union = set[str]().union(*(machines_used(one, configuration) for one in using))
            first = using[0]
            opened.isolation.start(union, variants(first), again=self._again(first))
        except ConfigurationError as error:
            self._testbed.ended_by = error
            raise pytest.UsageError(str(error)) from error
        except DriverError as error:
            self._testbed.ended_by = error
            raise pytest.exit.Exception(str(error), FAILED_TO_START) from error

    def _listen(self, opened: OpenTestbed) -> None:
        """Hear of the steps of machines: tests may use machines that they do not name."""
        opened.records.steps.add(self)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Refuse, skip, or make the machines ready, before any fixture of the test."""
        if missing := missing_fixtures(item):
            pytest.fail(missing_message(missing[0], self._testbed.configuration), pytrace=False)
        self._check_marks(item)
        opened = self._testbed.opened
        self._item = item
        if opened is None or not self._uses_machines(item):
            return
        names = machines_used(item, self._testbed.configuration)
        isolation = opened.isolation
        isolation.start(names, variants(item), again=self._again(item))
        isolation.before_test(keep=plain_keep(item), again=self._again(item))
        for name, definitions in fixture_definitions(item).items():
            if any(isolation.is_lost(one) for one in definitions):
                pytest.fail(
                    f"what the fixture {name!r} has done to machines is lost, because the driver "
                    "could not make a checkpoint after it: the first test that uses it says why",
                    pytrace=False,
                )

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Take note of fixtures of a wider scope than one test that use machines."""
        opened = self._testbed.opened
        if opened is None or self._item is None or self._is_own(fixturedef):
            return (yield)
        uses = self._fixture_uses(fixturedef)
        if fixturedef.scope == "function":
            if uses:
                self._make_level()
            return (yield)
        before = self._machine_steps
        with opened.stopwatch.spend(f"fixture {fixturedef.argname}"):
            value = yield
        if uses or self._machine_steps != before:
            opened.isolation.fixture_ready(fixturedef)
            self._nodes[fixturedef] = request.node
            if self._in_call:  # a test that asks for it by getfixturevalue()
                self._make_level()
        return value

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """Give up what was kept for a fixture."""
        if self._testbed.opened is not None and self._nodes.pop(fixturedef, None) is not None:
            self._testbed.opened.isolation.fixture_ended(fixturedef)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """Keep what the fixtures have made, if a later test returns to it."""
        self._make_level()
        self._in_call = True
        try:
            return (yield)
        finally:
            self._in_call = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self) -> None:
        """Keep what the wider fixtures have made of a test whose own ones have failed."""
        self._make_level()

    def step_started(self, step: Step) -> None:
        """Restore machines before the first use by a test that does not name them."""
        opened = self._testbed.opened
        if step.machine is None or opened is None or opened.isolation.working:
            return
        self._machine_steps += 1
        item = self._item
        if item is not None and item not in self._unnamed and not self._uses_machines(item):
            self._unnamed.add(item)
            opened.isolation.before_test(keep=plain_keep(item), again=True)

    def step_finished(self, step: Step) -> None:
        """Nothing is to be done."""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Give up the levels of this session."""
        self._item = None
        if (opened := self._testbed.opened) is not None:
            opened.isolation.forget_levels()
            opened.records.steps.remove(self)

    def _uses_machines(self, item: pytest.Item) -> bool:
        return uses_machines(item, self._testbed.configuration)

    def _can_run(self, item: pytest.Item) -> bool:
        """Tell whether a test is not skipped, or refused, as far as the document tells."""
        machines = machines_used(item, self._testbed.configuration)
        needed = capabilities(item)
        configuration = self._testbed.configuration
        return not missing_fixtures(item) and not any(
            missing_capability(one, machines, configuration) for one in needed
        )

    def _check_marks(self, item: pytest.Item) -> None:
        """Skip a test that needs what is not there; fail one whose `flaky` has expired."""
        configuration = self._testbed.configuration
        if (found := flaky(item)) is not None and found.expired:
            pytest.fail(
                f"the mark `flaky` of this test has expired on {found.until}: mend the test, or "
                f"give the mark another date (its reason: {found.reason})",
                pytrace=False,
            )
        machines = machines_used(item, configuration)
        for needed in capabilities(item):
            if reason := missing_capability(needed, machines, configuration):
                pytest.skip(reason)
            if needs_host(needed) and not self._testbed.open().driver.accelerated:
                pytest.skip("needs kvm: machines are emulated on this host")

    def _again(self, item: pytest.Item) -> bool:
        """Tell whether a test after this one begins at the innermost level."""
        if is_worker(self._config):  # which tests come is not known
            return True
        place = self._places.get(item, 0)
        return bool(self._restoring) and self._places[self._restoring[-1]] > place

    def _make_level(self) -> None:
        """Make the level of fixtures, if a later test under one of them returns to it."""
        item, opened = self._item, self._testbed.opened
        if item is None or opened is None or not opened.isolation.is_pending:
            return
        place = self._places.get(item, 0)
        nodes = set(self._nodes.values())
        # Also tests that name no machine: they may ask for one while they run.
        again = is_worker(self._config) or any(
            later > place and not nodes.isdisjoint(one.listchain())
            for one, later in self._places.items()
        )
        opened.isolation.make_level(again=again or self._retries(item))

    def _retries(self, item: pytest.Item) -> bool:
        return flaky(item) is not None or is_hypothesis(item)

    def _is_own(self, fixturedef: pytest.FixtureDef[Any]) -> bool:
        names = (*fixture_names(self._testbed.configuration), *ALL_MACHINES, NETWORK, VARIANT)
        return fixturedef.argname in names and is_own(fixturedef.func)

    def _fixture_uses(self, fixturedef: pytest.FixtureDef[Any]) -> bool:
        """Tell whether a fixture, or one that it asks for, asks for machines."""
        definitions = fixture_definitions(self._item)
        seen: set[str] = set()
        waiting = list(fixturedef.argnames)
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            for one in definitions.get(name, ()):
                waiting += one.argnames
        return NETWORK in seen or bool(machines_of(list(seen), self._testbed.configuration))
