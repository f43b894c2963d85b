# The shell that stays in a guest and runs the driver's commands, one after the other. The driver
# sends it in, as the input of `bash -s`, with the names of two ports and a greeting as arguments.
#
# The first port brings requests, and takes what commands write to stdout; the second one takes
# stderr. The greeting says that this shell has the ports, and not an older one. Then comes a token
# that stands in each message from here, and that no output has by chance. Any other request is 32
# characters (a number; the length of the command in bytes; a kind; whether it is all ASCII) and the
# command. The number 0 is the last one; then comes 1 if the driver waits for the rest of stderr. The kinds are `null`, a command without stdin; `plain`, one that cannot
# tell whether its shell is new; `port`, one whose stdin the port is; `here`, for this shell itself,
# when it is kept with the machine and when it goes on (with a new token: what is still under way has
# the old one); and `next`, without a command: the answer comes when the shell of the next command
# waits. Behind the output stands, on both ports,
# "TOKEN end NUMBER", and on the first also "STATUS HELD LEFT": HELD is 1 if somebody still holds the
# pipes to the ports, and LEFT are the processes that the command has left behind. After the last
# request, "TOKEN end 0" on the second port says that this was the rest; what comes later goes to the
# console (late_stderr.bash).
#
# Commands write to pipes, not to the ports, so that they can open /dev/stdout. Each has a bash of
# its own (fresh_shell.py), whose text is in channel_shell: it is started when the one before has taken
# its command and that has ended, and waits. To start one takes an emulated machine longer than all
# else here, so those that cannot tell have a copy of this shell.
#
# shellcheck disable=SC2154 # channel_shell and channel_late are set before this text

