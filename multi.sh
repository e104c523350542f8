flock /tmp/build.lock timeout 420 java -Xmx1500m -XX:+UseSerialGC -cp "/tmp/ra/run:$(cat /tmp/ra/cp.txt)" Multi /tmp/ra/base/ < $1 > $2 2>/tmp/ra/multi.err
