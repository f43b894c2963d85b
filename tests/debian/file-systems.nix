# Roots on a writable disk of each file system, and the default overlay; what is written is there after a reboot.
let
  # Starts a container with a writable store, whose systemd-nspawn is a program that prints the store and writes to it.
  container.files = {
    "/opt/start-container.sh" = builtins.readFile ../../lib/shared/start-container.sh;
    "/opt/container-root.sh" = builtins.readFile ../../lib/nixos/container-root.sh;
    "/opt/bin/systemd-nspawn" = {
      mode = "0755";
      text = ''
        #!/bin/sh
        cd "$root$store"
        for path in . program text; do ! mountpoint -q "$path" || echo "$path"; done
        cat program/bin text link
        ls
        echo new >>new-path
        echo changed 2>/dev/null >>text || :
      '';
    };
  };
in
{
  name = "debian-file-systems";
  nodes = {
    overlay = container;
    ext4 = container // {
      rootFilesystem = "ext4";
    };
    xfs = {
      rootFilesystem = "xfs";
      packages = [ "xfsprogs" ];
    };
    btrfs = {
      rootFilesystem = "btrfs";
      emptyDiskImages = [ 64 ];
      diskSize = 3072;
    };
  };
  testScript = ''
    start_all()
    for machine in machines:
        with subtest(f"{machine.name}: the root is what was asked for"):
            root = machine.succeed("findmnt --noheadings --output FSTYPE /").strip()
            t.assertEqual(root, machine.name)
            t.assertEqual(machine.succeed("stat -c '%U:%G %a' /etc/shadow").strip(), "root:shadow 640")
            machine.succeed("echo kept > /var/lib/kept && sync")
    for machine in [btrfs, ext4, xfs]:
        with subtest(f"{machine.name}: the root takes the upper layer of an overlay"):
            machine.succeed(
                "mkdir -p /o/l /o/u /o/w /o/m && echo low >/o/l/low",
                "mount -t overlay overlay -o lowerdir=/o/l,upperdir=/o/u,workdir=/o/w /o/m",
                "echo high >/o/m/high && rm /o/m/low && test -e /o/u/high && test -e /o/l/low",
            )
    # The root of one of them takes the upper layer of an overlay, that of the other one does not.
    for machine, mounts in [(ext4, ["."]), (overlay, ["program", "text"])]:
        with subtest(f"{machine.name}: a container adds paths to its store that the host does not see"):
            machine.succeed(
                "mkdir -p /s/program && echo program >/s/program/bin && echo text >/s/text && ln -s text /s/link",
            )
            start = (
                "cd /var/tmp && PATH=/opt/bin:$PATH machine=box root='./a, b: root' interfaces= store=/s writable_store=1 "
                "make_root=/opt/container-root.sh CONTAINER_CARDS='echo ready' SHARED_DIR=/tmp unshare --net --mount sh /opt/start-container.sh"
            )
            first = machine.succeed(start).split()
            t.assertEqual(first, [*mounts, "program", "text", "text", "link", "program", "text"])
            t.assertEqual(machine.succeed("ls /s; cat /s/text").split(), ["link", "program", "text", "text"])
            # The next start of the same machine finds what it has written.
            t.assertEqual(machine.succeed(start).split()[-4:], ["link", "new-path", "program", "text"])
    with subtest("sizes are the node's, and disks beside the root are empty"):
        size = int(btrfs.succeed("df --output=size --block-size=1M / | tail -n 1"))
        t.assertGreater(size, 2900)
        t.assertEqual(btrfs.succeed("lsblk --noheadings --bytes --output SIZE /dev/vdb").strip(), str(64 << 20))
        btrfs.succeed("test -z \"$(blkid /dev/vdb)\"")
    for machine in machines:
        with subtest(f"{machine.name}: a reboot keeps what was written"):
            machine.reboot()
            t.assertEqual(machine.succeed("cat /var/lib/kept"), "kept\n")
  '';
}
