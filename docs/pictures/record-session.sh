#!/bin/sh
# Record session.sh in an empty folder, and draw session.svg: record-session.sh FOLDER.
#
# It takes termtosvg 1.1 (pip install termtosvg). Pauses of more than a second are shown as one second.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cd "${1:?usage: record-session.sh FOLDER}"
termtosvg record "$here/session.cast" -g 110x34 -c "sh $here/session.sh"
termtosvg render "$here/session.cast" "$here/session.svg" -t window_frame -m 50 -M 1000 -D 5000
