# Roots on a writable disk of each file system, and the default overlay; what is written is there after a reboot.
{
  name = "debian-file-systems";
  nodes = {
    overlay = { };
    ext4.rootFilesystem = "ext4";
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
