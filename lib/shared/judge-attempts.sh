# The report of a test with `flaky`, whose runs are in the store: $runs has their outputs, the oldest first. It has links into the
# run that decides, which is the one that passed, or else the last one. The file `attempts` has a line for each run that took
# place: its exit status and its path. $reason and $until are of the option.
took_place=0
passed=0
mkdir "$out"
for run in $runs; do
  [ ! -e "$run/not-needed" ] || continue
  status=$(cat "$run/exit-status")
  echo "$status $run" >>"$out/attempts"
  took_place=$((took_place + 1))
  decides=$run
  if [ "$status" = 0 ]; then
    passed=1
    break
  fi
done
for file in "$decides"/*; do
  [ "${file##*/}" = exit-status ] || ln -s "$file" "$out/"
done
echo "$status" >"$out/exit-status"
echo "flaky: passed $passed of $took_place runs (reason: $reason; until $until)" >&2
