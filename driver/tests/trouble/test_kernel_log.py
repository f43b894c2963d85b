"""Trouble in the kernel's messages: texts of kernels from 4.19 to 7, and what looks like it."""

import pytest

from test_driver.trouble.found import Found
from test_driver.trouble.kernel_log import KernelLog, kernel_line, units_of


def read(text: str) -> list[Found]:
    """Return the trouble in lines of a console."""
    log = KernelLog()
    lines = [kernel_line(line) for line in text.splitlines()]
    found = [log.read(line) for line in lines if line is not None]
    return [one for one in found if one is not None]


OOPS = """\
[   12.345678] BUG: kernel NULL pointer dereference, address: 0000000000000010
[   12.345679] #PF: supervisor read access in kernel mode
[   12.345680] #PF: error_code(0x0000) - not-present page
[   12.345681] PGD 0 P4D 0
[   12.345690] Oops: Oops: 0000 [#1] PREEMPT SMP NOPTI
[   12.345691] CPU: 0 UID: 0 PID: 345 Comm: modprobe Tainted: G           OE      6.12.9-amd64
[   12.345700] RIP: 0010:crash_init+0x5/0x20 [crash]
[   12.345800] ---[ end trace 0000000000000000 ]---
"""

ONE = {
    "kernel-oops": [
        OOPS,
        "[  101.000001] BUG: unable to handle kernel paging request at ffffc90000000000\n"
        "[  101.000002] Oops: 0002 [#1] SMP PTI",
        "[  101.000001] BUG: unable to handle page fault for address: ffffdead00000000\n"
        "[  101.000002] Oops: 0000 [#3] SMP KASAN",
        "[    9.100000] kernel BUG at mm/slub.c:295!\n"
        "[    9.100001] invalid opcode: 0000 [#1] PREEMPT SMP NOPTI",
        "[    9.100000] kernel BUG at fs/ext4/inode.c:2721!\n"
        "[    9.100001] Oops: invalid opcode: 0000 [#1] PREEMPT SMP NOPTI",
        "[   33.0000001][  T301] ".replace("0000001", "000000")
        + "BUG: KASAN: slab-out-of-bounds in kmalloc_oob_right+0x1b/0x60",
        "[   33.000000] general protection fault, probably for non-canonical address "
        "0xdffffc0000000001: 0000 [#1] PREEMPT SMP KASAN NOPTI\n"
        "[   33.000001] KASAN: null-ptr-deref in range [0x0000000000000008-0x000000000000000f]",
        "[   33.000000] Oops: general protection fault, probably for non-canonical address "
        "0x6b6b6b6b6b6b6b6b: 0000 [#1] SMP NOPTI",
        "[   40.000000] UBSAN: array-index-out-of-bounds in drivers/net/foo.c:120:14",
        "[   40.000000] UBSAN: Undefined behaviour in lib/bar.c:7:3",
        "[   41.000000] UBSAN: shift-out-of-bounds in fs/btrfs/ctree.c:1:2",
        "[    5.500000] Unable to handle kernel NULL pointer dereference at virtual address "
        "0000000000000000\n[    5.500001] Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP",
        "[    5.500000] Internal error: Oops - BUG: 00000000f2000800 [#1] SMP",
        "[    5.500000] divide error: 0000 [#1] SMP PTI",
        "[    5.500000] BUG: scheduling while atomic: swapper/0/0/0x00000100",
        "[    5.500000] BUG: sleeping function called from invalid context at mm/slab.h:494",
        "[    5.500000] BUG: Bad page state in process dd  pfn:12345",
        "[    5.500000] BUG: KFENCE: use-after-free read in test_use_after_free_read+0x9/0x20",
        "[    5.500000] BUG: KCSAN: data-race in tick_nohz_idle_stop_tick / tick_sched_timer",
        "[    5.500000] BUG: Bad rss-counter state mm:00000000d6e9f2d9 type:MM_ANONPAGES val:1",
        "[    5.500000] [ BUG: bad unlock balance detected! ]",
        "[    5.500000] Kernel BUG [#1]",
        "[    5.500000] traps: PANIC: double fault, error_code: 0x0",
        "debian login: [    5.500000] BUG: unable to handle page fault for address: 00000000dead",
        "<0>[    5.500000] BUG: Dentry 00000000 still in use (1) [unmount of ext4 vda]",
    ],
    "kernel-warning": [
        "[   20.000000] WARNING: CPU: 1 PID: 77 at kernel/foo.c:123 foo_bar+0x1f/0x30 [foo]\n"
        "[   20.000001] Modules linked in: foo(OE)\n"
        "[   20.000002] CPU: 1 PID: 77 Comm: kworker/1:2 Tainted: G        W     5.10.0",
        "[   20.000000] WARNING: CPU: 0 PID: 1 at net/core/dev.c:3 warn+0x0/0x1",
        "[   20.000000] [    T1] WARNING: kernel/rcu/tree.c:12 at r+0x1/0x2, CPU#0: swapper/0/1",
        "[   20.000000] WARNING: fs/inode.c:44 at drop_nlink+0x2/0x4, CPU#3: rm/812",
        "[   20.000000] WARNING: possible circular locking dependency detected",
        "[   20.000000] WARNING: possible recursive locking detected",
        "[   20.000000] WARNING: suspicious RCU usage",
        "[   20.000000] WARNING: inconsistent lock state",
        "[   20.000000] WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe lock order detected",
    ],
    "stall": [
        "[  100.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [stress:1234]",
        "[  100.000000] NMI watchdog: BUG: soft lockup - CPU#1 stuck for 23s! [kworker/1:0:17]",
        "[  100.000000] BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 31s!",
        "[  100.000000] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:\n"
        "[  100.000001] rcu: \t0-...!: (1 GPs behind) idle=a0c/1/0x4000000000000000\n"
        "[  100.000002] rcu: rcu_preempt kthread starved for 5249 jiffies! g2177 f0x0",
        "[  100.000000] rcu: INFO: rcu_sched self-detected stall on CPU",
        "[  100.000000] INFO: rcu_sched self-detected stall on CPU { 0}  (t=5250 jiffies g=1 c=1)",
        "[  100.000000] rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-... }",
        "[  100.000000] INFO: rcu_tasks detected stalls on tasks:",
        "[  363.000000] INFO: task jbd2/vda-8:231 blocked for more than 120 seconds.\n"
        "[  363.000001]       Not tainted 6.1.0-18-amd64 #1 Debian 6.1.76-1",
        "[  363.000000] INFO: task sh:9 blocked in I/O wait for more than 120 seconds.",
        "[  100.000000] watchdog: Watchdog detected hard LOCKUP on cpu 0",
        "[  100.000000] watchdog: CPU3: Watchdog detected hard LOCKUP on cpu 3",
    ],
    "oom": [
        "[   50.000000] eat invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0\n"
        "[   50.000001] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,"
        "mems_allowed=0,oom_memcg=/system.slice/eat.service,task_memcg=/system.slice/eat.service,"
        "task=eat,pid=324,uid=0\n"
        "[   50.000002] Memory cgroup out of memory: Killed process 324 (eat) total-vm:1kB\n"
        "[   50.000003] oom_reaper: reaped process 324 (eat), now anon-rss:0kB",
        "[   50.000000] Out of memory: Killed process 512 (stress) total-vm:1048576kB, UID:0",
        "[   50.000000] Out of memory: Kill process 512 (a b) score 901 or sacrifice child\n"
        "[   50.000001] Killed process 512 (a b) total-vm:1048576kB, anon-rss:1kB",
        "[   50.000000] Memory cgroup out of memory: Kill process 9 (x) score 9 or sacrifice child",
        "[   50.000000] Out of memory (oom_kill_allocating_task): Killed process 3 (cp)",
    ],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind in ONE for text in ONE[kind]])
