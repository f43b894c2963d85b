# Four machines, each of any kernel and with little memory or more, all of them warm: what random networks are made of.
extra:
let
  node = {
    warmStart = true;
    variants = {
      # What is tried first, and kept as long as it does not matter, comes first.
      kernel = [
        "trixie"
        "testing"
        "bookworm"
      ];
      memorySize = [
        144
        256
      ];
    };
  }
  // extra;
in
{
  a = node;
  b = node;
  c = node;
  d = node;
}
