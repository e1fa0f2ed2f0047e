#!/bin/sh
# Signs, notarises and staples the bundle and the disk image. Untested until run with a Developer
# ID; without one the packages are ad-hoc signed and Gatekeeper asks (README, Install).
#
#   IDENTITY="Developer ID Application: … (TEAMID)" PROFILE=moeplanner \
#     installer/macos/sign.sh "dist/packages/work/dist/MoE Planner.app" [IMAGE.dmg]
#
# PROFILE is made once: xcrun notarytool store-credentials moeplanner --apple-id … --team-id …
set -eu
app=$1
image=${2:-}
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
: "${IDENTITY:?the name of a Developer ID certificate in the keychain}"

# From the inside out: what is nested is sealed by what is around it.
find "$app/Contents" \( -name '*.dylib' -o -name '*.so' \) -type f -print0 |
  xargs -0 codesign --force --timestamp --options runtime --sign "$IDENTITY"
find "$app/Contents/Frameworks" -name '*.framework' -type d -prune -print0 2>/dev/null |
  xargs -0 -I{} codesign --force --timestamp --options runtime --sign "$IDENTITY" {}
codesign --force --timestamp --options runtime --entitlements "$here/entitlements.plist" \
  --sign "$IDENTITY" "$app"
codesign --verify --deep --strict --verbose=2 "$app"

notarise() {
  xcrun notarytool submit "$1" --keychain-profile "${PROFILE:-moeplanner}" --wait
}

if [ -n "${PROFILE:-}" ]; then
  packed=$(mktemp -d)/app.zip
  ditto -c -k --keepParent "$app" "$packed"
  notarise "$packed"
  xcrun stapler staple "$app"
  spctl --assess --type execute --verbose=2 "$app"
fi
if [ -n "$image" ]; then
  codesign --force --timestamp --sign "$IDENTITY" "$image"
  if [ -n "${PROFILE:-}" ]; then
    notarise "$image"
    xcrun stapler staple "$image"
  fi
fi
