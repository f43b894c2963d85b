"""What the fake QEMU knows of migrations: a state in a file, that is whole or not."""

from pathlib import Path

STATE = "the state of a fake machine"
NO_ROOM = {"status": "failed", "error-desc": "No space left on device"}
NOT_LOADED = {"status": "failed", "error-desc": "load of migration failed: Invalid argument"}
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
        whole = Path(uri.removeprefix("file:")).read_text().startswith(STATE)
        self.status = COMPLETED if whole else NOT_LOADED
