package io.mesh.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostNamesTest {

    private final List<String> resolved = new ArrayList<>();
    private final Queue<Runnable> lookUps = new ArrayDeque<>();
    private final HostNames names = new HostNames(lookUps::add, host -> {
        resolved.add(host);
        return InetAddress.getLoopbackAddress();
    });

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "10.0.0.1",
                "192.168.249.99",
                "255.255.255.255",
                "::",
                "::1",
                "2001:db8::A",
                "1:2:3:4:5:6:7:8",
                "::ffff:10.0.0.1",
                "fe80::1%eth0",
                "fe80::1%2"
            })
    void anAddressNeedsNoLookUp(String address) throws Exception {
        assertThat(names.address(address, 0)).isNotNull();

        assertThat(resolved).containsExactly(address);
        assertThat(lookUps).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "999.1.1.1",
                "256.0.0.1",
                "1.1.1.300",
                "1.1.1",
                "1.1.1.1.1",
                "1.1.1.x",
                "orders.internal",
                "zz:1:2",
                "a:host:name",
                "no%colon",
                "no%co:lo:n"
            })
    void whatOnlyLooksLikeAnAddressIsWaitedForNoLongerThanACheckMayTake(String name) throws Exception {
        assertThat(names.address(name, 0)).isNull(); // the look-up has no thread yet

        assertThat(resolved).isEmpty();
        assertThat(lookUps).hasSize(1);
    }
}
