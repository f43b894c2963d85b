# What a container cannot do: write outside of its folder, see processes of the host, reach a network outside, or read what
# another container has.
{
  name = "container-isolation";
  containers = {
    here = {
      vlans = [ 1 ];
      packages = [ "python3-minimal" ];
    };
    there.vlans = [ 2 ];
  };
  testScript = ''
    import socket
    import subprocess
    import tempfile
    import threading
    from pathlib import Path

    MARK = "a-file-of-the-host-that-nobody-else-has"
    start_all()
    there.succeed("echo secret >/root/secret; systemd-run --unit=neighbour sleep 12345")

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / MARK).write_text("untouched")
        host = subprocess.Popen(["sleep", "54321"])
        with subtest("a container sees no process of the host or of another container"):
            processes = here.succeed("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
            t.assertNotIn("54321", processes)
            t.assertNotIn("12345", processes)
            t.assertNotIn("nixos-test-driver", processes)
            t.assertIn("systemd", processes)
        with subtest("a container ends no process of the host"):
            here.execute("set +e; for pid in $(seq 2 65535); do [ -e /proc/$pid ] || kill -KILL $pid; done 2>/dev/null")
            here.execute(f"set +e; kill -KILL {host.pid}; kill -KILL {os.getpid()}")
            t.assertIsNone(host.poll())
            t.assertNotEqual(here.execute(f"nsenter --target {os.getpid()} --mount true")[0], 0)
        host.kill()
        host.wait()

        with subtest("a container finds and changes no file of the host"):
            t.assertEqual(here.succeed(f"find / -name {MARK} 2>/dev/null || true"), "")
            t.assertEqual(here.succeed("find / -xdev -name secret 2>/dev/null || true"), "")
            here.fail(f"test -e {folder}")
            for path in ("/nix", "/build"):
                here.fail(f"test -e {path}")
            # What lies below the mounts of a container is its own.
            here.execute("set +e; umount --lazy --recursive /tmp /run /dev /sys; mkdir -p /nix/store && echo mine >/nix/store/mine")
            t.assertFalse(Path("/nix/store/mine").exists())
            t.assertEqual((Path(folder) / MARK).read_text(), "untouched")

    here.crash()
    here.start()
    with subtest("a container makes no device, and mounts no disk"):
        here.fail("mknod /root/disk b 254 0 && head -c 1 /root/disk")
        here.fail("mknod /root/memory c 1 1 && head -c 1 /root/memory")
        here.fail("mount -t ext4 /dev/vda /mnt")

    with subtest("a container changes nothing of the kernel of the host"):
        before = Path("/proc/sys/kernel/panic").read_text()
        here.execute("set +e; echo 77 >/proc/sys/kernel/panic; mount -o remount,rw /proc/sys; echo 77 >/proc/sys/kernel/panic")
        t.assertEqual(Path("/proc/sys/kernel/panic").read_text(), before)
        here.fail("date --set '2001-01-01'")

    with subtest("a container has no way out of its networks"):
        cards = here.succeed("ls /sys/class/net").split()
        t.assertEqual(cards, ["eth1", "lo"])
        t.assertEqual(here.succeed("ip -4 route show default; ip -6 route show default"), "")
        here.fail("ping -c 1 -W 2 there")
        here.fail("timeout 5 bash -c '</dev/tcp/192.0.2.1/80'")

    with subtest("a container reaches no socket of the host"):
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        here.fail(f"timeout 5 bash -c '</dev/tcp/127.0.0.1/{port}'")
        abstract = socket.socket(socket.AF_UNIX)
        abstract.bind("\0a-name-of-the-host")
        abstract.listen()
        reached = threading.Event()


        def accept() -> None:
            abstract.accept()
            reached.set()


        threading.Thread(target=accept, daemon=True).start()
        here.fail("python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"\\0a-name-of-the-host\")'")
        t.assertFalse(reached.is_set())

    with subtest("two containers have the name and the journal of themselves"):
        t.assertEqual(here.succeed("hostname").strip(), "here")
        t.assertNotIn("neighbour", here.succeed("journalctl --no-pager"))
        there.succeed("systemctl is-active neighbour")
  '';
}
