/**
  One of the locked kernels, with its modules as an erofs image and as files for the initial RAM disk.

  Type: { build, packages, tools } -> value of the option `kernel` -> derivation with `vmlinux`, `vmlinuz`, `modules.erofs`, `modules/` and a `release`
*/
{
  build,
  packages,
  tools,
}:
name:
let
  inherit (builtins)
    filter
    head
    match
    substring
    ;
  isGeneric = name == "trixie-generic";
  suite = if isGeneric then "trixie" else name;
  meta = if isGeneric then "linux-image-amd64" else "linux-image-cloud-amd64";
  image = head (filter (name: match "linux-image-.*" name != null) (packages.dependencies suite meta));
  # Newer kernels come in parts; older ones are one package.
  parts = filter (name: match "linux-(base|binary|modules)-.*" name != null) (
    packages.dependencies suite image
  );
in
build {
  name = "debian-kernel-${name}";
  script = ./kernel.sh;
  release = substring 12 (-1) image;
  debs = packages.files suite ([ image ] ++ parts);
  tools = tools.image;
}
