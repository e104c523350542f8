package io.mesh.sample.storefront;

import io.mesh.model.RejectedCallException;
import io.mesh.model.ServiceInstance;
import io.mesh.proxy.ServiceProxy;
import io.mesh.spring.inject.MeshService;
import java.net.ConnectException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;

/**
 * Client of the service payments. A charge must not be made twice, so its calls do not say that they may be: the
 * mesh tries another instance only if the first surely received nothing, whatever the retry settings.
 */
@Component
class Payments {

    private final ServiceProxy payments;
    private final RestClient http;

    Payments(@MeshService("payments") ServiceProxy payments, RestClient.Builder http) {
        this.payments = payments;
        this.http = http.build();
    }

    Payment charge(String order, long cents) {
        try {
            return payments.call(instance -> post(instance, new Charge(order, cents)));
        } catch (RejectedCallException e) {
            return Payment.fallback(Payment.Status.NOT_CHARGED);
        } catch (RestClientException e) {
            return Payment.fallback(wasNotSent(e) ? Payment.Status.NOT_CHARGED : Payment.Status.UNKNOWN);
        }
    }

    private Payment post(ServiceInstance instance, Charge charge) {
        Receipt receipt = Objects.requireNonNull(http.post()
                .uri("http://" + instance.address() + "/charges")
                .body(charge)
                .retrieve()
                .body(Receipt.class));
        return new Payment(Payment.Status.CHARGED, receipt.charge(), receipt.source());
    }

    /** Tells of all attempts: had an earlier one been sent, the mesh would not have made another. */
    private static boolean wasNotSent(RestClientException failure) {
        return failure.getCause() instanceof ConnectException;
    }

    /**
     * What came of a charge.
     *
     * @param charge its name at the service, or null if there is none
     * @param source the instance that answered, or {@code fallback}
     */
    record Payment(Status status, @Nullable String charge, String source) {

        static Payment fallback(Status status) {
            return new Payment(status, null, "fallback");
        }

        /** Whether money moved. */
        enum Status {
            /** It did. */
            CHARGED,
            /** It surely did not. */
            NOT_CHARGED,
            /** An instance received the charge and did not confirm it: it may have. */
            UNKNOWN
        }
    }

    private record Charge(String order, long cents) {}

    private record Receipt(String charge, String source) {}
}
