package io.mesh.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;

import io.mesh.discovery.LoopbackDns.Srv;
import io.mesh.model.DiscoverySource;
import io.mesh.model.ServiceInstance;
import java.io.IOException;
import java.util.stream.IntStream;
import javax.naming.NameNotFoundException;
import javax.naming.NamingException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a real DNS server. */
class SrvLookupTest {

    private static final String NAME = "_http._tcp.orders.test";

    private LoopbackDns dns;
    private SrvLookup lookup;

    @BeforeEach
    void start() throws IOException {
        dns = new LoopbackDns();
        lookup = new SrvLookup(new DiscoverySource.Srv(NAME, dns.address()));
    }

    @AfterEach
    void stop() throws IOException {
        dns.close();
    }

    @Test
    void targetsAndPortsAndWeightsComeFromTheRecords() throws NamingException {
        dns.answer(NAME, new Srv(1, 20, 8081, "b.orders.test"), new Srv(1, 10, 8080, "a.orders.test"));

        assertThat(lookup.find())
                .extracting(ServiceInstance::id, ServiceInstance::host, ServiceInstance::port, ServiceInstance::weight)
                .containsExactly(
                        tuple("a.orders.test:8080", "a.orders.test", 8080, 10),
                        tuple("b.orders.test:8081", "b.orders.test", 8081, 20));
    }

    @Test
    void aChangeIsSeenAtTheNextLookup() throws NamingException {
        dns.answer(NAME, new Srv(1, 1, 8080, "a.test"));
        assertThat(lookup.find()).extracting(ServiceInstance::id).containsExactly("a.test:8080");

        dns.answer(NAME, new Srv(1, 1, 8080, "b.test"));

        assertThat(lookup.find()).extracting(ServiceInstance::id).containsExactly("b.test:8080");
    }

    @Test
    void onlyTheLowestPriorityNumberIsUsedAndTheNextWhenNobodyHasIt() throws NamingException {
        dns.answer(
                NAME,
                new Srv(20, 1, 1, "backup.test"),
                new Srv(10, 1, 1, "a.test"),
                new Srv(10, 1, 1, "b.test"),
                new Srv(30, 1, 1, "last.test"));
        assertThat(lookup.find()).extracting(ServiceInstance::host).containsExactly("a.test", "b.test");

        dns.answer(NAME, new Srv(20, 1, 1, "backup.test"), new Srv(30, 1, 1, "last.test"));

        assertThat(lookup.find()).extracting(ServiceInstance::host).containsExactly("backup.test");
        assertThat(lookup.find())
                .extracting(instance -> instance.metadata().get("priority"))
                .containsExactly("20");
    }

    @Test
    void aWeightOfZeroIsOneSinceZeroWouldDrain() throws NamingException {
        dns.answer(NAME, new Srv(1, 0, 1, "a.test"), new Srv(1, 9, 1, "b.test"));
        assertThat(lookup.find()).extracting(ServiceInstance::weight).containsExactly(1, 9);

        dns.answer(NAME, new Srv(1, 0, 1, "a.test"), new Srv(1, 0, 1, "b.test"));

        assertThat(lookup.find()).extracting(ServiceInstance::weight).containsExactly(1, 1);
    }

    @Test
    void aNameThatDoesNotExistHasNoInstances() throws NamingException {
        assertThat(lookup.find()).isEmpty();
    }

    @Test
    void aNameWithoutSuchRecordsHasNoInstances() throws NamingException {
        dns.answer(NAME);

        assertThat(lookup.find()).isEmpty();
    }

    @Test
    void theRootAsTargetMeansThatThereIsNone() throws NamingException {
        dns.answer(NAME, new Srv(0, 0, 0, "."));

        assertThat(lookup.find()).isEmpty();
    }

    @Test
    void aServerThatFailsIsNoAnswer() {
        dns.answer(NAME, new Srv(1, 1, 1, "a.test"));
        dns.fail(true);

        assertThat(catchThrowable(lookup::find))
                .isInstanceOf(NamingException.class)
                .isNotInstanceOf(NameNotFoundException.class);
    }

    @Test
    void aServerThatSaysNothingIsGivenUpInSeconds() {
        dns.silence();
        long start = System.nanoTime();

        assertThat(catchThrowable(lookup::find))
                .isInstanceOf(NamingException.class)
                .isNotInstanceOf(NameNotFoundException.class);
        assertThat(System.nanoTime() - start).isBetween(1_000_000_000L, 10_000_000_000L); // the JDK's defaults: 15 s
    }

    @Test
    void anAnswerTooLongForOnePacketIsReadWhole() throws NamingException {
        dns.answer(
                NAME,
                IntStream.range(0, 100)
                        .mapToObj(i -> new Srv(1, 1, 8000 + i, "instance-" + i + ".orders.test"))
                        .toArray(Srv[]::new));

        assertThat(lookup.find()).hasSize(100);
    }

    @Test
    void whatIsNoRecordIsRefused() {
        assertThatThrownBy(() -> SrvLookup.SrvRecord.parse("1 2 three a.test."))
                .isInstanceOf(NamingException.class)
                .hasMessageContaining("not an SRV record: '1 2 three a.test.'");
        assertThatThrownBy(() -> SrvLookup.SrvRecord.parse("1 2 3")).isInstanceOf(NamingException.class);
    }
}
