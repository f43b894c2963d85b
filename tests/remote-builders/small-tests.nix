# A flake with ten tests that boot nothing. One of them fails.
{
  outputs = _: {
    tests = builtins.listToAttrs (
      builtins.genList (
        number:
        let
          name = if number == 9 then "fails" else "small-${toString number}";
          report = derivation {
            name = "vm-test-report-${name}";
            test = name;
            status = if name == "fails" then 1 else 0;
            system = "x86_64-linux";
            builder = "${./bin}/busybox";
            args = [
              "sh"
              ./small-report.sh
            ];
          };
        in
        {
          inherit name;
          value = report // {
            inherit report;
          };
        }
      ) 10
    );
  };
}
