/**
  Checks that take too long for every run, or download too much: `./check --long`.

  Type: { debian } -> { <check> = derivation; }
*/
{ debian }:
let
  check =
    name: tools:
    debian.build {
      inherit name tools;
      script = ./${name}.sh;
      library = ./with-shell.sh;
      source = ../..;
    };
in
{
  unit-tests-browser = check "unit-tests-browser" debian.tools.browser;
  unit-tests-properties = check "unit-tests-properties" debian.tools.development;
}
