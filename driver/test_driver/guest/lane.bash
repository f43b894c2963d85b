# The shell that stays in a guest and runs the driver's commands, one after the other. The driver
# sends it in, as the input of `bash -s`, with the names of two ports and a greeting as arguments.
#
# The first port brings requests, and takes what commands write to stdout; the second one takes
# stderr. The greeting says that this shell has the ports, and not an older one. Then comes a word
# that stands in each message from here, and that no output has by chance. Any other request is 32
# characters (a number, 0 being the last; the length of the command in bytes; a kind; whether it is
# all ASCII) and the command. The kinds are `null`, a command without stdin; `port`, one whose stdin
# the port is; `here`, for this shell itself, when it is kept with the machine and when it goes on
# (with a new word: what is still under way has the old one); and `next`, without a command: the
# process of the next one is made, and waits. Behind the output stands, on both ports,
# "WORD end NUMBER", and on the first also "STATUS HELD LEFT": HELD is 1 if somebody still holds the
# pipes to the ports, and LEFT are the processes that the command has left behind.
#
# Commands write to pipes, not to the ports, so that they can open /dev/stdout.

# lane_open NAME: open the port of this name as lane_opened. A shell that an earlier connection of
# the driver has left behind may still hold it: nobody else may, so it is ended.
lane_open() {
  local entry name device holder tries
  for entry in /sys/class/virtio-ports/*; do
    read -r name <"$entry/name" && [[ $name == "$1" ]] && device=/dev/${entry##*/}
  done
  for ((tries = 0; tries < 40; tries++)); do
    { exec {lane_opened}<>"$device"; } 2>/dev/null && return
    sleep 0.05
    ((tries < 10)) && continue # it may be about to end, and has things to do then
    for holder in /proc/[0-9]*/fd/*; do
      if [[ $holder -ef $device ]]; then
        holder=${holder#/proc/}
        kill -KILL "${holder%%/*}"
      fi
    done
  done
  exit 1
}

# lane_survey PROCESS: find out who is left of the command that this process was the shell of, and
# who holds the pipes. Only processes that are younger can be; loadavg has the youngest.
lane_survey() {
  local seen=$1 last process processes stat entry
  lane_held=0 lane_left=
  for _ in {1..10}; do
    read -r _ _ _ _ last </proc/loadavg
    [[ $last != "$seen" ]] || return
    if ((seen < last && last - seen < 100)); then
      eval "processes=({$((seen + 1))..$last})"
    else
      processes=()
      for process in /proc/[0-9]*; do processes+=("${process#/proc/}"); done
    fi
    for process in "${processes[@]}"; do
      ((process > $1 || last < $1)) || continue
      case $process in "$$" | "$lane_out_cat" | "$lane_err_cat") continue ;; esac
      { read -r stat <"/proc/$process/stat"; } 2>/dev/null || continue
      # shellcheck disable=SC2086 # behind the name: state, parent, group
      set -- "$1" ${stat##*) }
      [[ $2 == [ZX] ]] && continue
      [[ $4 == "$1" ]] && stat=${stat%)*} && lane_left+=" $process ${stat#*(}"
      for entry in "/proc/$process/fd/"*; do
        [[ $entry -ef /proc/self/fd/$lane_out || $entry -ef /proc/self/fd/$lane_err ]] && lane_held=1
      done
    done
    seen=$last
  done
  lane_held=1 # nobody can tell
}

# lane_end NUMBER STATUS: say that a request is done.
lane_end() {
  printf '%s end %d %d %d %.500s\n' "$lane_word" "$1" "$2" "$lane_held" "$lane_left" >&"$lane_out"
  printf '%s end %d\n' "$lane_word" "$1" >&"$lane_err"
}

lane_open "$1"
lane_port=$lane_opened
exec {lane_out}> >(exec cat >&"$lane_port")
lane_out_cat=$!
lane_open "$2"
lane_err_port=$lane_opened
exec {lane_err}> >(exec cat >&"$lane_err_port" {lane_port}>&- {lane_out}>&-)
lane_err_cat=$!
printf '%s\n' "$3" >&"$lane_port"
set --
set -m # each command has a process group of its own
IFS= read -r -u "$lane_port" lane_word || exit 1
lane_held=0 lane_left=
lane_end 0 0

while IFS= read -r -u "$lane_port" -N 32 lane_request; do
  # shellcheck disable=SC2086 # words
  set -- $lane_request
  [[ $1 != 0 ]] || break
  [[ $4 == ascii ]] || LC_ALL=C # `read -N` counts characters
  IFS= read -r -u "$lane_port" -N "$2" lane_command || break
  [[ $4 == ascii ]] || unset LC_ALL # which takes longer than all else here
  if [[ $3 == here ]]; then
    lane_held=0 lane_left=
    eval "$lane_command"
    lane_end "$1" "$?"
    continue
  fi
  lane_process=
  if [[ -v lane_next ]]; then # and if it is not used now, it ends
    if [[ $3 == null && $4 == ascii ]] && kill -0 "$lane_waiting"; then
      lane_process=$lane_waiting
      printf '%-31d\n%s' "$2" "$lane_command" >&"$lane_next"
    fi
    exec {lane_next}>&-
    unset lane_next
  fi
  if [[ -z $lane_process ]]; then
    [[ $3 != next ]] || exec {lane_next}<> <(:)
    cd /tmp || break
    (
      if [[ $3 == next ]]; then
        exec {lane_wait}<"/proc/self/fd/$lane_next" {lane_next}>&-
        IFS= read -r -u "$lane_wait" -N 32 lane_request || exit
        IFS= read -r -u "$lane_wait" -N "${lane_request%% *}" lane_command || exit
        exec {lane_wait}<&-
      fi
      # The pipes are opened anew, so that what a command does to them (O_NONBLOCK) does not last.
      if [[ $3 == port ]]; then exec <&"$lane_port"; else exec </dev/null; fi
      exec >"/proc/self/fd/$lane_out" 2>"/proc/self/fd/$lane_err" \
        {lane_port}>&- {lane_err_port}>&- {lane_out}>&- {lane_err}>&-
      set --
      eval "unset lane_word; set -euo pipefail
$lane_command"
    ) &
    lane_process=$!
  fi
  if [[ $3 == next ]]; then
    lane_waiting=$lane_process
    lane_end "$1" 0
    continue
  fi
  wait -f "$lane_process"
  lane_status=$?
  lane_survey "$lane_process"
  lane_end "$1" "$lane_status"
  # Without them there is no lane. Its end is told to the driver by QEMU.
  kill -0 "$lane_out_cat" && kill -0 "$lane_err_cat" || break
done
[[ ! -v lane_next ]] || exec {lane_next}>&- # who waits there ends

# Whoever still writes to the pipes can go on doing so: there is always somebody who reads.
exec {lane_port}>&- {lane_err_port}>&- \
  {lane_rest}<"/proc/self/fd/$lane_out" {lane_err_rest}<"/proc/self/fd/$lane_err"
kill "$lane_out_cat" "$lane_err_cat"
cat <&"$lane_rest" >/dev/null {lane_out}>&- {lane_err}>&- {lane_err_rest}<&- &
exec cat <&"$lane_err_rest" >/dev/null {lane_out}>&- {lane_err}>&- {lane_rest}<&-
