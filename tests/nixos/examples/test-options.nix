# What a test can ask of the driver: a time limit, text on the screen, Python packages, and no checks of the script.
{ lib, ... }:
{
  imports = [ ./ping.nix ];
  name = lib.mkForce "test-options";

  # Seconds that the whole test may take.
  globalTimeout = 123;

  # Text recognition, for `wait_for_text` and `get_screen_text`.
  enableOCR = true;

  extraPythonPackages = p: [
    p.numpy
    p.pandas
  ];

  # Both find mistakes before a machine boots: leave them out only while you write a script.
  skipLint = true;
  skipTypeCheck = true;

  testScript = lib.mkForce ''
    import numpy
    import pandas

    start_all()
    machine1.wait_for_text("login")
    machine2.wait_for_unit("network-online.target")

    output = machine1.succeed("ping -c 10 -i 0.2 machine2")
    times = pandas.Series([line.split("time=")[1].split()[0] for line in output.splitlines() if "time=" in line], dtype=float)
    machine1.log(f"round trips in milliseconds: {times.describe().to_dict()}")

    assert times.count() == 10, "each ping was answered"
    assert numpy.percentile(times, 90) < 100, "nine of ten answers came within 100 ms"
  '';
}
