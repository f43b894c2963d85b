/**
  What only `./check --long` builds: a table of contents.

  Type: { debian } -> { <check> = derivation; }
*/
{ debian }: import ./debian/long.nix { inherit debian; } // (import ./seeds.nix { inherit debian; }).long // import ./static/long.nix { inherit debian; }
