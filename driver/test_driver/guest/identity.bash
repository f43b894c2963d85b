# shellcheck shell=bash
# Sent to the shell of a shell channel (shell_channel.bash) that a machine is to be saved with: starts identity.pl, whose
# text is in channel_program, unless that runs already. Where it cannot run, channel_identity does not exist.
# shellcheck disable=SC2154 # the other variables are shell_channel.bash's
if ! declare -F channel_identity && type -P perl; then
  set +m # it is no command, and has no process group of its own
  coproc channel_helper {
    exec perl /dev/fd/3 3<<<"$channel_program" {channel_port}>&- {channel_err_port}>&- {channel_out}>&- {channel_err}>&-
  }
  set -m
  # channel_identity STEPS: have them done. What has failed is in channel_left.
  channel_identity() {
    printf '%s\n' "$1" >&"${channel_helper[1]}" && IFS= read -r -u "${channel_helper[0]}" channel_left || return 127
    [[ -z $channel_left ]]
  }
  # What it takes to ask and to answer is in memory then. It may have ended right after its greeting.
  trap '' PIPE
  IFS= read -r -u "${channel_helper[0]}" channel_left && channel_identity '' || unset -f channel_identity
  trap - PIPE
fi >/dev/null 2>&1
unset channel_program
