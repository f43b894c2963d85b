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
    packages = node.packages ++ (if hasConsole then [ "login" ] else [ ]);
  };
  # A screen with text on it.
  hasConsole = node.graphics && node.desktop == null;
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
  ofConsole =
    if hasConsole then
      [
        "console=tty0"
        "rehearse.login"
      ]
    else
      [ ];
  # Modules that nothing asks for but udev or systemd; a script that uses them still gets them.
  notLoaded = [
    "ip_tables"
  ]
  ++ (
    if node.kernel == "trixie-generic" then
      # Of QEMU's mainboard: no disk is there, and a search for one takes seconds.
      [
        "ata_piix"
        "floppy"
        "i2c_piix4"
        "pcspkr"
      ]
    else
      [ ]
  );
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
  screen = if node.desktop == null then "" else "${toString node.desktop.width} ${toString node.desktop.height}";
  # Arguments with spaces stay one: one a line.
  passAsFile = [ "options" ];
  options = concatStringsSep "\n" node.qemu.options;
  # Started the way that skips the firmware, a kernel does not learn that there is a screen.
  kernelFile = if hasConsole || node.efi then "vmlinuz" else "vmlinux";
  firmware = if node.efi then "${tools.firmware}/usr/share/OVMF" else "";
  kernelParameters = (import ./kernel-parameters.nix).commandLine {
    required = ofConsole ++ (if hasCredentials then [ "rehearse.credentials" ] else [ ]) ++ [
      "console=ttyS0"
      "net.ifnames=0"
      "panic=-1"
      "rehearse.root=${node.rootFilesystem}"
      "modprobe.blacklist=${concatStringsSep "," notLoaded}"
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
