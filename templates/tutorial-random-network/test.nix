# Random networks: which machines are on, with which kernel, memory and file system, and which of them they reach.
let
  machine = {
    # Each variant is booted once, and starts from its snapshot in half a second.
    warmStart = true;
    variants = {
      # A failure is shown with the first values that still provoke it: what is plain comes first.
      kernel = [
        "trixie"
        "testing"
        "bookworm"
      ];
      memorySize = [
        144
        256
      ];
      rootFilesystem = [
        "overlay"
        "ext4"
        "xfs"
      ];
    };
    # Eight combinations of the eighteen: each kernel with each size of memory, and each file system with the plainest.
    variantCombinations = [
      { rootFilesystem = "overlay"; }
      {
        kernel = "trixie";
        memorySize = 144;
      }
    ];
  };
in
{
  name = "seed-random-network";

  nodes = {
    a = machine;
    b = machine;
    c = machine;
    d = machine;
  };

  testScript = ''
    ${builtins.readFile ./network.py}

    Network.run(seconds=60, max_examples=20, steps=10, seed=1)
  '';
}
