# Options of a Debian node: the machine in QEMU, its kernel, disks and screen, how it starts and what it can change to.
let
  recordScreen = import ../record-screen.nix;
  toggle = description: {
    type = "bool";
    default = false;
    example = true;
    inherit description;
  };
in
{
  backend = {
    type.enum = [
      "qemu"
      "auto"
    ];
    default = "qemu";
    example = "auto";
    description = ''
      What runs the machine. `"qemu"` is QEMU. `"auto"` is QEMU where KVM works, and else a container of systemd-nspawn, which is fast
      without KVM. The driver chooses when the test starts. The script can call what all machines have, and a build needs what
      containers need. Attributes that containers do not have cannot be set with `"auto"`.
    '';
  };

  memorySize = {
    type.number = {
      from = 112;
      to = 1048576;
      unit = "MiB";
    };
    default = 512;
    example = 1024;
    description = "MiB of memory. With less than 112, Debian does not boot.";
  };

  cores = {
    type.number = {
      from = 1;
      to = 255;
      unit = "virtual processors";
    };
    default = 1;
    example = 2;
    description = "Number of virtual processors.";
  };

  diskSize = {
    type.number = {
      from = 64;
      to = 16777216;
      unit = "MiB";
    };
    default = 2048;
    example = 8192;
    description = ''
      MiB of the writable disk `/dev/vda`, which holds the root file system, or with `rootFilesystem = "overlay"` the files that
      the machine writes.
    '';
  };

  emptyDiskImages = {
    type.listOf.number = {
      from = 1;
      to = 16777216;
      unit = "MiB";
    };
    default = [ ];
    example = [
      512
      512
    ];
    description = "MiB of each further disk. The disks are `/dev/vdb`, `/dev/vdc` and so on, and are empty.";
  };

  powerCuts = toggle ''
    Logs what the machine writes to its disks, so that `power_cut()` can undo what was not flushed. The log takes as much room as
    all that is written while the machine is on, and the disks are copied at each start.
  '';

  kernel = {
    type.nullOr.enum = [
      "bookworm"
      "trixie"
      "trixie-generic"
      "testing"
    ];
    default = null;
    defaultText = "`\"trixie\"`, or `\"trixie-generic\"` with a graphical session";
    example = "bookworm";
    description = ''
      Kernel that the machine boots: the cloud kernel of a Debian suite, or with `"trixie-generic"` the kernel of Debian 13 for all hardware.
      That one takes longer to boot, and has drivers for screens. The packages are Debian 13's with each of them.
    '';
  };

  kernelParameters = {
    type.listOf = "string";
    default = [ ];
    example = [
      "quiet"
      "mitigations=auto"
    ];
    description = ''
      Parameters for the kernel's command line, one string each. A parameter replaces the default of its name (`mitigations=off`,
      `audit=0`, `lsm=...` and others, in `lib/debian/machine.nix`). Parameters that the driver depends on are refused: `console`,
      `init`, `panic`, `root` and others.
    '';
  };

  efi = toggle ''
    Boots by EFI (OVMF, without Secure Boot), which takes some 15 seconds longer under emulation. The variables of the firmware are
    kept as the disks are.
  '';

  recordScreen = recordScreen // {
    type.nullOr = recordScreen.type;
    default = null;
    defaultText = "`\"on-failure\"` with `graphics`, otherwise `\"never\"`";
  };

  rootFilesystem = {
    type.enum = [
      "overlay"
      "ext4"
      "xfs"
      "btrfs"
    ];
    default = "overlay";
    example = "ext4";
    description = ''
      File system of the root. `"overlay"` is a read-only image, which nodes with the same packages share, with the disk above it for
      files that are written. The others put the whole root on the writable disk.
    '';
  };

  "qemu.options" = {
    type.listOf = "string";
    default = [ ];
    example = [
      "-device"
      "virtio-rng-pci"
    ];
    description = ''
      Further arguments of QEMU, one string each. Arguments that would replace the node's own (`-append`, `-m`, `-serial` and
      others) are refused by a message that names the option to use instead.
    '';
  };

  warmStart = {
    type.either = [
      "bool"
      {
        set = {
          one = "an attribute set with `condition` and `newMachineId`";
          many = "attribute sets with `condition` and `newMachineId`";
          options = {
            condition = {
              type = "string";
              default = "";
              example = "postgresql.service";
              description = ''
                Condition for the snapshot besides that systemd has done all its jobs: a unit that is active, or a shell command
                that succeeds.
              '';
            };
            newMachineId = toggle ''
              Gives each machine that begins from the snapshot a machine id and SSH host keys of its own, instead of those in the
              snapshot.
            '';
          };
        };
      }
    ];
    default = false;
    example = true;
    description = ''
      Begins tests from a snapshot of the node instead of booting it. A derivation of its own boots the node once. Nodes with the same
      definition share the snapshot, in all tests.
    '';
  };

  variants = {
    type.lazyAttrsOf.either = [
      { listOf = "anything"; }
      "attributes"
    ];
    default = { };
    exampleText = ''
      {
        kernel = [ "bookworm" "trixie" ];
        server.nginx = { packages = [ "nginx" ]; };
        server.flask = { packages = [ "python3-flask" ]; };
      }
    '';
    description = ''
      What the script can change while the machine is off, by `use_variant()`. A list has values of the option that it is called
      after. An attribute set has parts of a node by name, which are merged with the rest.
    '';
  };

  variantCombinations = {
    type.either = [
      {
        enum = [
          "all"
          "pairwise"
        ];
      }
      { listOf = "attributes"; }
    ];
    default = "all";
    example = [ { kernel = "bookworm"; } ];
    description = ''
      Combinations of `variants` that are built, 24 at most. `"pairwise"` builds so few that each pair of values of two variants is in
      one. Each entry of a list stands for all combinations that have its values.
    '';
  };
}
