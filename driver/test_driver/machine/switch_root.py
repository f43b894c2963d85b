"""Methods of a machine: from the initial RAM disk to the real root."""

from ..deadline import Deadline, Duration
from ..errors import AgentLost
from ..run.timings import Phase
from .method import method
from .qemu_core import QemuCore
from .units import UnitMethods

SWITCH_ROOT_SECONDS = 900.0


class SwitchRootMethods(UnitMethods, QemuCore):
    """Methods of a machine: the switch to the real root."""

    @method(phase=Phase.BOOT, title="waiting for the machine to switch to its root")
    def switch_root(self, timeout: Duration = SWITCH_ROOT_SECONDS) -> None:
        """Let a machine whose test runs in the initial RAM disk's systemd go on to its real root.

        The guest needs an agent in both. Raises WaitTimedOut if it is not there within `timeout`.

        >>> machine.switch_root()
        >>> machine.wait_for_unit("multi-user.target")
        """
        deadline = Deadline.of_method(timeout)
        self.wait_for_unit("initrd.target", timeout=deadline.remaining())
        # Its output is not waited for: the agent may end before the command does.
        self.execute("systemctl --no-block start initrd-switch-root.service", check_output=False)
        while True:
            try:
                self.wait_until_fails("test -e /etc/initrd-release", timeout=deadline.remaining())
            except AgentLost:
                # It ends with the initial RAM disk. The next method waits for the other one.
                if deadline.expired():
                    raise
            else:
                return
