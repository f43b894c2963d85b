/**
  One node's start script, `run-NAME-vm`, over the images that the node's attributes ask for.

  Type: { build, images, tools } -> { name, node, identity } -> derivation
*/
{
  build,
  images,
  tools,
}:
{
  name,
  node,
  identity,
}:
let
  inherit (builtins) concatStringsSep genList length map;

  # A snapshot is many nodes': they must all have the images that it was taken with.
  parts = import ./root-parts.nix { inherit images; } {
    name = if node.warmStart == null then name else "saved";
    inherit node;
    # Debian 13 has no login unless it is asked for.
    packages = node.packages ++ (if node.graphics then [ "login" ] else [ ]);
  };
  isOverlay = node.rootFilesystem == "overlay";
  kernel = images.kernel node.kernel;
  initrd = images.initrd {
    inherit kernel;
    inherit (node) rootFilesystem;
  };

  writable = if isOverlay then "${images.blankDisk node.diskSize}/disk.qcow2" else "${parts.merged}/root.qcow2";
  readOnly = concatStringsSep " " (
    [ "modules=${kernel}/modules.erofs" ]
    ++ (
      if !isOverlay then
        [ ]
      else
        [ "packages=${parts.root}" ] ++ (if parts.layer == null then [ ] else [ "layer=${parts.layer}" ])
    )
  );
  # Credentials for systemd, in the firmware's tables: generators, and udev, read them (boot-speed.sh).
  hasCredentials = builtins.any (option: builtins.match ".*io\\.systemd\\.credential.*" option != null) node.qemu.options;
  # A screen has the kernel's messages and a login, as on any computer.
  screen =
    if node.graphics then
      [
        "console=tty0"
        "rehearse.login"
      ]
    else
      [ ];
in
build {
  name = "run-${name}-vm";
  script = ./machine.sh;
  head = ./program-head.sh;
  run = ./run-vm.sh;
  machine = name;
  memorySize = toString node.memorySize;
  cores = toString node.cores;
  emptyDiskImages = map toString node.emptyDiskImages;
  vlans = genList (
    index:
    let
      vlan = builtins.elemAt identity.interfaces index;
    in
    "${toString vlan.vlan}=${vlan.mac}"
  ) (length identity.interfaces);
  # QEMU's rules: which port of the host leads to which of the guest.
  forwards = map (
    rule: "${rule.proto}:${rule.host.address}:${toString rule.host.port}-:${toString rule.guest.port}"
  ) node.forwardPorts;
  # Arguments with spaces stay one: one a line.
  passAsFile = [ "options" ];
  options = concatStringsSep "\n" node.qemu.options;
  # Started the way that skips the firmware, a kernel does not learn that there is a screen.
  kernelFile = if node.graphics || node.efi then "vmlinuz" else "vmlinux";
  firmware = if node.efi then "${tools.firmware}/usr/share/OVMF" else "";
  kernelParameters = (import ./kernel-parameters.nix).commandLine {
    required = screen ++ (if hasCredentials then [ "rehearse.credentials" ] else [ ]) ++ [
      "console=ttyS0"
      "net.ifnames=0"
      "panic=-1"
      "rehearse.root=${node.rootFilesystem}"
      # systemd would load it for every machine; a script that uses iptables still gets it.
      "modprobe.blacklist=ip_tables"
    ];
    # What a machine that lives for minutes need not do.
    defaults = [
      "mitigations=off"
      "cryptomgr.notests"
      "tsc=reliable"
      "audit=0"
      "lsm=landlock,lockdown,yama,apparmor"
      "random.trust_cpu=on"
      "no_timer_check"
      # A snapshot is smaller with it: QEMU's serial ports alone have six thousand pages that are empty, but for what the
      # kernel's allocator once wrote there.
      "init_on_alloc=${if node.warmStart == null then "0" else "1"}"
      "noreplace-smp"
      "systemd.show_status=false"
    ];
    own = node.kernelParameters;
  };
  identityFile = "${identity.file}/identity.cpio";
  tools = tools.host;
  inherit
    initrd
    kernel
    readOnly
    writable
    ;
}
