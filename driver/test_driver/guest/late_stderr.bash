# What processes that a command has left behind write to stderr goes to the serial console, where a
# shell of nixpkgs' driver has its stderr. Each line stands between two marks, by which the driver
# tells it from what the kernel says (late_stderr.py). A mark is a sequence of which terminals show
# nothing. If the kernel writes in the middle of a line, one mark is missing there.

# late_stderr: copy stdin to the serial console until it ends, or read it all the same if there is none.
late_stderr() {
  local LC_ALL=C device devices more text='' begin=$'\e]7777;rehearse;stderr\a' end=$'\e]7777;rehearse;end\a\n'
  read -r -a devices </sys/class/tty/console/active
  for device in "${devices[@]}"; do [[ $device == tty[0-9]* ]] || break; done # the others are screens
  # What comes within a moment is written at once: to read a line takes a system call for each
  # character. The device is opened anew each time: a login that hangs it up ends who has it open.
  while IFS= read -r -N 1 more; do
    text+=$more
    IFS= read -r -t 0.02 -N 4096 more
    text+=$more
    [[ $text == *$'\n'* || ${#text} -gt 65536 ]] || continue
    more=${text%$'\n'*} text=${text##*$'\n'}
    printf '%s' "$begin${more//$'\n'/$end$begin}$end" >"/dev/$device"
  done
  [[ -z $text ]] || printf '%s' "$begin$text$end" >"/dev/$device"
} 2>/dev/null
