#!/bin/sh
# Draw the pictures of this folder from their texts: draw.sh FOLDER, with graphviz on PATH.
#
# Only the plug-ins that lay a graph out and write SVG are used, and so no fonts of this computer: the same text
# gives the same picture everywhere.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
target=${1:?usage: draw.sh FOLDER}
plugins=$(mktemp -d)
trap 'rm -r "$plugins"' EXIT
cp "${GRAPHVIZ_PLUGINS:-/usr/lib/x86_64-linux-gnu/graphviz}"/libgvplugin_core.so.* \
  "${GRAPHVIZ_PLUGINS:-/usr/lib/x86_64-linux-gnu/graphviz}"/libgvplugin_dot_layout.so.* "$plugins"
export GVBINDIR="$plugins"
dot -c
for text in "$here"/*.dot; do
  name=$(basename "$text" .dot)
  dot -Tsvg -Gfontname=Helvetica -Nfontname=Helvetica -Efontname=Helvetica -Gbgcolor=white -Gpad=0.2 "$text" \
    >"$target/$name.svg"
done
