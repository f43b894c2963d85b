"""Loads extensions: imports them, asks their hooks what they add, and checks it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from .added_diagnostics import AddedDiagnostic, checked_diagnostic
from .found import Found, extensions_in
from .listeners import ExtensionListeners, Listener
from .loaded import LoadedExtensions
from .machine_classes import Added, MachineClasses, checked_class
from .modules import modules_of
from .script_globals import HOOK as GLOBALS_HOOK
from .script_globals import GlobalsHook
from .source import FAILURES, Source, cause_text

LISTENER_HOOKS = ("step_started", "step_finished", "event_recorded")
# The arguments of hooks that have one.
ARGUMENTS = {
    "script_globals": "driver",
    "step_started": "step",
    "step_finished": "step",
    "event_recorded": "event",
}


def load(metadata: Sequence[Path], modules: Mapping[str, Path]) -> LoadedExtensions:
    """Return what the extensions add that these folders name. Raises ExtensionError.

    `modules` are those that the test brings along.
    """
    return _Loading(extensions_in(metadata)).extensions(modules)


class _Loading:
    """Extensions that are imported and registered."""

    def __init__(self, found: Sequence[Found]) -> None:
        """Import the extensions. Raises ExtensionError."""
        # What an extension has raised is in the message. It is not the cause of the error, because
        # the first failure of a chain decides how the test has ended (run/verdict.py).
        try:
            import pluggy
        except ImportError:
            reason = "extensions need the Python package pluggy; install it"
            raise found[0].source.error(reason) from None
        from ..plugins import PROJECT, Hooks

        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(Hooks)
        self._plugins: list[tuple[Source, object]] = []
        for one in found:
            self._register(one, pluggy.PluginValidationError)

    def extensions(self, modules: Mapping[str, Path]) -> LoadedExtensions:
        """Ask the hooks what they add. Raises ExtensionError."""
        methods = list(self._added_methods())
        owners = [*(plugin for _, plugin in self._plugins), *(one.methods for one in methods)]
        hooks = [GlobalsHook(source=one, call=call) for one, call in self._calls(GLOBALS_HOOK)]
        return LoadedExtensions(
            [source for source, _ in self._plugins],
            machines=MachineClasses(methods),
            globals_hooks=hooks,
            listeners=ExtensionListeners(self._listeners()),
            diagnostics=self._diagnostics(),
            modules={**modules, **modules_of(owners)},
        )

    def _register(self, one: Found, invalid: type[Exception]) -> None:
        """Import what an entry point names, and check its hooks."""
        source, value = one.source, one.entry_point.value
        try:
            plugin = one.entry_point.load()
        except FAILURES as error:
            raise source.error(f"cannot import {value}: {cause_text(error)}") from None
        if isinstance(plugin, type):
            raise source.error(f"{value} is a class; name a module, or an object of the class")
        try:
            self._manager.register(plugin, f"{source.package}: {source.entry_point}")
            self._manager.check_pending()
        except (invalid, ValueError) as error:
            raise source.error(f"{value} cannot be used: {' '.join(str(error).split())}") from None
        if not self._manager.get_hookcallers(plugin):
            reason = "has no hook; mark its functions with @hookimpl of test_driver.plugins"
            raise source.error(f"{value} {reason}")
        self._plugins.append((source, plugin))

    def _calls(self, hook: str) -> Iterator[tuple[Source, Callable[..., object]]]:
        """Yield each extension that has a hook, with what calls the hook of that extension."""
        argument = ARGUMENTS.get(hook)
        for source, plugin in self._plugins:
            callers = self._manager.get_hookcallers(plugin) or []
            if hook in (caller.name for caller in callers):
                others = [other for _, other in self._plugins if other is not plugin]
                caller = self._manager.subset_hook_caller(hook, others)
                yield source, partial(_call, caller, argument)

    def _results(self, hook: str) -> Iterator[tuple[Source, list[object]]]:
        """Yield the lists that a hook of each extension returns."""
        for source, call in self._calls(hook):
            try:
                result = call()
            except FAILURES as error:
                raise source.error(f"{hook} failed: {cause_text(error)}") from None
            if not isinstance(result, list | tuple):
                raise source.error(f"{hook}: expected a list, got {result!r}")
            yield source, list(result)

    def _added_methods(self) -> Iterator[Added]:
        for source, result in self._results("machine_methods"):
            for one in result:
                yield checked_class(source, one)

    def _listeners(self) -> list[Listener]:
        hooks: dict[Source, dict[str, Callable[[Any], object]]] = {}
        for hook in LISTENER_HOOKS:
            for source, call in self._calls(hook):
                hooks.setdefault(source, {})[hook] = call
        return [Listener(source=source, hooks=own) for source, own in hooks.items()]

    def _diagnostics(self) -> list[AddedDiagnostic]:
        found: list[AddedDiagnostic] = []
        for source, result in self._results("diagnostics"):
            for one in result:
                found.append(checked_diagnostic(source, one, found))
        return found


def _call(caller: Any, argument: str | None, *values: object) -> object:  # noqa: ANN401 - of pluggy
    """Call the hook of one extension, and return its result; None if it returns nothing."""
    results = caller(**({} if argument is None else {argument: values[0]}))
    return results[0] if results else None
