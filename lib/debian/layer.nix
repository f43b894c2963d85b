/**
  What one node adds to its packages: files, systemd units and users, as a small erofs image laid over theirs.

  Type: { build, packages, tools } -> { name, files, services, users, image } -> derivation with `layer.erofs` and `tree/`
*/
{ build, tools, ... }:
{
  name,
  files,
  services,
  users,
  image,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    concatStringsSep
    length
    map
    ;
  units = import ./units.nix;

  # One entry a file: where it lies, its mode, and its content as text or as a path to copy.
  entries =
    map (path: {
      inherit path;
      inherit (files.${path}) mode;
      content = files.${path};
    }) (attrNames files)
    ++ map (unit: {
      path = "/etc/systemd/system/${unit.name}";
      mode = "0644";
      content = { inherit (unit) text; };
    }) (units services);

  # Environment variables hold no more than 128 KiB, so that texts are handed over as files.
  handed = builtins.listToAttrs (
    builtins.genList (index: {
      name = "content${toString index}";
      value = (builtins.elemAt entries index).content.text or "";
    }) (length entries)
  );

  line =
    index:
    let
      entry = builtins.elemAt entries index;
    in
    "${entry.mode} ${
      if entry.content ? source then "${entry.content.source}" else "-"
    } ${entry.path}";
in
build (
  handed
  // {
    name = "debian-layer-${name}";
    script = ./layer.sh;
    passAsFile = attrNames handed ++ [
      "manifest"
      "links"
      "accounts"
    ];
    manifest = concatStringsSep "\n" (builtins.genList line (length entries));
    links = concatStringsSep "\n" (concatLists (map (unit: unit.links) (units services)));
    accounts = concatStringsSep "\n" (attrValues ((import ./accounts.nix).lines users));
    tools = tools.image;
    inherit image;
  }
)
