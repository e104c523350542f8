#!/usr/bin/env bash
# Measures what calls cost.
#   run.sh all               everything, on each JDK at hand, then docs/performance.md; less than an hour
#   run.sh PATH [THREADS]    a quick look at one path: breaker, retry, pick, call, bean
#   run.sh again [MINUTES]   what came out noisy of "all" once more, for about so long on each JDK, then the page
#   run.sh turns             two threads on one proxy and annotated methods, in turns with peers or floor; five minutes
#   run.sh heap|start|load   one of the figures of whole processes, into target/results
#   run.sh page              docs/performance.md again, from the results at hand
# JDKs: JAVA_HOME or the java on the PATH, and with "all" a JDK 25 given by JAVA_HOME_25_X64 or installed beside it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

what="${1:?all, again, page, turns, heap, start, load or a path: breaker, retry, pick, call, bean}"

if [ -z "${JAVA_HOME:-}" ]; then
    JAVA_HOME="$(dirname "$(dirname "$(readlink -f "$(command -v javac)")")")"
    export JAVA_HOME
fi
java_feature() { "$1/bin/java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java.specification.version = //p'; }

jdks=("$JAVA_HOME")
for other in "${JAVA_HOME_25_X64:-}" "${JAVA_HOME_25_ARM64:-}" "$(dirname "$JAVA_HOME")"/*25*; do
    if [ "${#jdks[@]}" = 1 ] && [ -x "$other/bin/java" ] && [ "$(java_feature "$other")" = 25 ] &&
        [ "$(java_feature "$JAVA_HOME")" -lt 25 ]; then
        jdks+=("$other")
    fi
done

bench=(-cp target/benchmarks.jar)
package=io.mesh.benchmarks

# Layouts can be read of records and lambdas only by what the first option allows.
heap() { "$JAVA_HOME/bin/java" -Djol.magicFieldOffset=true "${bench[@]}" "$package.process.Heap" target/results; }
start() {
    "$JAVA_HOME/bin/java" "${bench[@]}" "$package.process.StartUp" \
        ../mesh-spring-boot-starter/target/runtime-classpath target/lib/mesh-spring-boot-starter-*.jar target/results
}
load() { "$JAVA_HOME/bin/java" "${bench[@]}" "$package.load.Load" target/results; }
turns() {
    for row in call-{round-robin,random,weighted,least-connections,power-of-two} bean-{circuit-breaker,retry,both}; do
        "$JAVA_HOME/bin/java" -Xms1g -Xmx1g -XX:+UseG1GC "${bench[@]}" "$package.turns.Turns" "$row" target/results
    done
}
page() { "$JAVA_HOME/bin/java" "${bench[@]}" "$package.report.Page" target/results ../docs; }

rm -rf target/lib # of other versions
build() { ../mvnw -q -f .. -Pbenchmarks -DskipTests -Dmaven.javadoc.skip -Dmaven.source.skip "$@"; }
build -pl mesh-benchmarks -am package
# The start of an application needs the starter's class path, without all that is beside it here, and without what is
# optional, which no empty application gets.
build -pl mesh-spring-boot-starter -am package dependency:build-classpath -DincludeScope=runtime \
    -DexcludeGroupIds=org.springframework.cloud,org.springframework.security -Dmdep.outputFile=target/runtime-classpath

case "$what" in
    all)
        rm -rf target/results
        for i in "${!jdks[@]}"; do
            budgets=(budgets) threads_to_measure=(1 2) # the first JDK is held to the budgets
            [ "$i" = 0 ] || budgets=() threads_to_measure=(1)
            for threads in "${threads_to_measure[@]}"; do
                "${jdks[$i]}/bin/java" "${bench[@]}" "$package.Measure" all "$threads" target/results "${budgets[@]}" ||
                    echo "not measured: $threads threads on ${jdks[$i]}" >&2
            done
        done
        for part in turns heap start load; do
            "$part" || echo "$part was not measured" >&2
        done
        page
        ;;
    again)
        for jdk in "${jdks[@]}"; do
            "$jdk/bin/java" "${bench[@]}" "$package.MeasureAgain" target/results "${2:-15}"
        done
        page
        ;;
    turns | heap | start | load | page) "$what" ;;
    *) "$JAVA_HOME/bin/java" "${bench[@]}" "$package.Measure" "$what" "${2:-1}" ;;
esac
