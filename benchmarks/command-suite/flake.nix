# Tests for benchmarks/command.py, which copies this folder and the project's lib beside it, and writes values.json.
{
  outputs =
    { self }:
    let
      debian = import ./lib/debian { system = "x86_64-linux"; };
      values = builtins.fromJSON (builtins.readFile ./values.json);
      report =
        name:
        debian.build {
          name = "vm-test-report-${name}";
          script = ./report.sh;
          testName = name;
          seconds = toString values.seconds;
          inherit (values) salt;
        };
      test = name: report name // { report = report name; };
      names = builtins.genList (number: "t${toString number}") values.tests;
    in
    {
      checks.x86_64-linux = builtins.listToAttrs (map (name: { inherit name; value = test name; }) names);
    };
}
