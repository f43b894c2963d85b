# Asked of a guest when a test has passed: what its kernel, its journal and its systemd know of trouble. Sections begin
# with a line of their own. What costs is to start programs: usually it is one grep. With $survey_thorough, nothing is
# left out that is only likely to be known already.
set +e +u +o pipefail
survey_thorough=$survey_thorough survey_kernel=$survey_kernel survey_pattern=$survey_pattern survey_fields=$survey_fields
[ -z "$survey_thorough" ] || journalctl --sync 2>/dev/null
hit='' hidden='' missing=''
LC_ALL=C grep -qraE -e "$survey_pattern" /run/log/journal /var/log/journal 2>/dev/null && hit=1
# A kernel that tells its console all has told the driver. When it was saved is only in its log.
read -r level _ </proc/sys/kernel/printk
printf '\036kernel\n'
[ "${level:-0}" -ge 7 ] || hidden=1
if [ -n "$survey_kernel" ] && [ -n "$survey_thorough$hit$hidden" ]; then
  dmesg 2>/dev/null
fi
printf '\036journal\n'
if [ -n "$hit" ]; then
  journal=(journalctl --boot --quiet --no-pager --output=json --output-fields="$survey_fields")
  "${journal[@]}" --grep="$survey_pattern" --case-sensitive=yes 2>/dev/null ||
    "${journal[@]}" 2>/dev/null | grep -aE -e "$survey_pattern"
fi
printf '\036units\n'
[ -d /run/log/journal ] || [ -d /var/log/journal ] || missing=1
if [ -n "$survey_thorough$missing" ]; then
  units=$(systemctl --failed --plain --no-legend --no-pager --full 2>/dev/null | while read -r unit _; do printf '%s ' "$unit"; done)
  # shellcheck disable=SC2086 # one argument a unit
  [ -z "$units" ] || systemctl --no-pager show --property=Id,Result,InactiveEnterTimestampMonotonic -- $units
fi
true
