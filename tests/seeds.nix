/**
  The check `seed-<name>` of each tutorial, made from the very files that `nix flake init -t rehearse#tutorial-<name>`
  gives: templates/tutorial-<name>/test.nix.

  Where a tutorial has the same test from snapshots as well (`warm.nix`), that is the check `seed-<name>-warm`. Both are for
  `./check --long`.

  Type: { debian } -> { checks, long :: { <check> = derivation; } }
*/
{ debian }:
let
  inherit (builtins) attrNames concatMap filter listToAttrs map pathExists stringLength substring;
  templates = import ../templates;
  prefix = "tutorial-";
  after = stringLength prefix;
  names = filter (name: substring 0 after name == prefix) (attrNames templates);
  file = name: base: templates.${name}.path + "/${base}";
  isWarm = name: pathExists (file name "warm.nix");
  check = base: suffix: name: {
    name = "seed-${substring after (-1) name}${suffix}";
    value = debian.runTest (import (file name base));
  };
  cold = check "test.nix" "";
in
{
  checks = listToAttrs (map cold (filter (name: !isWarm name) names));
  long = listToAttrs (
    concatMap (name: [
      (cold name)
      (check "warm.nix" "-warm" name)
    ]) (filter isWarm names)
  );
}
