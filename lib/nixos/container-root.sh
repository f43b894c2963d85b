# Make the folder $root of a NixOS container. $store is the Nix store, and $writable_store is empty if the container only reads it.
: "${root:?}" "${store:?}" "${writable_store?}"

# overlay_store: paths that the container adds lie in a layer over the store of this computer. Fails where the kernel refuses it,
# as it may in the Nix sandbox.
overlay_store() {
  mkdir -p "$root/nix/.rw-store/upper" "$root/nix/.rw-store/work"
  # Colons and commas in $root would be special.
  (cd "$root" && mount -t overlay overlay -o "lowerdir=$store,upperdir=nix/.rw-store/upper,workdir=nix/.rw-store/work" ".$store") 2>/dev/null
}

# mount_each_path: every store path is a mount of its own in the container's folder, beside which it adds others. Links in their
# place would not do: Nix refuses store paths that are links to others.
mount_each_path() {
  for path in "$store"/*; do
    place=$root$store/${path##*/}
    if [ -L "$path" ]; then
      [ -L "$place" ] || cp -P "$path" "$place"
      continue
    elif [ -d "$path" ]; then
      mkdir -p "$place"
    else
      [ -e "$place" ] || : >"$place"
    fi
    mount --bind "$path" "$place"
    mount -o remount,bind,ro "$place" 2>/dev/null || true
  done
}

mkdir -p "$root/usr" "$root/etc" "$root/tmp" "$root$store"
if [ -n "$writable_store" ]; then overlay_store || mount_each_path; fi
