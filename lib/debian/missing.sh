# The builder of a pinned file that is not in the store.
"$builder" cat >&2 <<END
rehearse: Debian package $package $version is not in the store.
  What is pinned is fetched beforehand, so that builds need no network:
    nix run .#debian -- fetch checks.x86_64-linux.NAME     (in the flake that has the test)
  ./demo and ./check of rehearse do it by themselves.
END
exit 1
