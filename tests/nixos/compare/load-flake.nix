/**
  A flake of a folder, evaluated without Nix' own fetching: from inputs that are given, else from its lock file.

  Type: { folder :: path, given :: { <name> = value; }, lock :: lock or null, node :: string } -> flake

  An input that is neither given nor locked is an error only when something reads it.
*/
{
  folder,
  given,
  lock ? null,
  node ? null,
}@arguments:
let
  source = builtins.path {
    name = "source";
    path = folder;
    filter = path: _: baseNameOf path != ".git";
  };
  flake = import (source + "/flake.nix");
  ownLock =
    if lock == null && builtins.pathExists (source + "/flake.lock") then
      builtins.fromJSON (builtins.readFile (source + "/flake.lock"))
    else
      lock;
  ownNode = if node == null && ownLock != null then ownLock.root else node;
  locked = if ownLock == null then { } else ownLock.nodes.${ownNode}.inputs or { };

  declared = flake.inputs or { };
  # `outputs` may name inputs that `inputs` does not.
  names = builtins.attrNames (
    removeAttrs (
      builtins.functionArgs flake.outputs
      // builtins.mapAttrs (_: _: null) declared
      // builtins.mapAttrs (_: _: null) locked
    ) [ "self" ]
  );

  # The name of a node, or the way to it from the root.
  nodeOf =
    reference:
    if builtins.isString reference then
      reference
    else
      builtins.foldl' (at: name: nodeOf ownLock.nodes.${at}.inputs.${name}) ownLock.root reference;

  # What an input of ours makes its own inputs follow.
  following =
    name:
    builtins.mapAttrs (inner: _: input declared.${name}.inputs.${inner}.follows) (
      builtins.listToAttrs (
        map (inner: {
          name = inner;
          value = null;
        }) (
          builtins.filter (inner: !isNull (declared.${name}.inputs.${inner}.follows or null)) (
            builtins.attrNames (declared.${name}.inputs or { })
          )
        )
      )
    );

  isNull = value: value == null || value == "";

  fetched =
    name:
    let
      found = nodeOf locked.${name};
      entry = ownLock.nodes.${found};
      path = builtins.fetchTree (removeAttrs entry.locked [ "dir" ]);
      inner = path + (if entry.locked ? dir then "/" + entry.locked.dir else "");
    in
    if entry.flake or true then
      import ./load-flake.nix {
        folder = inner;
        inherit given;
        lock = ownLock;
        node = found;
      }
    else
      path;

  followed = declared: declared.follows or null;

  input =
    name:
    if given ? ${name} then
      value name given.${name}
    else if !isNull (followed (declared.${name} or { })) then
      input declared.${name}.follows
    else if locked ? ${name} then
      fetched name
    else
      throw "input ${name} of ${toString folder} is not given, and no lock file has it: write --input ${name}=PATH";

  value =
    name: path:
    if builtins.isAttrs path then
      path
    else if builtins.match ".*\\.nix" (toString path) != null then
      stub (import path)
    else if declared.${name}.flake or true && builtins.pathExists (path + "/flake.nix") then
      import ./load-flake.nix {
        folder = path;
        given = following name // given;
      }
    else
      { outPath = toString path; };

  # In the place of a flake, an expression of its outputs may stand.
  stub = expression: if builtins.isFunction expression then expression given else expression;

  inputs = builtins.listToAttrs (
    map (name: {
      inherit name;
      value = input name;
    }) names
  );
  outputs = flake.outputs (inputs // { inherit self; });
  self = outputs // {
    _type = "flake";
    outPath = "${source}";
    lastModified = 0;
    lastModifiedDate = "19700101000000";
    narHash = "sha256-${builtins.hashString "sha256" "${source}"}";
    inherit inputs outputs;
    sourceInfo.outPath = "${source}";
  };
in
self