# channel_number PROCESS: print the number of the connection that a shell, or the parent of another
# process, was started for: the driver's clock, in its greeting. It is 0 for other processes.
channel_number() {
  local argument process stat number=0
  read -r stat <"/proc/$1/stat" || return
  stat=${stat##*) }
  stat=${stat#* }
  for process in "$1" "${stat%% *}"; do
    while IFS= read -r -d '' argument; do
      [[ $argument =~ ^channel-([0-9]+)- ]] && number=${BASH_REMATCH[1]}
    done <"/proc/$process/cmdline"
  done
  echo "$number"
} 2>/dev/null

# channel_open NAME: open the port of this name as channel_opened. A shell that an earlier connection of
# the driver has left behind may still hold it: it is ended. One of a later connection means that the
# driver does not wait for this shell any more, which is true of several that a guest starts at once
# when it goes on after a pause.
channel_open() {
  local entry name device holder tries
  device=/dev/virtio-ports/$1 # as udev names it
  for entry in /sys/class/virtio-ports/*; do
    { read -r name <"$entry/name"; } 2>/dev/null && [[ $name == "$1" ]] && device=/dev/${entry##*/}
  done
  for ((tries = 0; tries < 40; tries++)); do
    { exec {channel_opened}<>"$device"; } 2>/dev/null && return
    sleep 0.05
    ((tries < 10)) && continue # it may be about to end, and has things to do then
    for holder in /proc/[0-9]*/fd/*; do
      if [[ $holder -ef $device ]]; then
        holder=${holder#/proc/}
        holder=${holder%%/*}
        [[ $(channel_number "$holder") -le $(channel_number "$$") ]] || exit 1
        kill -KILL "$holder"
      fi
    done
  done
  exit 1
}

# channel_survey PROCESS YOUNGEST: find out who is left of the command that this process was the shell
# of, and who holds the pipes. Only processes that are younger than the youngest one was before can
# be; loadavg has the youngest.
channel_survey() {
  local seen=$2 last process processes stat entry
  channel_held=0 channel_left=
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
      case $process in "$$" | "$channel_out_cat" | "$channel_err_cat") continue ;; esac
      { read -r stat <"/proc/$process/stat"; } 2>/dev/null || continue
      # shellcheck disable=SC2086 # behind the name: state, parent, group
      set -- "$1" "$2" ${stat##*) }
      [[ $3 == [ZX] ]] && continue
      [[ $5 == "$1" ]] && stat=${stat%)*} && channel_left+=" $process ${stat#*(}"
      for entry in "/proc/$process/fd/"*; do
        [[ $entry -ef /proc/self/fd/$channel_out || $entry -ef /proc/self/fd/$channel_err ]] && channel_held=1
      done
    done
    seen=$last
  done
  channel_held=1 # nobody can tell
}

# channel_settle PROCESS: wait until a process waits for something, if it does so within a second.
channel_settle() {
  local stat
  for _ in {1..50}; do
    read -r stat <"/proc/$1/stat" && [[ $stat != *") S "* ]] || break
    sleep 0.02
  done
}

# channel_end NUMBER STATUS: say that a request is done.
channel_end() {
  printf '%s end %d %d %d %.500s\n' "$channel_token" "$1" "$2" "$channel_held" "$channel_left" >&"$channel_out"
  printf '%s end %d\n' "$channel_token" "$1" >&"$channel_err"
}

# channel_copy PORT: have a process copy what is written to the descriptor channel_copied to a port. It
# takes a coprocess, since `>( )` needs /dev/fd.
channel_copy() {
  coproc channel_cat {
    [[ ! -v channel_out ]] || exec {channel_out}>&- {channel_next}<&-
    exec cat >&"$1" {channel_port}>&-
  }
  exec {channel_copied}>&"${channel_cat[1]}"
  channel_copier=$channel_cat_PID
}

# channel_become: be the process of a command, whose stdin is set. The pipes are opened anew, so that what
# a command does to them (O_NONBLOCK) does not last. A guest that has lost its /proc loses the shell channel.
channel_become() {
  trap - TERM HUP INT
  exec >"/proc/self/fd/$channel_out" 2>"/proc/self/fd/$channel_err" {channel_next}<&- \
    {channel_port}>&- {channel_err_port}>&- {channel_out}>&- {channel_err}>&- || kill -KILL "$$"
}

# channel_command_shell TEXT STDIN: start the shell of a command, as channel_process, which reads what it
# has to do from the pipe TEXT. It opens that for reading alone, so that it sees its end.
channel_command_shell() {
  (
    exec 3<"/proc/$$/fd/$1"
    if [[ $2 == port ]]; then exec <&"$channel_port"; else exec </dev/null || exec <&-; fi
    channel_become
    SHLVL=0 # it has one of its own
    exec bash -c "$channel_shell" bash
  ) &
  channel_process=$!
}

# channel_wait_for_command: start the shell of the next command.
channel_wait_for_command() {
  # What nobody has read, because a shell was killed at that moment, is not for the next one.
  while read -t 0 -u "$channel_next"; do IFS= read -r -t 0.01 -N 4096 -u "$channel_next" channel_request; done
  channel_command_shell "$channel_next" null
  channel_waiting=$channel_process
}

# channel_give KIND: have channel_command done by a shell that waits already, or by a new one.
channel_give() {
  read -r _ _ _ _ channel_youngest </proc/loadavg
  if [[ $1 == null && -n $channel_waiting && ${#channel_command} -le 8192 ]]; then
    channel_process=$channel_waiting
    channel_waiting=''
    if kill -0 "$channel_process"; then
      printf '%-31d\n%s' "${#channel_command}" "$channel_command" >&"$channel_next"
      wait -f "$channel_process"
      channel_status=$?
      read -t 0 -u "$channel_next" || return 0 # else it was killed before it had read the command
    fi
  fi # one that waits stays for the next command: two would read from the same pipe
  coproc channel_text {
    exec {channel_port}>&- {channel_err_port}>&- {channel_out}>&- {channel_err}>&-
    read -r _ # bash forgets a coprocess that has ended
    printf '%-31d\n%s' "${#channel_command}" "$channel_command"
  }
  channel_command_shell "${channel_text[0]}" "$1"
  echo >&"${channel_text[1]}"
  wait -f "$channel_process"
  channel_status=$?
}

# A command may well send signals to every bash and every cat there is. They do not end the way in.
trap '' TERM HUP INT
channel_open "$1"
channel_port=$channel_opened
channel_copy "$channel_port"
channel_out=$channel_copied channel_out_cat=$channel_copier
# The pipe that `cat` would write to, opened for both, is the one by which shells are told commands.
exec {channel_next}<>"/proc/self/fd/${channel_cat[0]}" || exit 1
channel_open "$2"
channel_err_port=$channel_opened
channel_copy "$channel_err_port"
channel_err=$channel_copied channel_err_cat=$channel_copier
printf '%s\n' "$3" >&"$channel_port"
set --
set -m # each command has a process group of its own
IFS= read -r -u "$channel_port" channel_token || exit 1
channel_held=0 channel_left='' channel_waits=0
channel_end 0 0
channel_wait_for_command

while IFS= read -r -u "$channel_port" -N 32 channel_request; do
  # shellcheck disable=SC2086 # fields
  set -- $channel_request
  if [[ $1 == 0 ]]; then
    channel_waits=$2
    break
  fi
  [[ $4 == ascii ]] || LC_ALL=C # `read -N` counts characters
  IFS= read -r -u "$channel_port" -N "$2" channel_command || break
  [[ $4 == ascii ]] || unset LC_ALL # which takes longer than all else here
  channel_held=0 channel_left='' channel_status=0
  case $3 in
    here)
      eval "$channel_command"
      channel_end "$1" "$?"
      continue
      ;;
    next)
      [[ -z $channel_waiting ]] || channel_settle "$channel_waiting"
      channel_end "$1" 0
      continue
      ;;
  esac
  if [[ $3 == plain ]]; then
    (
      echo 0 >/proc/self/oom_score_adj # as in fresh_shell.py
      cd /tmp || cd /
      exec </dev/null || exec <&-
      channel_become
      set --
      eval "unset channel_token; set -euo pipefail
$channel_command"
    ) &
    channel_process=$!
    wait -f "$channel_process"
    channel_status=$? channel_youngest=$channel_process
  else
    channel_give "$3"
  fi
  channel_survey "$channel_process" "$channel_youngest"
  # A signal to the group ends the rest of it a moment after the command's own process.
  for _ in 1 2 3 4; do
    [[ $channel_held == 1 && -n $channel_left && $channel_status -gt 128 ]] || break
    sleep 0.02
    channel_survey "$channel_process" "$channel_youngest"
  done
  channel_end "$1" "$channel_status"
  # Without them there is no shell channel. Its end is told to the driver by QEMU.
  kill -0 "$channel_out_cat" && kill -0 "$channel_err_cat" || break
  [[ -n $channel_waiting ]] || channel_wait_for_command
done
exec {channel_next}>&- # who waits there ends

# Whoever still writes to the pipes can go on doing so: there is always somebody who reads. What a
# process writes in the very moment in which `cat` is killed may be lost.
exec {channel_rest}<"/proc/self/fd/$channel_out" {channel_err_rest}<"/proc/self/fd/$channel_err"
if [[ $channel_waits == 1 ]]; then channel_settle "$channel_err_cat"; fi
kill -KILL "$channel_out_cat" "$channel_err_cat"
if [[ $channel_waits == 1 ]]; then # else nobody may read there, and to write would take for ever
  wait "$channel_err_cat"
  printf '%s end 0\n' "$channel_token" >&"$channel_err_port"
fi
exec {channel_port}>&- {channel_err_port}>&-
cat <&"$channel_rest" >/dev/null {channel_out}>&- {channel_err}>&- {channel_err_rest}<&- &
exec bash -c "$channel_late" <&"$channel_err_rest" >/dev/null {channel_out}>&- {channel_err}>&- {channel_rest}<&-
