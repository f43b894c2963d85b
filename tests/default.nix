/**
  Every check of this project: a table of contents.

  Type: { debian } -> { <check> = derivation; }
*/
{ debian }:
let
  prefixed =
    prefix: set:
    builtins.listToAttrs (
      map (name: {
        name = "${prefix}-${name}";
        value = set.${name};
      }) (builtins.attrNames set)
    );
in
prefixed "debian" (import ./debian { inherit debian; })
// prefixed "interactive" (import ./interactive { inherit debian; })
// prefixed "must-fail" (import ./must-fail { inherit debian; })
// (import ./seeds.nix { inherit debian; }).checks
// import ./suite { inherit debian; }
// {
  remote-builders = import ./remote-builders/check.nix { inherit debian; };
}
// import ./static { inherit debian; }
