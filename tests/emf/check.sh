#!/usr/bin/env bash
# Makes every expectation of tests/interchange/ again with real EMF and compares it with what is committed.
#   tests/emf/check.sh             compare; leaves with 1 when something differs
#   tests/emf/check.sh --update    take over what EMF says now
# Needs a JDK and EMF's jars (Debian: default-jdk-headless, libeclipse-emf-ecore-xmi-java; or EMF_JARS=a.jar:b.jar).
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() { printf 'skipped emf: %s\n' "$1"; exit 0; }
command -v java >/dev/null || skip "java is not installed"
java --list-modules 2>/dev/null | grep -q '^jdk\.compiler' || skip "java has no compiler: a JDK is needed"
jars="${EMF_JARS:-}"
if [ -z "$jars" ]; then
  for part in common ecore ecore-xmi; do
    jar="/usr/share/java/eclipse-emf-$part.jar"
    [ -e "$jar" ] || skip "$jar is missing (Debian: libeclipse-emf-ecore-xmi-java)"
    jars="${jars:+$jars:}$jar"
  done
fi

# Java words its own messages and rounds a few numbers differently from version to version.
java_version=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.specification\.version = //p')
depends_on_java() { [ "$java_version" != 17 ] && [[ "$1" = *.error.txt || "$1" = */old-java.* ]]; }

fixtures=tests/interchange
made=target/emf/made
list=target/emf/list
rm -rf "$made"
mkdir -p "$made"

# The instances of a folder are its .xmi files; a folder without any is about its .ecore files.
subjects() {
  local found
  found=$(find "$1" -maxdepth 1 -name '*.xmi' ! -name '*.saved.xmi' ! -name '*.unfollowed.xmi' | LC_ALL=C sort)
  [ -n "$found" ] || found=$(find "$1" -maxdepth 1 -name '*.ecore' ! -name '*.saved.ecore' ! -name '*.unfollowed.ecore' | LC_ALL=C sort)
  printf '%s\n' "$found"
}

for folder in "$fixtures"/*/; do
  folder="${folder%/}"
  metamodels=$(find "$folder" -maxdepth 1 -name '*.ecore' ! -name '*.saved.ecore' ! -name '*.unfollowed.ecore' | LC_ALL=C sort | tr '\n' ' ')
  subjects "$folder" | while read -r subject; do
    [ -n "$subject" ] || continue
    kind="${subject##*.}"
    out="$made/${folder##*/}/$(basename "$subject" ".$kind")"
    [ "$kind" = xmi ] && needs="$metamodels" || needs=
    printf '%s\t%s.graph.jsonl\t%s.saved.%s\t%s\t%s.unfollowed.%s\n' "$subject" "$out" "$out" "$kind" "$needs" "$out" "$kind"
  done
done >"$list"

java -Xshare:auto -XX:TieredStopAtLevel=1 -cp "$jars" tests/emf/Oracle.java batch "$list"

# What EMF rejects has its messages in NAME.error.txt, and in NAME.rest.jsonl what it loads nevertheless.
cut -f2 "$list" | while read -r graph; do
  if grep -q '^ERR ' "$graph"; then
    stem="${graph%.graph.jsonl}"
    sed -n 's/^ERR //p' "$graph" >"$stem.error.txt"
    sed '/^ERR /d' "$graph" >"$stem.rest.jsonl"
    rm "$graph"
    [ -s "$stem.rest.jsonl" ] || rm "$stem.rest.jsonl"
  fi
done

expectations() { (cd "$1" && find . \( -name '*.graph.jsonl' -o -name '*.saved.*' -o -name '*.unfollowed.*' -o -name '*.error.txt' -o -name '*.rest.jsonl' \) | LC_ALL=C sort); }

if [ "${1:-}" = --update ]; then
  [ "$java_version" = 17 ] || { echo "emf: the expectations are those of Java 17, this is $java_version" >&2; exit 2; }
  expectations "$fixtures" | while read -r old; do rm "$fixtures/$old"; done
  cp -r "$made/." "$fixtures/"
  printf 'emf: %d expectations written\n' "$(expectations "$made" | wc -l)"
  exit 0
fi

failed=0
while read -r file; do
  if [ ! -e "$fixtures/$file" ]; then
    printf 'emf: %s is not committed\n' "${file#./}"
  elif [ ! -e "$made/$file" ]; then
    printf 'emf: %s is committed, and EMF makes no such file\n' "${file#./}"
  elif cmp -s "$fixtures/$file" "$made/$file" || depends_on_java "$file"; then
    continue
  else
    printf 'emf: %s differs\n' "${file#./}"
    diff -a "$fixtures/$file" "$made/$file" | head -n 6 || true
  fi
  failed=$((failed + 1))
done < <({ expectations "$fixtures"; expectations "$made"; } | LC_ALL=C sort -u)
printf 'emf: %d instances, %d expectations, %d differ\n' "$(wc -l <"$list")" "$(expectations "$fixtures" | wc -l)" "$failed"
[ "$failed" = 0 ]
