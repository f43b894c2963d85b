/**
  The benchmark as a program: the machines it needs, the driver, and what measures them.

  Type: { debian } -> derivation with `bin/bench`
*/
{ debian }:
let
  inherit (builtins) genList listToAttrs toString;

  # A shell on the virtio console that nixpkgs' driver has, for its driver and for the comparison with its protocol.
  guest = {
    files."/usr/local/sbin/console-shell" = {
      source = ./console-shell.sh;
      mode = "0755";
    };
    services.backdoor = {
      description = "A shell on the virtio console";
      wantedBy = [ "multi-user.target" ];
      unitConfig.ConditionPathExists = "/dev/hvc0";
      serviceConfig.ExecStart = "/usr/local/sbin/console-shell";
    };
  };
  several =
    name: count: node:
    listToAttrs (
      genList (index: {
        name = "${name}${toString (index + 1)}";
        value = node;
      }) count
    );

  test = debian.runTest {
    name = "bench";
    enableOCR = true;
    nodes = several "machine" 8 guest // several "warm" 8 (guest // { warmStart = true; }) // {
      screen = guest // {
        graphics = true;
      };
      # Its socket lies in the folder in which QEMU runs.
      console = guest // {
        qemu.options = [
          "-chardev"
          "socket,id=console-shell,path=console-shell,server=on,wait=off"
          "-device"
          "virtio-serial-pci,id=console-shell-bus"
          "-device"
          "virtconsole,bus=console-shell-bus.0,chardev=console-shell"
        ];
      };
    };
    testScript = "";
  };
in
debian.build {
  name = "rehearse-bench";
  script = ./program.sh;
  source = ./rehearse_bench;
  tools = debian.tools.host;
  inherit (test) driver;
}
// {
  meta.mainProgram = "bench";
}
