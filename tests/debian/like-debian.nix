# A node is as any Debian once it runs: what its boot leaves out to be fast is there for what a script does later.
{
  name = "debian-like-debian";
  nodes.machine = {
    memorySize = 256;
    emptyDiskImages = [
      64
      16
    ];
    packages = [
      "cryptsetup-bin"
      "e2fsprogs"
      "systemd-cryptsetup"
    ];
    kernelParameters = [
      "lsm=yama"
      "mitigations=auto"
      "overlay.xino_auto=Y"
      "populate=1"
      "rehearsal.note=\"the play's * the thing\""
    ];
  };
  testScript = ''
    def is_active(unit):
        return machine.execute(f"systemctl is-active {unit}")[1].strip() == "active"

    with subtest("parameters of the kernel: the node's beside the driver's, and instead of its defaults"):
        parameters = machine.succeed("cat /proc/cmdline")
        t.assertIn('lsm=yama mitigations=auto overlay.xino_auto=Y populate=1 rehearsal.note="the play\'s * the thing"', parameters)
        t.assertIn("console=ttyS0 ", parameters)
        t.assertNotIn("landlock", machine.succeed("cat /sys/kernel/security/lsm"))
        # One of a module that the initial RAM disk loads.
        t.assertEqual(machine.succeed("cat /sys/module/overlay/parameters/xino_auto"), "Y\n")
        t.assertNotIn("mitigations=off", parameters)

    with subtest("generators make units of what a script writes"):
        machine.succeed(
            """
            mkfs.ext4 -q /dev/vdb
            mkswap /dev/vdc
            mkdir -p /srv/stage /etc/systemd/system-generators
            echo '/dev/vdb /srv/stage ext4 nofail 0 2' >>/etc/fstab
            echo '/dev/vdc none swap nofail 0 0' >>/etc/fstab
            echo 'secret /dev/vdb /etc/key luks,noauto' >/etc/crypttab
            echo 'true /dev/vdb /dev/vdc 0011 noauto' >/etc/veritytab
            printf '#!/bin/sh\\ntouch /run/oldies\\n' >/etc/init.d/oldies
            printf '#!/bin/sh\\ntouch /run/local-ran\\n' >/etc/rc.local
            printf '#!/bin/sh\\nprintf "[Service]\\\\nExecStart=true\\\\n" >"$1/prompted.service"\\n' \
              >/etc/systemd/system-generators/prompter
            chmod +x /etc/init.d/oldies /etc/rc.local /etc/systemd/system-generators/prompter
            systemctl daemon-reload
            """
        )
        machine.succeed("systemctl start srv-stage.mount dev-vdc.swap oldies rc-local prompted")
        machine.succeed("mountpoint /srv/stage && grep -q vdc /proc/swaps && test -e /run/oldies && test -e /run/local-ran")
        units = [
            "systemd-cryptsetup@secret",
            "systemd-veritysetup@true",
            "oldies",
            "prompted",
        ]
        machine.succeed(f"systemctl cat {' '.join(units)}")
        t.assertIn("serial-getty@ttyS0", machine.succeed("systemctl list-dependencies getty.target"))

    with subtest("what is not started with the machine starts by hand"):
        machine.succeed(
            "systemctl start kmod-static-nodes systemd-pstore fstrim.timer systemd-tmpfiles-clean.timer",
            "modprobe configfs && systemctl start sys-kernel-config.mount && mountpoint /sys/kernel/config",
        )
        t.assertTrue(is_active("fstrim.timer"))
        machine.succeed("loginctl list-sessions")
        machine.succeed("systemctl start serial-getty@ttyS0", timeout=60)
        machine.wait_for_console_text("machine login:", timeout=60)

    with subtest("device nodes have Debian's owners and modes"):
        for path, expected in {
            "/dev/net/tun": "666 root:root",
            "/dev/loop-control": "660 root:disk",
            "/dev/vhost-net": "660 root:kvm",
            "/dev/uhid": "600 root:root",
            "/dev/ttyS0": "660 root:dialout",
            "/dev/vcs1": "660 root:tty",
            "/dev/mem": "640 root:kmem",
        }.items():
            t.assertEqual(machine.succeed(f"stat -c '%a %U:%G' {path}").strip(), expected, path)
        machine.succeed("test -e /dev/rtc && test -c /dev/ppp")
        t.assertIn("No such device", machine.fail("cat /dev/ppp 2>&1"))

    with subtest("a file is mounted by a loop device, and unmounted"):
        machine.succeed("truncate -s 8M /root/img && mkfs.ext4 -q /root/img && mount -o loop /root/img /mnt && umount /mnt")

    with subtest("an overlay on the root is refused with the attribute to set, and works elsewhere"):
        overlay = "mkdir -p {0}/l {0}/u {0}/w {0}/m; mount -t overlay overlay -o lowerdir={0}/l,upperdir={0}/u,workdir={0}/w {0}/m"
        with t.assertRaisesRegex(Exception, 'hint: .*`rootFilesystem = "ext4"`'):
            machine.succeed(overlay.format("/o"))
        machine.succeed(overlay.format("/run/o"), overlay.format("/srv/stage/o"), "umount /srv/stage/o/m")

    with subtest("after a reboot all of it is there at once"):
        machine.succeed(
            """
            echo dummy >>/etc/modules
            mkdir /var/log/journal && journalctl --flush
            logger 'the rest is silence'
            ln -s ../init.d/oldies /etc/rc3.d/S01oldies
            systemctl enable fstrim.timer
            """
        )
        machine.reboot()
        machine.succeed(f"systemctl cat {' '.join(units)}")
        machine.wait_for_unit("srv-stage.mount")
        machine.wait_for_unit("dev-vdc.swap")
        machine.wait_for_unit("rc-local.service")
        machine.wait_for_unit("oldies.service")
        machine.succeed("test -e /run/oldies && test -e /run/local-ran && grep -q ^dummy /proc/modules")
        t.assertTrue(is_active("fstrim.timer"))
        machine.succeed("journalctl -b -1 | grep 'the rest is silence'")
  '';
}
