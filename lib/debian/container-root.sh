# Make the folder $root of a Debian container: an overlay over what the archives $images have, the first of them on top, with the
# identity that the folder $identity has. What the container writes is in $files. The archives are unpacked in $CONTAINER_IMAGES.
: "${root:?}" "${images:?}" "${identity:?}" "${files:=files}" "${CONTAINER_IMAGES:?}"

lower=''
for image in $images; do
  image=${image%/root.tar}
  lower=${lower:+$lower:}${image##*/}
done

# The kernel has left a mark in this folder that what the last run wrote may not be on the disk. It is.
[ ! -d "$files/work" ] || rm -rf "$files/work"
mkdir -p "$files/upper" "$files/work"
files=$PWD/$files
mounted=$PWD/$root
# Relative names of what is below: colons and commas would be special.
(cd "$CONTAINER_IMAGES" && mount -t overlay overlay -o "userxattr,volatile,lowerdir=$lower,upperdir=$files/upper,workdir=$files/work" "$mounted") ||
  fail "cannot mount an overlay on its root (see above). In a build, the kernel must let a user namespace do that: use Linux 5.11 or newer, with the module overlay (modprobe overlay)."
cp "$identity/hostname" "$identity/hosts" "$root/etc/"
