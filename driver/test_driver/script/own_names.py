"""The globals of this driver whose names a script gives to something else."""

import symtable
from collections.abc import Iterator

from ..reserved_names import OWN_GLOBALS


def redefined_globals(source: str, filename: str) -> set[str]:
    """Return the globals that only this driver has and that a script defines itself.

    A script for nixpkgs' driver cannot know them, so it may use their names for its own functions,
    variables, classes and imports.
    """
    top = symtable.symtable(source, filename, "exec")
    return {
        symbol.get_name()
        for table in _tables(top)
        for symbol in table.get_symbols()
        if symbol.get_name() in OWN_GLOBALS
        and (symbol.is_assigned() or symbol.is_imported())
        and (table is top or symbol.is_declared_global())
    }


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)
