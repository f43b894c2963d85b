/**
  What two frameworks must agree on for tests of a nixpkgs tree, as data.

  Type: { tree :: path, names ? null | [ string ], under ? null | string, whole ? bool } -> [ facts ] | [ string ]

  Each of `names` is an attribute of `nixos/tests/all-tests.nix`, one inside of an attribute (`boot.uefiUsb`), or the
  absolute path of a test module. Without `names` the value is the list of attributes: the top ones, or those of the attribute `under`.

  `whole` adds the derivations that users build, which takes all of each machine's configuration.
*/
{
  tree,
  names ? null,
  under ? null,
  whole ? false,
}:
let
  pkgs = import tree {
    system = "x86_64-linux";
    config = { };
    overlays = [ ];
  };
  inherit (pkgs) lib;

  facts = import ./test-facts.nix { inherit lib whole; };

  tests = import (tree + "/nixos/tests/all-tests.nix") {
    inherit pkgs;
    inherit (pkgs.stdenv.hostPlatform) system;
    # Some attributes are derivations of tests, which this is not called for.
    callTest =
      given:
      let
        test = if given ? testScriptString then given else given.config;
      in
      # Some attributes are made of a test's derivations.
      facts test // { config = test; };
  };

  fromFile =
    file:
    facts
      ((import (tree + "/nixos/lib") { inherit lib; }).evalTest {
        imports = [ (/. + file) ];
        hostPkgs = pkgs;
      }).config;

  shown =
    value:
    if lib.isDerivation value then
      (if value ? config.script then value.config else forced value)
    else if lib.isAttrs value then
      lib.mapAttrs (_: shown) (
        removeAttrs value (
          [
            "override"
            "overrideDerivation"
          ]
          ++ lib.optional (value ? script && value ? machines) "config"
        )
      )
    else if lib.isFunction value then
      "function"
    else
      value;
  # It is no test, but may hold one.
  forced = value: lib.optionalString whole (lib.seq value.drvPath "") + "derivation";

  found =
    name:
    let
      parts = lib.splitString "." name;
      inner = lib.concatStringsSep "." (lib.tail parts);
    in
    if lib.hasPrefix "/" name then
      fromFile name
    else
      # Some attributes have a dot in their name.
      tests.${name} or tests.${lib.head parts}.${inner} or (lib.getAttrFromPath parts tests);
in
if names != null then
  map (name: shown (found name)) names
else if under != null then
  let
    value = tests.${under};
  in
  lib.optionals (lib.isAttrs value && !(lib.isDerivation value)) (lib.attrNames value)
else
  lib.attrNames tests
