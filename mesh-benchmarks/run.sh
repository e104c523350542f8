#!/usr/bin/env bash
# Measures what calls cost.
#   run.sh all               everything, on each JDK at hand, then docs/performance.md; about two hours
#   run.sh PATH [THREADS]    a quick look at one path: breaker, retry, pick, call
#   run.sh page              docs/performance.md again, from the results at hand
# JDKs: JAVA_HOME or the java on the PATH, and with "all" a JDK 25 given by JAVA_HOME_25_X64 or installed beside it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

what="${1:?all, page or a path: breaker, retry, pick, call}"
threads="${2:-1}"

if [ -z "${JAVA_HOME:-}" ]; then
    JAVA_HOME="$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")"
    export JAVA_HOME
fi
jdks=("$JAVA_HOME")
for other in "${JAVA_HOME_25_X64:-}" "$(dirname "$JAVA_HOME")"/*25*; do
    if [ -x "$other/bin/java" ] && [ "${#jdks[@]}" = 1 ] && [ "$other" != "$JAVA_HOME" ]; then
        jdks+=("$other")
    fi
done

(cd .. && ./mvnw -q -Pbenchmarks -pl mesh-benchmarks -am package -DskipTests -Dmaven.javadoc.skip -Dmaven.source.skip)

bench() { "$1/bin/java" -cp target/benchmarks.jar "io.mesh.benchmarks.$2" "${@:3}"; }

case "$what" in
    all)
        rm -rf target/results
        for i in "${!jdks[@]}"; do
            for t in 1 2; do
                bench "${jdks[$i]}" Measure all "$t" "target/results/jmh-$i-$t.json"
            done
        done
        bench "$JAVA_HOME" report.Page target/results ../docs
        ;;
    page) bench "$JAVA_HOME" report.Page target/results ../docs ;;
    *) bench "$JAVA_HOME" Measure "$what" "$threads" ;;
esac
