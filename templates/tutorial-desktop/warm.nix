# The same test from snapshots: nginx serves, the session runs, Firefox has its window, and has ended the work of its start.
let
  test = import ./test.nix;
  inherit (test.nodes) desktop server;
in
test
// {
  name = "seed-desktop-warm";
  nodes = {
    server = server // {
      warmStart.condition = "nginx.service";
    };
    desktop = desktop // {
      warmStart.condition = "xwininfo -root -tree | grep -q 'Mozilla Firefox' && grep -q '^0' /proc/loadavg";
    };
  };
}