def test_a_report_of_the_kernel_is_one_trouble(kind: str, text: str) -> None:
    assert [one.kind for one in read(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "[    1.000000] Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on",
        "[    1.000000] WARNING! power/level is deprecated; use power/control instead",
        "[    1.000000] systemd[1]: WARNING: CPU: 0 PID: 1 at home",
        "[    1.000000] app[77]: BUG: unable to handle page fault for address: 1",
        "[    1.000000] app[77]: general protection fault: 0000 [#1] SMP",
        "BUG: unable to handle page fault for address: 1",
        "WARNING: CPU: 0 PID: 1 at home",
        "[    1.000000] traps: app[12] general protection fault ip:401136 sp:7ffd error:0 in app",
        "[    1.000000] app[12]: segfault at 0 ip 0000000000401136 sp 00007ffd error 4 in app",
        "[    1.000000] XFS (vda1): Internal error XFS_WANT_CORRUPTED_GOTO at line 1 of file x.c",
        "[    1.000000] kasan: KernelAddressSanitizer initialized",
        "[    1.000000] kfence: initialized - using 2097152 bytes for 255 objects",
        "[    1.000000] ACPI BIOS Warning (bug): 32/64X length mismatch in FADT/Gpe0Block: 128/32",
        "[    1.000000] Firmware Bug: TSC not synchronous: 0000",
        "[    1.000000] rcu: INFO: hierarchical RCU implementation",
        "[    1.000000] rcu: \tRCU CPU stall warnings timeout set to 21 (rcu_cpu_stall_timeout).",
        "[    1.000000] watchdog: hard LOCKUP detection is off",
        "[    1.000000] NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.",
        "[    1.000000] BUG in the firmware, says somebody",
        "[    1.000000] debug: BUG: this is no kernel's",
        "[    1.000000] random: crng reseeded due to virtual machine fork",
        "[    1.000000] EXT4-fs warning (device vda): ext4_end_bio:343: I/O error",
        "[    1.000000] INFO: task list is empty",
        "[    1.000000] UBSAN: enabled",
    ],
)
def test_what_only_looks_like_trouble_is_none(text: str) -> None:
    assert read(text) == []


