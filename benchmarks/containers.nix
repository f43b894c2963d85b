/**
  The tests that `benchmarks/containers.py` builds: from the checkout, with a number that makes each build a new one.

  Type: { checkout :: path, number :: string } -> { edited, starts, compute, leftovers } -> tests
*/
{ checkout, number }:
let
  debian = import (checkout + "/lib/debian") { };
  several =
    count: container:
    builtins.listToAttrs (
      builtins.genList (index: {
        name = "box${toString (index + 1)}";
        value = container;
      }) count
    );
  test =
    name: containers: testScript:
    debian.runTest {
      inherit containers name;
      testScript = "# ${number}\n" + testScript;
    };
in
{
  edited = test "edited" (several 2 { }) ''
    start_all()
    box1.succeed("ping -c 1 box2")
    box2.succeed("ping -c 1 box1")
  '';

  # One after another, and then all at once.
  starts = test "starts" (several 8 { }) ''
    import time


    def started(boxes):
        begin = time.monotonic()
        for box in boxes:
            box.start()
        for box in boxes:
            box.succeed("true")
        return time.monotonic() - begin


    started([box8])
    for box in machines[:5]:
        print(f"SAMPLE one {started([box]):.3f}")
    for box in machines:
        if box.booted:
            box.crash()
    print(f"SAMPLE eight {started(machines):.3f}")
  '';

  # A hundred starts and ends, each way by turns; what is there afterwards was there before.
  leftovers = test "leftovers" (several 1 { }) ''
    import time
    from pathlib import Path


    def seen():
        processes = [path for path in Path("/proc").iterdir() if path.name.isdigit()]
        found = {"processes": len(processes), "mounts": len(Path("/proc/self/mountinfo").read_text().splitlines())}
        for kind in ("mnt", "net", "pid", "cgroup"):
            namespaces = set()
            for process in processes:
                try:
                    namespaces.add(os.readlink(process / "ns" / kind))
                except OSError:
                    pass
            found[kind] = len(namespaces)
        found["files"] = len(os.listdir(f"/proc/{os.getpid()}/fd"))
        # Those of the containers, and what lies beside them.
        found["cgroups"] = len(list(os.walk(box1.backend.cgroup.folder.parents[1])))
        return found


    def cycle(number):
        box1.start()
        box1.succeed("true")
        if number % 2:
            box1.crash()
        else:
            box1.shutdown()


    cycle(0)
    cycle(1)
    time.sleep(1)
    before = seen()
    begin = time.monotonic()
    for number in range(100):
        cycle(number)
    print(f"SAMPLE cycle {(time.monotonic() - begin) / 100:.3f}")
    time.sleep(1)
    after = seen()
    t.assertEqual(before, after)
  '';

  compute = test "compute" { box.packages = [ "python3-minimal" ]; } ''
    import subprocess
    import sys

    # What is run prints its own time, so that the start of a process does not count.
    WORK = {
        "loop": "for i in range(8_000_000): pass",
        "sha256": "import hashlib; hashlib.sha256(bytes(200_000_000)).digest()",
        "zlib": "import zlib; zlib.compress(bytes(range(256)) * 60_000, 9)",
    }
    for name, work in WORK.items():
        program = f"import time; b = time.perf_counter(); exec({work!r}); print(time.perf_counter() - b)"
        box.succeed(f"cat >/root/work.py <<'END'\n{program}\nEND")
        for _ in range(7):
            inside = float(box.succeed("python3 /root/work.py"))
            outside = float(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout)
            print(f"SAMPLE {name} {inside / outside:.3f}")
  '';
}
