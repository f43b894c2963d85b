# The shell that stays in a guest and runs the driver's commands, one after the other. The driver
# sends it in, as the input of `bash -s`, with the names of two ports and a greeting as arguments.
#
# The first port brings requests, and takes what commands write to stdout; the second one takes
# stderr. The greeting says that this shell has the ports, and not an older one. Then comes a word
# that stands in each message from here, and that no output has by chance. Any other request is 32
# characters (a number; the length of the command in bytes; a kind; whether it is all ASCII) and the
# command. The number 0 is the last one; then comes 1 if the driver waits for the rest of stderr. The kinds are `null`, a command without stdin; `plain`, one that cannot
# tell whether its shell is new; `port`, one whose stdin the port is; `here`, for this shell itself,
# when it is kept with the machine and when it goes on (with a new word: what is still under way has
# the old one); and `next`, without a command: the answer comes when the shell of the next command
# waits. Behind the output stands, on both ports,
# "WORD end NUMBER", and on the first also "STATUS HELD LEFT": HELD is 1 if somebody still holds the
# pipes to the ports, and LEFT are the processes that the command has left behind. After the last
# request, "WORD end 0" on the second port says that this was the rest; what comes later goes to the
# console (late_stderr.bash).
#
# Commands write to pipes, not to the ports, so that they can open /dev/stdout. Each has a bash of
# its own (fresh_shell.py), whose text is in lane_shell: it is started when the one before has taken
# its command and that has ended, and waits. To start one takes an emulated machine longer than all
# else here, so those that cannot tell have a copy of this shell.
#
# shellcheck disable=SC2154 # lane_shell and lane_late are set before this text

# lane_open NAME: open the port of this name as lane_opened. A shell that an earlier connection of
# the driver has left behind may still hold it: nobody else may, so it is ended.
lane_open() {
  local entry name device holder tries
  device=/dev/virtio-ports/$1 # as udev names it
  for entry in /sys/class/virtio-ports/*; do
    { read -r name <"$entry/name"; } 2>/dev/null && [[ $name == "$1" ]] && device=/dev/${entry##*/}
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

# lane_survey PROCESS YOUNGEST: find out who is left of the command that this process was the shell
# of, and who holds the pipes. Only processes that are younger than the youngest one was before can
# be; loadavg has the youngest.
lane_survey() {
  local seen=$2 last process processes stat entry
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
      ((process > $2 || last < $2)) || continue
      case $process in "$$" | "$lane_out_cat" | "$lane_err_cat") continue ;; esac
      { read -r stat <"/proc/$process/stat"; } 2>/dev/null || continue
      # shellcheck disable=SC2086 # behind the name: state, parent, group
      set -- "$1" "$2" ${stat##*) }
      [[ $3 == [ZX] ]] && continue
      [[ $5 == "$1" ]] && stat=${stat%)*} && lane_left+=" $process ${stat#*(}"
      for entry in "/proc/$process/fd/"*; do
        [[ $entry -ef /proc/self/fd/$lane_out || $entry -ef /proc/self/fd/$lane_err ]] && lane_held=1
      done
    done
    seen=$last
  done
  lane_held=1 # nobody can tell
}

# lane_settle PROCESS: wait until a process waits for something, if it does so within a second.
lane_settle() {
  local stat
  for _ in {1..50}; do
    read -r stat <"/proc/$1/stat" && [[ $stat != *") S "* ]] || break
    sleep 0.02
  done
}

# lane_end NUMBER STATUS: say that a request is done.
lane_end() {
  printf '%s end %d %d %d %.500s\n' "$lane_word" "$1" "$2" "$lane_held" "$lane_left" >&"$lane_out"
  printf '%s end %d\n' "$lane_word" "$1" >&"$lane_err"
}

# lane_copy PORT: have a process copy what is written to the descriptor lane_copied to a port. It
# takes a coprocess, since `>( )` needs /dev/fd.
lane_copy() {
  coproc lane_cat {
    [[ ! -v lane_out ]] || exec {lane_out}>&- {lane_next}<&-
    exec cat >&"$1" {lane_port}>&-
  }
  exec {lane_copied}>&"${lane_cat[1]}"
  lane_copier=$lane_cat_PID
}

# lane_become: be the process of a command, whose stdin is set. The pipes are opened anew, so that what
# a command does to them (O_NONBLOCK) does not last. A guest that has lost its /proc loses the lane.
lane_become() {
  trap - TERM HUP INT
  exec >"/proc/self/fd/$lane_out" 2>"/proc/self/fd/$lane_err" {lane_next}<&- \
    {lane_port}>&- {lane_err_port}>&- {lane_out}>&- {lane_err}>&- || kill -KILL "$$"
}

# lane_command_shell TEXT STDIN: start the shell of a command, as lane_process, which reads what it
# has to do from the pipe TEXT. It opens that for reading alone, so that it sees its end.
lane_command_shell() {
  (
    exec 3<"/proc/$$/fd/$1"
    if [[ $2 == port ]]; then exec <&"$lane_port"; else exec </dev/null || exec <&-; fi
    lane_become
    SHLVL=0 # it has one of its own
    exec bash -c "$lane_shell" bash
  ) &
  lane_process=$!
}