def test_two_oopses_are_two() -> None:
    later = OOPS.replace("12.34", "13.34").replace("#1]", "#2]")
    assert len(read(OOPS + later)) == 2
    # One that begins with its death, after the end of another.
    death = "[   12.400000] Oops: general protection fault, address 0x6b: 0000 [#2] SMP"
    assert len(read(OOPS + death)) == 2


def test_a_task_that_hangs_on_is_one_and_one_that_hangs_again_another() -> None:
    line = "[  {}.000000] INFO: task dd:9 blocked for more than {} seconds."
    told = [(120, 120), (241, 241), (362, 362), (900, 120), (1021, 241)]
    lines = [line.format(at, seconds) for at, seconds in told]
    other = "[  130.000000] INFO: task sh:10 blocked for more than 120 seconds."
    found = read("\n".join([lines[0], other, *lines[1:]]))
    assert [one.process for one in found] == ["dd[9]", "sh[10]", "dd[9]"]


def test_a_victim_of_memory_has_its_unit_and_its_process() -> None:
    (found,) = read(ONE["oom"][0])
    assert found.units == ("eat.service",)
    assert (found.process, found.pid) == ("eat[324]", 324)


@pytest.mark.parametrize(
    ("group", "units"),
    [
        ("/system.slice/app.service", ("app.service",)),
        ("/system.slice/docker-1f.scope/init", ("docker-1f.scope",)),
        (
            "/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service",
            ("foo.service", "user@1000.service"),
        ),
        ("/system.slice/system-tpl.slice/tpl@a\\x2db.service", ("tpl@a\\x2db.service",)),
        ("/machine.slice", ("machine.slice",)),
        ("/", ()),
    ],
)
def test_units_are_read_from_the_path_of_a_control_group(
    group: str, units: tuple[str, ...]
) -> None:
    assert units_of(group) == units


@pytest.mark.parametrize(
    ("text", "process"),
    [
        (ONE["stall"][0], "stress[1234]"),
        (ONE["stall"][1], "kworker/1:0[17]"),
        ("[ 1.000000] INFO: task jbd2/vda-8:231 blocked for more than 120 seconds.", None),
        (ONE["kernel-warning"][0], "PID 77"),
        (ONE["kernel-warning"][3], "rm[812]"),
    ],
)
def test_a_process_is_named(text: str, process: str | None) -> None:
    (found,) = read(text)
    assert found.process == (process or "jbd2/vda-8[231]")
