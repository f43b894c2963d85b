# Collect what a test has left that ran each of its files by itself: $runs has a line for each, its name and the output of its
# run. Of runs that build whether they pass or not, exit-status is the highest.
mkdir "$out"
highest=
while read -r name run; do
  ln -s "$run" "$out/$name"
  [ -e "$run/exit-status" ] || continue
  status=$(cat "$run/exit-status")
  [ "${highest:-0}" -ge "$status" ] && [ -n "$highest" ] || highest=$status
done <<END
$runs
END
[ -z "$highest" ] || echo "$highest" >"$out/exit-status"
