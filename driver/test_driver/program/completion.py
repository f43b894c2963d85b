"""`rehearse completion`: what a shell completes of the command line."""

import argparse
import sys
from collections.abc import Iterable, Mapping

from ..package import PACKAGE_FOLDER

NAME = "completion"
HELP = "print what makes a shell complete this command"
DESCRIPTION = (
    "Print a script for a shell that completes subcommands, options and tests of flakes. For bash: "
    'eval "$(rehearse completion bash)"'
)
SHELLS = ("bash", "zsh", "fish")
FOLDER = PACKAGE_FOLDER / "program" / "completions"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the subcommand."""
    parser.add_argument("shell", choices=SHELLS, help="the shell that reads the script")


def run(options: argparse.Namespace) -> int:
    """Print the script of a shell."""
    sys.stdout.write(script(options.shell, options.parser))
    return 0


def script(shell: str, parser: argparse.ArgumentParser) -> str:
    """Return the script of a shell that completes what a parser takes."""
    subcommands = _subcommands(parser)
    if shell == "fish":
        return (FOLDER / "rehearse.fish").read_text() + _fish(subcommands)
    text = (FOLDER / "rehearse.bash").read_text().replace("@subcommands@", _bash(subcommands))
    head = "autoload -U +X compinit bashcompinit && compinit && bashcompinit\n"
    return head + text if shell == "zsh" else text


def _subcommands(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    for action in parser._actions:  # argparse has no other way
        if isinstance(action, argparse._SubParsersAction):
            return {str(name): one for name, one in action.choices.items()}
    return {}


def _options(parser: argparse.ArgumentParser) -> Iterable[argparse.Action]:
    return [action for action in parser._actions if action.option_strings]


def _bash(subcommands: Mapping[str, argparse.ArgumentParser]) -> str:
    lines = [f"candidates=({' '.join(subcommands)})"]
    for name, parser in subcommands.items():
        found = [text for action in _options(parser) for text in action.option_strings]
        choices = [
            str(choice)
            for action in parser._actions
            if not action.option_strings
            for choice in action.choices or ()
        ]
        lines.append(f'[ "$subcommand" != {name} ] || candidates=({" ".join([*choices, *found])})')
    return "\n  ".join(lines)


def _fish(subcommands: Mapping[str, argparse.ArgumentParser]) -> str:
    lines = []
    for name, parser in subcommands.items():
        about = (parser.description or "").split(". ")[0]
        lines.append(
            f"complete -c rehearse -n __fish_use_subcommand -f -a {name} -d {_quoted(about)}"
        )
        for action in _options(parser):
            flags = [
                f"-l {text[2:]}" if text.startswith("--") else f"-s {text[1:]}"
                for text in action.option_strings
            ]
            needs = "" if action.nargs == 0 else " -r"
            seen = f"-n '__fish_seen_subcommand_from {name}'"
            line = f"complete -c rehearse {seen} {' '.join(flags)}{needs}"
            lines.append(f"{line} -d {_quoted(action.help or '')}")
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    text = text.replace("%%", "%").replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"
