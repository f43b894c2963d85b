"""What a shell does before it becomes the shell of a command, the same whichever way it is started.

Each command has a bash of its own, started as `bash -c TEXT bash` before the command is known. The
command comes through a descriptor, so that its length has no limit: an argument of a program may
have 128 KiB. It is read into the one variable in which bash keeps the text that it runs anyway, so
that the command finds nothing that a new bash does not have. All of the text is one line, so that
bash counts the lines of the command from 1.
"""

import re
import shlex

# The driver's way into the guest is protected from the kernel when memory is short, by its unit.
# Commands are as other programs are.
UNPROTECTED = "{ echo 0 >/proc/self/oom_score_adj; } 2>/dev/null"
# What is waited for here may have been saved in this state, with others like it, and may be old.
# Scripts written for nixpkgs' driver expect to be in /tmp, and its options.
RUN = (
    "{ cd /tmp || cd /; } 2>/dev/null; set --; RANDOM=$((BASHPID ^ ${EPOCHREALTIME//[!0-9]/})); "
    'SECONDS=0; set -euo pipefail; eval "$BASH_EXECUTION_STRING"'
)
# On a shell channel, 32 characters with the length come before the command.
WAITING = (
    f"{UNPROTECTED}; IFS= read -r -u 3 -N 32 BASH_EXECUTION_STRING || exit; "
    'IFS= read -r -u 3 -N "${BASH_EXECUTION_STRING%% *}" BASH_EXECUTION_STRING || exit; '
    f"exec 3<&-; {RUN}"
)


def through_agent(command: str, stdin: str, stdout: str, stderr: str) -> str:
    """Return what the shell of a command runs that comes through its stdin, from the agent.

    A byte goes to each file of output before the command begins. So a full file system shows before
    that, and there is room for the message if it fills up while the command runs.
    """
    read = f"IFS= read -r -N {len(command.encode())} BASH_EXECUTION_STRING || exit"
    if not command.isascii():  # `read -N` counts characters
        read = f"LC_ALL=C; {read}; unset LC_ALL"
    files = f"exec <{shlex.quote(stdin)} >>{shlex.quote(stdout)} 2>>{shlex.quote(stderr)} || exit"
    room = "{ printf '\\n' && printf '\\n' >&2; } || exit"
    return f"{UNPROTECTED}; {read}; {files}; {room}; {RUN}"


# What can make a difference between a new bash and a copy of one that has run for a while:
# expansions but those of file names, and what shows or changes the state of a shell, or runs a text
# in it.
_EXPANSION = re.compile(r"[$`\\]|\{\S")
_STATE = re.compile(
    r"(?:^|[\s;&|(){}!])\.\s|\blane_|\bBASH|(?:\b(?:test|printf)|\[)\s+(?:\S+\s+)*-v\b|\b(?:"
    "alias|bg|bind|builtin|caller|command|compgen|complete|compopt|coproc|declare|dirs|disown|enable|"
    "eval|exec|export|fc|fg|getopts|hash|help|history|jobs|kill|let|local|logout|mapfile|popd|pushd|"
    "readarray|readonly|set|shopt|source|suspend|time|times|trap|type|typeset|unalias|unset|wait|"
    r"COMP_\w+|DIRSTACK|EPOCH\w+|FUNCNAME|HIST\w+|LINENO|OPT\w+|PIPESTATUS|PPID|S?RANDOM|SECONDS|"
    r"SHELLOPTS|SHLVL)\b"
)
_LONGEST_PLAIN = 4096  # characters; of longer ones, the command itself takes the time
_QUOTES = str.maketrans("", "", "'\"")


def is_plain(command: str) -> bool:
    """Tell whether a command can have a copy of a shell in use, which takes less time to make.

    Where that is not certain, a command has a new one.
    """
    if len(command) > _LONGEST_PLAIN or _EXPANSION.search(command) is not None:
        return False
    return _STATE.search(command.translate(_QUOTES)) is None
