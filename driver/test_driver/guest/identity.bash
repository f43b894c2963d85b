# shellcheck shell=bash
# Sent to a lane's shell (lane.bash) that a machine is to be saved with: starts prelude.pl, whose
# text is in lane_program, unless that runs already. Where it cannot run, lane_prelude does not exist.
# shellcheck disable=SC2154 # the other variables are lane.bash's
if ! declare -F lane_prelude && type -P perl; then
  set +m # it is no command, and has no process group of its own
  coproc lane_helper {
    exec perl /dev/fd/3 3<<<"$lane_program" {lane_port}>&- {lane_err_port}>&- {lane_out}>&- {lane_err}>&-
  }
  set -m
  # lane_prelude STEPS: have them done. What has failed is in lane_left.
  lane_prelude() {
    printf '%s\n' "$1" >&"${lane_helper[1]}" && IFS= read -r -u "${lane_helper[0]}" lane_left || return 127
    [[ -z $lane_left ]]
  }
  # What it takes to ask and to answer is in memory then. It may have ended right after its greeting.
  trap '' PIPE
  IFS= read -r -u "${lane_helper[0]}" lane_left && lane_prelude '' || unset -f lane_prelude
  trap - PIPE
fi >/dev/null 2>&1
unset lane_program
