"""Methods of a machine that scripts still use under an older name."""

from ..deadline import DEFAULT_TIMEOUT, Duration
from ..deprecation import deprecated
from ..run.timings import Phase
from .files import FileMethods
from .method import method
from .units import UnitMethods


class OldNameMethods(UnitMethods, FileMethods):
    """Methods of a machine: old names."""

    @method(phase=Phase.TRANSFER)
    def copy_from_vm(self, source: str, target_dir: str = "") -> None:
        """Do what `copy_from_machine` does, which is the name to write.

        >>> machine.copy_from_machine("/var/log/nginx", "logs")
        """
        deprecated("copy_from_vm", "copy_from_machine", self.name)
        self.copy_from_machine(source, target_dir)

    @method(phase=Phase.WAIT)
    def wait_for_job(
        self, name: str, user: str | None = None, timeout: Duration = DEFAULT_TIMEOUT
    ) -> None:
        """Do what `wait_for_unit` does, which is the name to write.

        >>> machine.wait_for_unit("nginx")
        """
        deprecated("wait_for_job", "wait_for_unit", self.name)
        self.wait_for_unit(name, user, timeout)
