# Each attribute of a node does what it says.
{
  name = "debian-node";
  nodes.machine = {
    memorySize = 384;
    cores = 2;
    diskSize = 700;
    emptyDiskImages = [
      32
      16
    ];
    files = {
      "/etc/motto" = "the readiness is all\n";
      "/usr/local/bin/greet" = {
        text = ''
          #!/bin/sh
          echo "hello from $(hostname)"
        '';
        mode = "0755";
      };
      "/srv/this-test.nix".source = ./node.nix;
    };
    users = {
      hamlet = {
        extraGroups = [ "adm" ];
        password = "passed on";
      };
      ophelia.uid = 1234;
    };
    services.prompter = {
      description = "Write what it was told";
      wantedBy = [ "multi-user.target" ];
      environment.LINE = "speak the speech, \"I\" pray you; 100 %";
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "/bin/sh -c 'printf %%s \"$LINE\" > /run/prompter'";
      };
    };
    setup = ''
      echo "set up with $(cat /etc/motto)" > /etc/setup-ran
      chown hamlet:adm /etc/setup-ran
    '';
    qemu.options = [
      "-smbios"
      "type=1,product=Globe Theatre"
      "-smbios"
      "type=11,value=io.systemd.credential:fstab.extra=tmpfs /srv/wings tmpfs"
    ];
  };
  testScript =
    { nodes }:
    ''
      machine.wait_for_unit("multi-user.target")
      with subtest("memory, cores and disks"):
          memory = int(machine.succeed("awk '/MemTotal/ { print $2 }' /proc/meminfo")) // 1024
          t.assertTrue(300 < memory <= 384, memory)
          t.assertEqual(machine.succeed("nproc").strip(), "2")
          sizes = machine.succeed("lsblk --noheadings --nodeps --bytes --output SIZE /dev/vda /dev/vdb /dev/vdc").split()
          t.assertEqual([int(size) >> 20 for size in sizes], [700, 32, 16])
      with subtest("files"):
          t.assertEqual(machine.succeed("cat /etc/motto"), "the readiness is all\n")
          t.assertEqual(machine.succeed("greet"), "hello from machine\n")
          t.assertIn("Each attribute of a node", machine.succeed("head -n 1 /srv/this-test.nix"))
      with subtest("users"):
          t.assertEqual(machine.succeed("id -u hamlet ophelia 2>/dev/null || { id -u hamlet; id -u ophelia; }").split(), ["1000", "1234"])
          t.assertIn("adm", machine.succeed("id -Gn hamlet"))
          t.assertEqual(machine.succeed("stat -c '%U %a' /home/hamlet").strip(), "hamlet 700")
          t.assertEqual(machine.succeed("runuser -l ophelia -c pwd").strip(), "/home/ophelia")
      with subtest("services"):
          machine.wait_for_unit("prompter.service")
          t.assertEqual(machine.succeed("cat /run/prompter"), "speak the speech, \"I\" pray you; 100 %")
      with subtest("setup ran when the image was built, over files and users"):
          t.assertEqual(machine.succeed("cat /etc/setup-ran"), "set up with the readiness is all\n")
          t.assertEqual(machine.succeed("stat -c '%U:%G' /etc/setup-ran").strip(), "hamlet:adm")
      with subtest("options of QEMU"):
          t.assertEqual(machine.succeed("cat /sys/class/dmi/id/product_name").strip(), "Globe Theatre")
          # A credential of systemd's, of which a generator makes a unit at boot.
          machine.wait_for_unit("srv-wings.mount")
      with subtest("the script knows the nodes"):
          t.assertEqual("${nodes.machine.networking.primaryIPAddress}", "192.168.1.1")
          t.assertEqual(${toString nodes.machine.memorySize}, 384)
  '';
}
