"""What the shell of a shell channel knows before a state is saved: how to take an identity."""

import shlex
from pathlib import Path

_HERE = Path(__file__).parent
# Run by a shell channel's shell itself, before the state is saved.
START_HELPER = (
    f"channel_program={shlex.quote((_HERE / 'identity.pl').read_text())}\n"
    + (_HERE / "identity.bash").read_text()
)
