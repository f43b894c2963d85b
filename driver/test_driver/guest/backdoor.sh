# What the root shell on hvc0 runs for the driver (backdoor.py): a loop that takes one line for each
# request. The driver sends this text in as one line, in base64, with rh_token set before it.
#
# It runs in bash, dash and busybox' shell, and needs base64, env, head, sleep, tail and tr. An answer
# stands between the bytes 2 and 3: the token, which nothing else on the console has by chance, the
# number of the request, the length of the text, and the text. The text is `ok` with a value, `no` with
# a reason, or `lost` if this shell has not seen the request. Data of a request are the next line, in
# base64. `read` is for the console alone, and nothing else reads there: bash may have read ahead.
#
# shellcheck shell=sh disable=SC2154,SC2034 # rh_token and rh_number are set before, and lines use the rest

# rh_answer TEXT: answer the request.
rh_answer() {
  rh_last=$1
  printf '\002%s %s %s %s\003\n' "$rh_token" "$rh_number" "${#1}" "$1"
}

# rh_again NUMBER: answer once more, because the driver has not seen the answer.
rh_again() {
  if [ "$1" = "$rh_number" ]; then
    rh_answer "$rh_last"
  else
    rh_number=$1
    rh_answer lost
  fi
}

# rh_refuse TEXT: answer that it cannot be done.
rh_refuse() {
  rh_answer "no $(printf %s "$1" | tr '\n\002\003' '   ' | head -c 400)"
}

# rh_input: write the data, decoded.
rh_input() {
  [ -z "$rh_data" ] || printf %s "$rh_data" | base64 -d
}

# rh_exec PATH PROGRAM ARGUMENT...: start `env -i ARGUMENT...`, with the data as its stdin, and answer with the
# process. With `set -m`, it does not ignore SIGINT and SIGQUIT.
rh_exec() {
  IFS= read -r rh_data
  if ! PATH=$1 command -v "$2" >/dev/null; then
    rh_refuse "cannot start $2: not found in $1"
    return
  fi
  shift 2
  set -m
  if [ -n "$rh_setsid" ]; then
    # The first process of a pipeline leads its group, so that setsid, the last one, need not fork.
    rh_input | env -i "$@" >/dev/null &
  else
    { rh_input | env -i "$@" >/dev/null; } &
  fi
  set +m
  rh_answer "ok $!"
}

# rh_status PROCESS: answer with the exit status of a process that was started here, if it has ended.
# One that has ended, whether it was waited for or not, has no program any more.
rh_status() {
  if [ -e "/proc/$1/exe" ] || { ! [ -e /proc/self/exe ] && kill -0 "$1"; }; then
    rh_answer ok
    return
  fi
  wait "$1"
  rh_answer "ok $?"
}

# rh_overwrite FILE: make a file, empty, or keep a named pipe open for writing.
rh_overwrite() {
  if [ -p "$1" ]; then
    rh_hold w "$1"
  elif rh_why=$({ : >"$1"; } 2>&1); then
    rh_answer ok
  else
    rh_refuse "$rh_why"
  fi
}

# rh_readable FILE: answer whether a file can be read.
rh_readable() {
  if [ -r "$1" ]; then rh_answer ok; else rh_refuse "cannot open $1 for reading"; fi
}

# rh_hold MODE PIPE: keep a named pipe open, by a process, and answer with that. It can be opened for
# writing without a wait as long as somebody reads: this shell does, until it is open.
rh_hold() {
  if ! [ -p "$2" ] || ! command exec 8<>"$2"; then
    rh_refuse "cannot open the named pipe $2"
    return
  fi
  if [ "$1" = w ]; then
    exec 7>"$2" 8>&-
    sleep 2147483647 >&7 7>&- &
    exec 7>&-
  else
    sleep 2147483647 <&8 >/dev/null 8>&- &
    exec 8>&-
  fi
  rh_answer "ok $!"
}

# rh_drop PROCESS: remove a named pipe. A SIGTERM that comes before the process has its program is lost.
rh_drop() {
  kill -KILL "$1"
  wait "$1"
  rh_answer ok
}

# rh_read FILE POSITION COUNT: answer with a part of a file; the first byte has the position 1.
rh_read() {
  if [ -r "$1" ]; then
    rh_answer "ok $(tail -c "+$2" "$1" | head -c "$3" | base64 | tr -d '\n')"
  else
    rh_refuse "cannot open $1 for reading"
  fi
}

# rh_write FILE: append the data.
rh_write() {
  IFS= read -r rh_data
  if rh_why=$({ rh_input >>"$1"; } 2>&1); then
    rh_answer ok
  else
    rh_refuse "$rh_why"
  fi
}

# rh_gone: tell the driver that this shell ends. The kernel and systemd both send a signal, and the
# console may be hung up at that moment.
rh_gone() {
  trap '' HUP TERM
  for rh_try in 1 2 3 4 5; do
    printf '\002%s gone\003\n' "$rh_token" >"$rh_console" && break
    sleep 0.1
  done
  exit 0
}

# rh_watch: tell the driver so if this shell is killed by force, too. This process gets a SIGHUP then: from
# the kernel, whose terminal the console is, or from systemd, which stops the unit. A command may kill
# every `sleep` there is; a guest that has lost the program has nobody who watches.
rh_watch() {
  trap rh_gone HUP TERM
  while :; do
    sleep 2147483647 &
    wait "$!"
    [ "$?" != 127 ] || exit
  done
}

LC_ALL=C
rh_number=0 rh_last=
rh_newline='
'
rh_console=/proc/$$/fd/0
rh_console=$(readlink "$rh_console") || rh_console=/dev/hvc0
rh_setsid=
command -v setsid >/dev/null && rh_setsid=yes
trap rh_gone HUP TERM
exec 2>/dev/null
rh_lacks=
for rh_program in base64 env head sleep tail tr; do
  command -v "$rh_program" >/dev/null || rh_lacks="$rh_lacks $rh_program"
done
rh_watch &
if [ -n "$rh_lacks" ]; then rh_answer "no$rh_lacks"; else rh_answer "ok $rh_setsid"; fi
# A driver that connects anew sends all of this again, into the loop that is there.
if [ -z "$rh_loops" ]; then
  rh_loops=yes
  while IFS= read -r rh_line; do eval "$rh_line"; done
  rh_gone
fi
