# Make $out/identity with the files hostname, hosts and interfaces, and $out/identity.cpio with the folder.
mkdir -p identity "$out"
printf '%s\n' "$hostName" >identity/hostname
printf '%s\n' "$hosts" >identity/hosts
printf '%s\n' "$interfaces" | sed '/^$/d' >identity/interfaces
find identity -exec touch -d @1 {} +
find identity | sort | cpio -o -H newc -R 0:0 --ignore-devno --renumber-inodes >"$out/identity.cpio"
cp -R identity "$out"
