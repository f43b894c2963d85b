# Options of a Debian container: of `containers.<name>` in `lib.debian.runTest`.
let
  networks = import ../debian-node/networks.nix;
in
import ../debian-node/contents.nix
// removeAttrs networks [ "forwardPorts" ]
// {
  memorySize = {
    type.nullOr.number = {
      from = 16;
      to = 1048576;
      unit = "MiB";
    };
    default = null;
    defaultText = "no limit";
    example = 256;
    description = ''
      MiB of memory that the processes of the container may have together. It takes the controller `memory` of cgroups, version 2; a
      test that runs where there is none fails at the start of the container.
    '';
  };

  cores = {
    type.nullOr.number = {
      from = 1;
      to = 255;
      unit = "processors";
    };
    default = null;
    defaultText = "all processors of the computer";
    example = 1;
    description = ''
      Number of processors whose time the container may use. It takes the controller `cpu` of cgroups, version 2; a test that runs
      where there is none fails at the start of the container.
    '';
  };
}
