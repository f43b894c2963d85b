# The driver's way into a guest does not depend on what a test does to the guest: memory that is used up, signals to every
# process, other targets, a user space that is started anew, file systems that are full or gone. And a command has a shell of
# its own, whichever way.
{
  name = "debian-way-in";
  nodes.machine.memorySize = 256;
  testScript = ''
    from test_driver.errors import AgentError, AgentLost, CommandFailed

    start_all()
    machine.wait_for_unit("multi-user.target")

    with subtest("a command that takes all memory"):
        machine.execute("sleep 600", check_output=False)
        sleeper = machine.wait_until_succeeds("pgrep -x sleep", timeout=20)
        hog = "perl -e 'my @a; push @a, \"x\" x 1000000 while 1'"
        result = machine.run(hog, timeout=120)
        t.assertEqual(result.status, 137)
        with t.assertRaisesRegex(CommandFailed, r"out of memory.*Killed process \d+ \(perl\)"):
            machine.succeed(hog, timeout=120)
        with machine.spawn(hog) as handle:
            t.assertEqual(handle.wait(120).status, 137)
        t.assertEqual(machine.succeed("pgrep -x sleep"), sleeper)
        t.assertEqual(machine.succeed("cat /proc/self/oom_score_adj; cat /proc/$$/oom_score_adj"), "0\n0\n")
        with machine.spawn("cat /proc/self/oom_score_adj") as handle:
            t.assertEqual(handle.wait(60).stdout, "0\n")

    with subtest("a command has a new shell"):
        for command, output in {
            "i=0; while ((SECONDS < 1)); do i=1; sleep 0.2; done; echo $i": "1",
            "echo ''${!-none}": "none",
            "a=$$ b=$BASHPID; test $a = $b && echo same": "same",
            "test $PPID != $$; echo $SHLVL $BASH_SUBSHELL $# $-": "1 0 0 ehuBc",
            "declare -F; alias; trap -p; jobs; ls /proc/$$/fd | tr '\\n' ' '": "0 1 2 ",
            "umask; pwd; ulimit -c": "0022\n/tmp\n0",
        }.items():
            t.assertEqual(machine.succeed(command).rstrip("\n"), output.rstrip("\n"), command)
            with machine.spawn(command) as handle:
                t.assertEqual(handle.wait(60).stdout.rstrip("\n"), output.rstrip("\n"), command)
        for text, status in {"kill -9 $$": 137, "exit 7": 7, "exec false": 1, "trap 'echo bye' EXIT; exit 3": 3}.items():
            machine.succeed(f"cat >/root/sourced <<'END'\n{text}\nEND")
            t.assertEqual(machine.run(". /root/sourced").status, status, text)
            t.assertEqual(machine.succeed("echo on"), "on\n")
        machine.succeed("mkdir /sys/fs/cgroup/alone; echo $$ >/sys/fs/cgroup/alone/cgroup.procs; grep -q alone /proc/self/cgroup")
        machine.fail("grep -q alone /proc/self/cgroup")

    with subtest("long commands"):
        text = "y" * 2_000_000
        for length in (100, 200_000, 2_000_000):
            command = f"wc -c <<'END'\n{text[:length]}\nEND"
            t.assertEqual(machine.succeed(command), f"{length + 1}\n")
            for _ in range(3):
                with machine.spawn(command) as handle:
                    t.assertEqual(handle.wait(100).stdout, f"{length + 1}\n")
        machine.execute(f": {text}; echo there >/root/there", check_output=False)
        machine.wait_for_file("/root/there", timeout=60)

    with subtest("signals to every shell"):
        for command in ("pkill bash; sleep 0.1; echo on", "pkill -HUP bash; echo on", "pkill cat; echo on"):
            machine.run(command)
            t.assertEqual(machine.succeed("echo on"), "on\n")
        t.assertIn("refused", machine.run("systemctl stop qemu-guest-agent").stderr)
        with t.assertRaisesRegex(AgentLost, "killed by signal 9"):
            machine.succeed("kill -9 -1; sleep 60", timeout=30)
        t.assertEqual(machine.succeed("echo on"), "on\n")

    with subtest("targets"):
        machine.succeed("systemctl daemon-reexec; systemctl restart systemd-udevd", timeout=60)
        for target in ("emergency", "rescue"):
            machine.execute(f"systemctl isolate --no-block {target}.target")
            machine.wait_until_succeeds(f"systemctl is-active {target}.target", timeout=30)
        machine.succeed("systemctl isolate multi-user.target", timeout=60)

    with subtest("the user space is started anew"):
        machine.reboot(soft=True, timeout=120)
        machine.execute("systemctl soft-reboot", check_output=False)
        machine.wait_until_succeeds("test $(systemctl show -p SoftRebootsCount --value) = 2", timeout=120)

    def every_way():
        t.assertEqual(machine.succeed("echo on; echo $((1))"), "on\n1\n")
        with machine.spawn("read -r line; echo $line") as handle:
            handle.stdin.write("there\n")
            t.assertEqual(handle.wait(60).stdout, "there\n")
        machine.execute("echo there >/dev/shm/there", check_output=False)
        machine.wait_until_succeeds("rm /dev/shm/there", timeout=20)

    with subtest("file systems"):
        for full in ("/tmp", "/run"):
            machine.execute(f"cat /dev/zero >{full}/zero 2>/dev/null")
            every_way()
            machine.succeed(f"rm {full}/zero")
        machine.succeed("mount -t tmpfs none /tmp; umount -l /tmp; umount -l /tmp || :; rm -rf /tmp; umount -l /run")
        every_way()
        t.assertEqual(machine.succeed("pwd"), "/\n")
        machine.succeed("mkdir -m 1777 -p /tmp; for at in /run /dev/shm /tmp /var/tmp; do mount -t tmpfs -o nr_inodes=1 none $at; done")
        t.assertEqual(machine.succeed("echo on; echo $((1))"), "on\n1\n")
        with t.assertRaisesRegex(AgentError, "cannot keep .* in the guest's /.*: .*full"):
            machine.spawn("echo never")
  '';
}
