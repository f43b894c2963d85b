# Make $out/tree and $out/layer.erofs from the list of files, the links of units, and the accounts.
tree=$out/tree
mkdir -p "$tree"

LC_ALL=C "$tools/bin/perl" -I "$tools/usr/lib/x86_64-linux-gnu/perl-base" "$writeFiles" "$tree" "$filesPath"

# passAsFile writes no newline at the end, where `read` fails but has read.
while read -r link || [ -n "$link" ]; do
  [ -n "$link" ] || continue
  mkdir -p "$tree/etc/systemd/system/${link%/*}"
  ln -s "../${link##*/}" "$tree/etc/systemd/system/$link"
done <"$linksPath"

# The databases of the packages with the node's users behind; a home is made at start, from /etc/skel.
add_user() {
  if grep -q "^[^:]*:[^:]*:$uid:" "$tree/etc/passwd"; then
    echo "rehearse: user $user: uid $uid is that of another user of the node's packages; give it another \`uid\`" >&2
    exit 1
  fi
  printf '%s:x:%s:%s::%s:%s\n' "$user" "$uid" "$uid" "$home" "$shell" >>"$tree/etc/passwd"
  printf '%s:x:%s:\n' "$user" "$uid" >>"$tree/etc/group"
  printf '%s:!::\n' "$user" >>"$tree/etc/gshadow"
  case $password in
    =) hash= ;;
    =*) hash=$("$tools/bin/perl" -e 'print crypt($ARGV[0], q($6$rehearse$))' "${password#=}") ;;
    *) hash='!' ;;
  esac
  printf '%s:%s:20000:0:99999:7:::\n' "$user" "$hash" >>"$tree/etc/shadow"
  printf 'C %s 0700 %s %s - /etc/skel\nZ %s - %s %s\n' "$home" "$user" "$user" "$home" "$user" "$user" \
    >>"$tree/etc/tmpfiles.d/rehearse-users.conf"
  for group in $(printf '%s' "$groups" | tr ',' ' '); do
    grep -q "^$group:" "$tree/etc/group" || {
      echo "rehearse: user $user: extraGroups names the group $group, which none of the node's packages has" >&2
      exit 1
    }
    sed -i "/^$group:/ { s/\([^:]\)\$/\1,$user/; t; s/\$/$user/ }" "$tree/etc/group"
  done
}
if [ -s "$accountsPath" ]; then
  mkdir -p "$tree/etc/tmpfiles.d"
  for file in passwd group shadow gshadow; do
    cp "$image/etc/$file" "$tree/etc/$file"
    chmod u+w "$tree/etc/$file"
  done
  tab=$(printf '\t')
  while IFS=$tab read -r user uid home shell password groups || [ -n "$user" ]; do
    grep -q "^$user:" "$tree/etc/passwd" && {
      echo "rehearse: user $user: one of the node's packages has a user of this name" >&2
      exit 1
    }
    add_user
  done <"$accountsPath"
  chmod 0640 "$tree/etc/shadow" "$tree/etc/gshadow"
fi

"$tools/bin/mkfs.erofs" --quiet --all-root -T1 -U 00000000-0000-4000-8000-000000000002 "$out/layer.erofs" "$tree"
