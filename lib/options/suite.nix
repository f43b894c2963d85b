# What `lib.suite` takes.
{
  name = (import ./test/debian.nix).name // {
    example = "all";
    description = "Name of the suite on its page, and in the derivation `suite-<name>`.";
  };

  tests = {
    type.either = [
      { lazyAttrsOf = "anything"; }
      { listOf = "anything"; }
    ];
    required = true;
    exampleText = "{ web = runTest ./web.nix; db = runTest ./db.nix; }";
    description = ''
      Tests by name: what `lib.debian.runTest` and `lib.runTest` return, and any derivation with an attribute `report`. A tree of
      tests, such as a `matrix` makes, has a test for each leaf, whose name has the names on the way to it. In a list, a test has
      the name in its option `name`.
    '';
  };

  hostPkgs = {
    type.nullOr = "packageSet";
    default = null;
    exampleText = "nixpkgs.legacyPackages.x86_64-linux";
    description = "Packages of nixpkgs to make the suite with. Debian packages do it without.";
  };
}
