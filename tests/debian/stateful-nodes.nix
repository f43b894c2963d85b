# Four machines, each of any kernel and with little memory or more, all of them warm: what random networks are made of.
extra:
let
  node = {
    warmStart = true;
    variants = {
      kernel = [
        "bookworm"
        "trixie"
        "testing"
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
