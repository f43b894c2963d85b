# The same test from snapshots: nginx serves, the session runs, and Firefox has had its window for a while.
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
      warmStart.condition = "xwininfo -root -tree | grep -q 'Mozilla Firefox' && sleep 20";
    };
  };
}
