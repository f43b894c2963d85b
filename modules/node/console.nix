# The serial console of a machine in QEMU.
{
  config,
  lib,
  options,
  pkgs,
  modulesPath,
  ...
}:
let
  serial = import ../../lib/nixos/serial-device.nix { inherit pkgs modulesPath; };
  hasSettings = options.services.journald ? settings;
  # NixOS of 2026 has the screen as a console, too, and tests count on it. From summer until it has those settings, it leaves
  # the consoles of QEMU's command line to qemu-vm.nix, where their order follows `virtualisation.graphics`.
  instrumentation = builtins.readFile (modulesPath + "/testing/test-instrumentation.nix");
  hasScreen = hasSettings || lib.hasInfix "\"console=tty0\"" instrumentation;
  consoles = [ serial ] ++ lib.optional hasScreen "tty0";
in
{
  imports = [ ./journal.nix ];

  config = {
    boot = {
      kernelParams = map (console: "console=${console}") consoles;
      consoleLogLevel = 7;
    };

    testing.consoleDevice = "/dev/${serial}";

    virtualisation.qemu = lib.mkIf (hasSettings || !hasScreen) { inherit consoles; };

    # The console is for reading. Who writes to it while a login waits there gets errors.
    systemd.services."serial-getty@${serial}".enable = false;

    system.requiredKernelConfig = with config.lib.kernelConfig; [
      (isYes "SERIAL_8250_CONSOLE")
      (isYes "SERIAL_8250")
      (isEnabled "VIRTIO_CONSOLE")
    ];
  };
}
