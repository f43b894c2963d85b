"""What the fake QEMU knows of migrations: a state in a file, that is whole or not."""

import os
from pathlib import Path

STATE = "the state of a fake machine"
NO_ROOM = {"status": "failed", "error-desc": "No space left on device"}
NOT_LOADED = {"status": "failed", "error-desc": "load of migration failed: Invalid argument"}
ACTIVE = {"status": "active"}
COMPLETED = {"status": "completed"}


class FakeMigration:
    """A migration, and how it ended."""

    def __init__(self) -> None:
        self.status = {"status": "none"}

    def save(self, uri: str) -> None:
        """Write the state, unless a test says that there is no room."""
        full = Path("no-room").exists()
        Path(uri.removeprefix("file:")).write_text(STATE[:4] if full else STATE)
        self.status = NO_ROOM if full else COMPLETED

    def load(self, uri: str) -> None:
        """Go on from a state, if it is whole."""
        text = Path(uri.removeprefix("file:")).read_text()
        if text.startswith("signal "):
            # It ends while it loads. SIGTERM is heard of a moment later: nothing fails before.
            self.status = ACTIVE
            os.kill(os.getpid(), int(text.split()[1]))
            return
        if text == "slow":  # for ever
            self.status = ACTIVE
            return
        if text.startswith("exit: "):
            os.write(2, text.removeprefix("exit: ").encode())
            os._exit(1)
        lacks = {"status": "failed", "error-desc": text.removeprefix("host: ")}
        failed = lacks if text.startswith("host: ") else NOT_LOADED
        self.status = COMPLETED if text.startswith(STATE) else failed
