#!/bin/sh
# Installs MoE Planner for the person who runs this: no rights are needed, and uninstall.sh (also
# in ~/.local/lib/moeplanner) takes every file away again.
set -eu
from=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
home=${HOME:?}
lib=$home/.local/lib/moeplanner
data=${XDG_DATA_HOME:-$home/.local/share}
bin=$home/.local/bin

if [ -x "$lib/uninstall.sh" ]; then
  "$lib/uninstall.sh" --quiet
fi
list=$lib/installed-files.txt
made=$lib/made-folders.txt
new=
for above in "$home/.local" "$home/.local/lib"; do
  [ -d "$above" ] || new="$new$above
"
done
mkdir -p "$lib"
: >"$list"
printf '%s' "$new" >"$made"

# Remembers which folders were not there, so that removing leaves none behind.
folder() {
  [ -d "$1" ] && return 0
  folder "$(dirname -- "$1")"
  mkdir "$1"
  printf '%s\n' "$1" >>"$made"
}

cp -a "$from/program" "$lib/program"
cp "$from/uninstall.sh" "$lib/uninstall.sh"
folder "$bin"
ln -sfn "$lib/program/moeplanner" "$bin/moeplanner"
printf '%s\n' "$bin/moeplanner" >>"$list"
(cd "$from/share" && find . -type f) | sed 's,^\./,,' | while IFS= read -r file; do
  folder "$(dirname -- "$data/$file")"
  cp "$from/share/$file" "$data/$file"
  printf '%s\n' "$data/$file" >>"$list"
done
# The full path: not every desktop has ~/.local/bin on its PATH.
entry=$data/applications/moeplanner.desktop
escaped=$(printf '%s' "$bin/moeplanner" | sed 's/[&,\]/\\&/g')
sed "s,^Exec=[^ ]*,Exec=\"$escaped\"," "$from/share/applications/moeplanner.desktop" >"$entry"
chmod 644 "$entry"

if command -v update-mime-database >/dev/null 2>&1; then
  update-mime-database "$data/mime" || true
fi
if command -v update-desktop-database >/dev/null 2>&1; then
  update-desktop-database -q "$data/applications" || true
fi
printf 'MoE Planner is installed. Start it from the menu, or: %s\n' "$bin/moeplanner"
printf 'To remove it: %s\n' "$lib/uninstall.sh"
