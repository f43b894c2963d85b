# The builder of a pinned file that is not in the store.
"$builder" cat >&2 <<END
rehearse: $kind $package $version is not in the store.
  Builds have no network: put the pinned packages into the store beforehand, in the folder of the flake:
    $program fetch                               for all checks
    $program fetch checks.x86_64-linux.NAME      for one test
  In rehearse itself that is \`nix run .#debian -- fetch\`; ./demo and ./check do it by themselves.
END
exit 1
