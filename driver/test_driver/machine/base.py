"""What scripts call on machines of every kind."""

from .compat import CompatMethods
from .console import ConsoleMethods
from .display import DisplayMethods
from .expectations import ExpectationMethods
from .files import FileMethods
from .keyboard import KeyboardMethods
from .link import LinkMethods
from .old_names import OldNameMethods
from .pause import PauseMethods
from .power import PowerMethods
from .prompt import PromptMethods
from .reboot import RebootMethods
from .ssh import SshMethods
from .waits import WaitMethods
from .windows import WindowMethods


class BaseMachine(
    OldNameMethods,
    PowerMethods,
    RebootMethods,
    PauseMethods,
    WaitMethods,
    WindowMethods,
    CompatMethods,
    FileMethods,
    LinkMethods,
    ConsoleMethods,
    KeyboardMethods,
    DisplayMethods,
    ExpectationMethods,
    SshMethods,
    PromptMethods,
):
    """A machine of the test, in QEMU or a container.

    The first method that needs a machine starts it, and waits until its guest takes commands. A
    command whose caller gives no `timeout` may take `default_timeout`, in seconds or as a
    timedelta: 15 minutes unless the script sets it, `None` for no limit. Of what a command writes
    to stdout, and to stderr, the driver keeps `output_limit` bytes: 16 MiB unless the script sets
    it. Of a longer output the driver leaves out the middle, and says so there and in the log. With
    the option `compatibility = "nixpkgs"` of the test, neither has a limit by default.
    """