# lane_wait_for_command: start the shell of the next command.
lane_wait_for_command() {
  # What nobody has read, because a shell was killed at that moment, is not for the next one.
  while read -t 0 -u "$lane_next"; do IFS= read -r -t 0.01 -N 4096 -u "$lane_next" lane_request; done
  lane_command_shell "$lane_next" null
  lane_waiting=$lane_process
}

# lane_give KIND: have lane_command done by a shell that waits already, or by a new one.
lane_give() {
  read -r _ _ _ _ lane_youngest </proc/loadavg
  if [[ $1 == null && -n $lane_waiting && ${#lane_command} -le 8192 ]]; then
    lane_process=$lane_waiting
    lane_waiting=''
    if kill -0 "$lane_process"; then
      printf '%-31d\n%s' "${#lane_command}" "$lane_command" >&"$lane_next"
      wait -f "$lane_process"
      lane_status=$?
      read -t 0 -u "$lane_next" || return 0 # else it was killed before it had read the command
    fi
  fi # one that waits stays for the next command: two would read from the same pipe
  coproc lane_text {
    exec {lane_port}>&- {lane_err_port}>&- {lane_out}>&- {lane_err}>&-
    read -r _ # bash forgets a coprocess that has ended
    printf '%-31d\n%s' "${#lane_command}" "$lane_command"
  }
  lane_command_shell "${lane_text[0]}" "$1"
  echo >&"${lane_text[1]}"
  wait -f "$lane_process"
  lane_status=$?
}

# A command may well send signals to every bash and every cat there is. They do not end the way in.
trap '' TERM HUP INT
lane_open "$1"
lane_port=$lane_opened
lane_copy "$lane_port"
lane_out=$lane_copied lane_out_cat=$lane_copier
# The pipe that `cat` would write to, opened for both, is the one by which shells are told commands.
exec {lane_next}<>"/proc/self/fd/${lane_cat[0]}" || exit 1
lane_open "$2"
lane_err_port=$lane_opened
lane_copy "$lane_err_port"
lane_err=$lane_copied lane_err_cat=$lane_copier
printf '%s\n' "$3" >&"$lane_port"
set --
set -m # each command has a process group of its own
IFS= read -r -u "$lane_port" lane_word || exit 1
lane_held=0 lane_left='' lane_waits=0
lane_end 0 0
lane_wait_for_command

while IFS= read -r -u "$lane_port" -N 32 lane_request; do
  # shellcheck disable=SC2086 # words
  set -- $lane_request
  if [[ $1 == 0 ]]; then
    lane_waits=$2
    break
  fi
  [[ $4 == ascii ]] || LC_ALL=C # `read -N` counts characters
  IFS= read -r -u "$lane_port" -N "$2" lane_command || break
  [[ $4 == ascii ]] || unset LC_ALL # which takes longer than all else here
  lane_held=0 lane_left='' lane_status=0
  case $3 in
    here)
      eval "$lane_command"
      lane_end "$1" "$?"
      continue
      ;;
    next)
      [[ -z $lane_waiting ]] || lane_settle "$lane_waiting"
      lane_end "$1" 0
      continue
      ;;
  esac
  if [[ $3 == plain ]]; then
    (
      echo 0 >/proc/self/oom_score_adj # as in fresh_shell.py
      cd /tmp || cd /
      exec </dev/null || exec <&-
      lane_become
      set --
      eval "unset lane_word; set -euo pipefail
$lane_command"
    ) &
    lane_process=$!
    wait -f "$lane_process"
    lane_status=$? lane_youngest=$lane_process
  else
    lane_give "$3"
  fi
  lane_survey "$lane_process" "$lane_youngest"
  # A signal to the group ends the rest of it a moment after the command's own process.
  for ((tries = 0; tries < 20 && lane_status > 128; tries++)); do
    [[ $lane_held == 1 && -n $lane_left ]] || break
    sleep 0.02
    lane_survey "$lane_process" "$lane_youngest"
  done
  lane_end "$1" "$lane_status"
  # Without them there is no lane. Its end is told to the driver by QEMU.
  kill -0 "$lane_out_cat" && kill -0 "$lane_err_cat" || break
  [[ -n $lane_waiting ]] || lane_wait_for_command
done
exec {lane_next}>&- # who waits there ends

# Whoever still writes to the pipes can go on doing so: there is always somebody who reads. What a
# process writes in the very moment in which `cat` is killed may be lost.
exec {lane_rest}<"/proc/self/fd/$lane_out" {lane_err_rest}<"/proc/self/fd/$lane_err"
if [[ $lane_waits == 1 ]]; then lane_settle "$lane_err_cat"; fi
kill -KILL "$lane_out_cat" "$lane_err_cat"
if [[ $lane_waits == 1 ]]; then # else nobody may read there, and to write would take for ever
  wait "$lane_err_cat"
  printf '%s end 0\n' "$lane_word" >&"$lane_err_port"
fi
exec {lane_port}>&- {lane_err_port}>&-
cat <&"$lane_rest" >/dev/null {lane_out}>&- {lane_err}>&- {lane_err_rest}<&- &
exec bash -c "$lane_late" <&"$lane_err_rest" >/dev/null {lane_out}>&- {lane_err}>&- {lane_rest}<&-
