"""Methods of a container: checkpoints of its files."""

import shutil
from functools import cached_property

from ..errors import CheckpointError, HostError
from ..run.timings import Phase
from ..trouble.survey import ask_all
from .core import MachineCore
from .kept_files import KeptFiles, keep_files, put_files_back
from .method import method
from .snapshot import folder_beside


class FileSnapshotMethods(MachineCore):
    """Methods of a container: checkpoints of its files."""

    @cached_property
    def _files(self) -> dict[str, KeptFiles]:
        return {}

    @method(phase=Phase.CHECKPOINT, title="making the checkpoint {name} of its files")
    def checkpoint_files(self, name: str) -> None:
        """Keep the files of the container, but not its processes, under a name.

        A container that runs stands still meanwhile, and goes on: its files are kept as if it was
        killed then. Raises CheckpointError if there is a checkpoint of this
        name, if there is no room, or if the computer has no cgroups that let it stand still.

        >>> container.checkpoint_files("installed")
        """
        if name in self._files:
            reason = f"there is a checkpoint {name!r} of its files already; give this another name"
            raise CheckpointError(self.name, reason)
        work = keep_files(self, folder_beside(self.state_dir))
        try:
            self._files[name] = self.in_loop(work)
        except (OSError, HostError) as error:
            reason = f"its files cannot be kept: {error}; switch it off with shutdown() before"
            raise CheckpointError(self.name, reason) from error

    @method(phase=Phase.CHECKPOINT, title="restoring the checkpoint {name} of its files")
    def restore_files(self, name: str) -> None:
        """End the container, and boot it with the files of a checkpoint.

        It stays off if it was off then. The checkpoint stays, and can be restored again. Raises
        CheckpointError if there is no checkpoint of this name.

        >>> container.restore_files("installed")
        """
        if (kept := self._files.get(name)) is None:
            there = ", ".join(map(repr, self._files)) or "none"
            reason = f"there is no checkpoint {name!r} of its files; those there are: {there}"
            raise CheckpointError(self.name, reason)
        if self.context.troubles.fail_on:  # else it would only cost time
            self.in_loop(ask_all([self]))
        try:
            self.in_loop(put_files_back(self, kept))
        except OSError as error:
            reason = f"its files cannot be put back: {error}"
            raise CheckpointError(self.name, reason) from error

    def drop_kept_files(self, name: str) -> None:
        """Delete a checkpoint of its files. Nothing happens if there is none of this name."""
        if (kept := self._files.pop(name, None)) is not None:
            shutil.rmtree(kept.folder, ignore_errors=True)
