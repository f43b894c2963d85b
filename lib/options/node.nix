# Options of `nodes.<name>`, a NixOS machine in QEMU, beside those of NixOS.
let
  internal = builtins.mapAttrs (_: option: option // { isInternal = true; });
in
import ./nixos-machine.nix
// {
  "testing.warmStart" = {
    type.either = [
      "bool"
      {
        set = {
          one = "an attribute set with `enable`, `condition` and `newMachineId`";
          many = "attribute sets with `enable`, `condition` and `newMachineId`";
          options = {
            enable = {
              type = "bool";
              default = false;
              example = true;
              description = ''
                Begins tests from a snapshot of the machine instead of booting it. A derivation of its own boots the machine alone,
                waits until systemd has done all its jobs, and saves memory, devices and disks. Machines with the same definition but
                for their names and networks share the snapshot, in all tests. The store of such a machine is an image, and it has
                no folders of the host.
              '';
            };
            condition = {
              type = "string";
              default = "";
              example = "postgresql.service";
              description = "Condition for the snapshot: a unit that is active, or a shell command that succeeds.";
            };
            newMachineId = {
              type = "bool";
              default = false;
              example = true;
              description = ''
                Gives each machine that begins from the snapshot a machine id and SSH host keys of its own, instead of those in
                the snapshot.
              '';
            };
          }
          // internal {
            isSaved = {
              type = "bool";
              default = false;
              description = "Whether this is the configuration of the snapshot, which has no name and no address.";
            };
            saved = {
              type = "anything";
              isReadOnly = true;
              defaultText = "this configuration without name and addresses";
              description = "Configuration of the snapshot.";
            };
            become = {
              type = "anything";
              isReadOnly = true;
              defaultText = "set by the framework";
              description = "Identity that the driver gives a machine that begins from the snapshot.";
            };
          };
        };
      }
    ];
    default = { };
    example = true;
    description = "Begins tests from a snapshot of the machine, if it is `true`; the attributes say more.";
  };

  "virtualisation.powerCuts" = {
    type = "bool";
    default = false;
    example = true;
    description = ''
      Logs what the machine writes to its disks, so that `power_cut()` can undo what was not flushed. The log takes as much room as
      all that is written while the machine is on, and the disks are copied at each start.
    '';
  };

  "virtualisation.recordScreen" = import ./record-screen.nix // {
    defaultText = "`\"on-failure\"` on a machine with graphics, otherwise `\"never\"`";
  };

  "virtualisation.variants" = {
    type.lazyAttrsOf.lazyAttrsOf = "module";
    default = { };
    exampleText = ''
      {
        kernel.old = { pkgs, ... }: { boot.kernelPackages = pkgs.linuxPackages_6_6; };
        kernel.new = { pkgs, ... }: { boot.kernelPackages = pkgs.linuxPackages_latest; };
        memory.little.virtualisation.memorySize = 256;
        memory.much.virtualisation.memorySize = 2048;
      }
    '';
    description = ''
      Variants of the machine, which a script chooses while the machine is off: `machine.use_variant(kernel="old",
      memory="much")`. For each thing that varies there are modules by name, and one of each is added to the machine's
      configuration. All variants that `virtualisation.variantCombinations` leaves are built. Until the script chooses, the machine
      has none of these modules.
    '';
  };

  "virtualisation.variantCombinations" = {
    type.either = [
      {
        enum = [
          "all"
          "pairwise"
        ];
      }
      { nonEmptyListOf.attrsOf = "string"; }
    ];
    default = "all";
    example = [ { kernel = "old"; } ];
    description = ''
      Combinations of `virtualisation.variants` that are built, 24 at most. `"pairwise"` builds so few that each pair of values of two
      variants is in one. Each entry of a list stands for all combinations that have its values.
    '';
  };
}
// internal {
  "virtualisation.variantMachines" = {
    type.listOf = "anything";
    isReadOnly = true;
    isSet = true;
    description = "Values of each variant, and the configuration that they make.";
  };

  "virtualisation.test.problems" = {
    type.listOf = "string";
    isReadOnly = true;
    isSet = true;
    description = "Faults of the machine, one sentence for each definition that cannot work.";
  };

  "virtualisation.qemu.enableSharedMemory" = {
    type = "bool";
    isSet = true;
    isDeclaredByNixos = true;
    description = "Shares the memory of the machine with processes beside QEMU. NixOS has it since 2026; older ones accept it.";
  };

  "virtualisation.qemu.forceAccel" = {
    type = "bool";
    isSet = true;
    isDeclaredByNixos = true;
    description = "Fails the test without KVM. NixOS has it since 2026; older ones accept it.";
  };
}
