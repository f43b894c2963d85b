# Python packages that a test brings along: a Debian package with a library in C, and an extension of the driver.
{
  name = "extensions";
  globalTimeout = 300;
  extraPythonPackages = [
    "python3-psutil"
    ../../driver/tests/support/greetings_extension
  ];
  nodes.machine.warmStart = true;
  testScript = ''
    import json
    from pathlib import Path

    import psutil

    # What it has in C is loaded.
    cores: int = psutil.cpu_count() or 0
    assert cores > 0, psutil.__file__

    assert machine.greet("you", times=2) == "hello hello you\n"
    assert machine.greet_processors() == ["hello, processor 0 of machine"]
    assert greet_from_all("all") == ["hello all\n"], greeting
    lines = Path(machine.out_dir, "events.jsonl").read_text().splitlines()
    steps = {event["name"]: event["phase"] for line in lines if (event := json.loads(line))["kind"] == "step-begin"}
    assert steps["greeting you 2 times"] == steps["everybody greets all"] == "transfer", steps
  '';
}
