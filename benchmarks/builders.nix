/**
  Tests for the benchmark of suites, each of which is another one for another `number`.

  Type: { rehearse, number } -> { sleepers, pairs :: count -> { <test> = derivation; } }
*/
{ rehearse, number }:
let
  inherit (rehearse.lib.debian) runTest;
  several =
    prefix: make: count:
    builtins.listToAttrs (
      builtins.genList (
        index:
        let
          name = "${prefix}-${toString index}";
        in
        {
          inherit name;
          value = runTest ({ inherit name; } // make name);
        }
      ) count
    );
in
{
  # The driver with a script that waits: what a suite adds is what is measured, and not how machines share processors.
  sleepers = several "sleeper" (name: {
    nodes.machine = { }; # is not started
    testScript = ''
      import time

      time.sleep(5)  # ${name} of run ${number}
    '';
  });

  pairs = several "pair" (name: {
    nodes = {
      one = { };
      two = { };
    };
    testScript = ''
      start_all()
      one.wait_until_succeeds("ping -c 1 -W 1 two")  # ${name} of run ${number}
      two.wait_until_succeeds("ping -c 1 -W 1 one")
    '';
  });
}
