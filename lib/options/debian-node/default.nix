# Options of a Debian node: of `nodes.<name>` in `lib.debian.runTest`, and of `debian.<name>` in a test of NixOS machines.
import ./contents.nix // import ./networks.nix // import ./machine.nix // import ./graphics.nix
