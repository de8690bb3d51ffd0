#!/bin/sh
# draw.sh STATEMENT ROOT NUMBER: the tickets of a draw, lowest first, by coreutils alone.
S=$(sha256sum < "$1" | cut -c1-64)
SEED=$(printf 'shuping-draw-seed-v1\n%s\n%s\n%s\n' "$S" "$2" "$3" | sha256sum | cut -c1-64)
sed '1,/^$/d' "$1" | while read -r U; do
  T=$(printf 'shuping-draw-ticket-v1\n%s\n%s\n' "$SEED" "$U" | sha256sum | cut -c1-64)
  printf '%s %s\n' "$T" "$U"
done | LC_ALL=C sort
