"""What of a desktop is missing, as a machine tells it: X server, session, windows, and logs."""

from ..error_text import indented
from ..guest.command_result import CommandResult
from ..guest.unix_sockets import connect_command
from .polling import status_and_output

X_SOCKET = "/tmp/.X11-unix/X0"
# On NixOS the journal has this line when the session is complete, which is after the X server.
NIXOS_SESSION = (
    "journalctl --boot --quiet SYSLOG_IDENTIFIER=systemd "
    "| grep -q 'Reached target Current graphical'"
)
# A Debian node with a session has this file: session and user (lib/debian/graphics.nix).
DEBIAN_SESSION_FILE = "/etc/rehearse/graphical-session"
# Greeters have a session, too, of another class.
DEBIAN_SESSION = (
    'id=$(loginctl show-seat seat0 --property=ActiveSession --value) && [ -n "$id" ] && '
    '[ "$(loginctl show-session "$id" --property=Class --value)" = user ]'
)
LOGS = (
    "/var/log/lightdm/lightdm.log",
    "/var/log/lightdm/x-0.log",
    "/var/log/Xorg.0.log",
    "/var/log/X.0.log",
    "/home/*/.xsession-errors",
)
LOG_LINES = 8
# A line between what a command found and the logs.
PARTS = "--- logs ---"


def desktop_command() -> str:
    """Return a command that succeeds if there are an X server and the session of a user.

    If not, it writes what is missing, and the end of the logs. A Debian node without a session of
    its own, and a machine of another kind than NixOS, need the server only.
    """
    return f"""\
if ! ({connect_command(X_SOCKET, is_datagram=False)}); then
  echo 'the X server does not run'
{_show_logs()}
  exit 1
elif [ -e /etc/NIXOS ] && ! {{ {NIXOS_SESSION}; }}; then
  echo 'the X server runs, but no session has begun'
{_show_logs()}
  exit 1
elif [ -e {DEBIAN_SESSION_FILE} ] && ! {{ {DEBIAN_SESSION}; }}; then
  read -r session user <{DEBIAN_SESSION_FILE}
  echo "the X server runs, but the session $session of $user has not begun"
{_show_logs()}
  exit 1
fi"""


def windows_command(tree: str) -> str:
    """Return a command that writes the tree of windows by the command `tree`, and the logs."""
    return f"{tree} || exit\n{_show_logs()}"


def without_logs(stdout: str) -> str:
    """Return what stands before the logs in the output of these commands."""
    return stdout.partition(f"{PARTS}\n")[0]


def logs_block(stdout: str) -> str:
    """Return the logs in the output of these commands, as a block for a message."""
    return indented("logs", stdout.partition(f"{PARTS}\n")[2].rstrip("\n"))


def missing(result: CommandResult) -> tuple[str, str]:
    """Return what of a desktop is missing, and the logs, for a message."""
    said = without_logs(result.stdout).strip()
    if not said:
        return status_and_output(result)
    return said, logs_block(result.stdout)


def _show_logs() -> str:
    # The shell reads the logs itself: a wait looks again and again, and each process costs time.
    return f"""\
echo '{PARTS}'
for log in {" ".join(LOGS)}; do
  if [ -s "$log" ] && mapfile -t lines <"$log"; then
    count=${{#lines[@]}}
    echo "$log:"
    printf '  %s\\n' "${{lines[@]:count > {LOG_LINES} ? count - {LOG_LINES} : 0}}"
  fi
done"""
