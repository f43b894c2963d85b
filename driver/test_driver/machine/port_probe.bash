# Try to connect to a TCP port with what every bash has.
#
# Where nobody listens, the kernel may give the connection the very port that it asks for as its own:
# then it is connected to itself. Only ports that the kernel gives are concerned. Asking for one of
# the machine's own, where nobody is listed as a listener, is done once a second: such a connection
# would be in the way of who wants to listen there (port_listed).
exec {port_answers}<> <(:)
port_tries=0

port_connects() { # ADDRESS PORT HEX: connected, and not to itself?
  exec 3<>"/dev/tcp/$1/$2" || return 1
  local low high own other table
  read -r low high </proc/sys/net/ipv4/ip_local_port_range || return 0
  [ "$2" -ge "$low" ] && [ "$2" -le "$high" ] || return 0
  for table in /proc/net/tcp /proc/net/tcp6; do
    [ -e "$table" ] || continue
    while read -r _ own other _; do
      if [ "$own" = "$other" ] && [ "${own##*:}" = "$3" ]; then
        echo "connection refused: it was connected to itself" >&2
        return 1
      fi
    done <"$table"
  done
}

port_listed() { # PORT HEX: may somebody listen there?
  local low high own state table
  read -r low high </proc/sys/net/ipv4/ip_local_port_range || return 0
  [ "$1" -ge "$low" ] && [ "$1" -le "$high" ] || return 0
  for table in /proc/net/tcp /proc/net/tcp6; do
    [ -e "$table" ] || continue
    while read -r _ own _ state _; do
      [ "${own##*:}" = "$2" ] && [ "$state" = 0A ] && return 0
    done <"$table"
  done
  ((port_tries++ % 50 == 0))
}

port_is() { # STATE OWN SECONDS ADDRESS PORT HEX: is it in that state? A try takes so many seconds.
  local answer=unanswered
  if [ "$2" = own ] && ! port_listed "$5" "$6"; then
    answer=closed
  else
    { if port_connects "$4" "$5" "$6"; then echo open; else echo closed; fi >&"$port_answers"; } &
    read -rt "$3" -u "$port_answers" answer || {
      answer=unanswered
      kill -KILL $! || :
      echo "the connection is not answered" >&2
    }
    wait $! || :
  fi
  [ "$1" = open ] && [ "$answer" = open ] || { [ "$1" = closed ] && [ "$answer" != open ]; }
}
