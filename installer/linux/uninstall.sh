#!/bin/sh
# Takes away what install.sh put there. Settings, autosaves and your own rows stay; they lie in
# ~/.config/moeplanner and ~/.local/share/moeplanner.
set -eu
home=${HOME:?}
lib=$home/.local/lib/moeplanner
data=${XDG_DATA_HOME:-$home/.local/share}
list=$lib/installed-files.txt
made=$lib/made-folders.txt
if [ ! -f "$list" ]; then
  echo "MoE Planner is not installed in $lib." >&2
  exit 1
fi

while IFS= read -r file; do
  rm -f -- "$file"
done <"$list"
if command -v update-mime-database >/dev/null 2>&1 && [ -d "$data/mime/packages" ]; then
  update-mime-database "$data/mime" || true
fi
if command -v update-desktop-database >/dev/null 2>&1 && [ -d "$data/applications" ]; then
  update-desktop-database -q "$data/applications" || true
fi
# A cache that is left for nothing, in folders that install.sh made: it goes, too.
if grep -qxF "$data/mime/packages" "$made" &&
  [ -z "$(ls -A "$data/mime/packages" 2>/dev/null)" ]; then
  rm -rf -- "$data/mime"
fi
if grep -qxF "$data/applications" "$made" &&
  [ "$(ls -A "$data/applications" 2>/dev/null)" = mimeinfo.cache ]; then
  rm -f -- "$data/applications/mimeinfo.cache"
fi
folders=$(sort -r "$made")
rm -rf -- "$lib"
# The deepest first; one that somebody else has put something into stays.
printf '%s\n' "$folders" | while IFS= read -r folder; do
  rmdir -- "$folder" 2>/dev/null || true
done
[ "${1:-}" = --quiet ] || echo "MoE Planner is removed. Settings and your own rows are kept."
