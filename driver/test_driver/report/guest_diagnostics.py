"""What a guest is asked when a test has failed."""

from dataclasses import dataclass

JOURNAL_LINES = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestDiagnostic:
    """A command whose output is worth keeping, and the file that it goes to."""

    file: str
    title: str
    command: str


# A guest may lack any of these programs: what can be shown is shown, and nothing is an error.
_FAILED_UNITS = """\
set +e
systemctl --failed --no-pager --plain --full
systemctl --failed --no-pager --plain --no-legend --full | while read -r unit _; do
  printf '\\n'
  systemctl status --no-pager --full --lines=50 -- "$unit"
done
systemctl list-jobs --no-pager
true"""

_CRASHES = """\
set +e
crashes='segfault|trap |traps:|general protection|Out of memory|oom-kill|Oops|BUG:|Call Trace'
found=$(
  dmesg 2>/dev/null | grep -E "$crashes"
  coredumpctl --no-pager list 2>/dev/null
  find /var/crash /var/lib/systemd/coredump /tmp /root /var/tmp -xdev -type f -size +0 \
    \\( -name 'core' -o -name 'core.[0-9]*' -o -name '*.crash' \\) -exec ls -l {} + 2>/dev/null
)
printf '%s\n' "${found:-none was found}\""""

GUEST_DIAGNOSTICS = (
    GuestDiagnostic(
        file="journal.txt",
        title="the journal",
        command="journalctl --boot --no-pager --output=short-precise "
        f"--lines={JOURNAL_LINES} 2>&1 || dmesg || true",
    ),
    GuestDiagnostic(file="failed-units.txt", title="units that failed", command=_FAILED_UNITS),
    GuestDiagnostic(file="crashes.txt", title="crashes and core dumps", command=_CRASHES),
    GuestDiagnostic(
        file="disks.txt", title="room on the disks", command="df -hT || df; echo; df -i || true"
    ),
    GuestDiagnostic(
        file="processes.txt",
        title="processes",
        command="(ps axww -o pid,ppid,stat,rss,etime,args --sort=-rss || ps) 2>/dev/null; "
        "free -m || true",
    ),
    GuestDiagnostic(
        file="network.txt",
        title="network",
        command="(ip -brief address; ip route; ss -lntup) 2>&1 || true",
    ),
)
