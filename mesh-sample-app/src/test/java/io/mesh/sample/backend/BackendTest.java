package io.mesh.sample.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BackendTest {

    private static final Duration A_LONG_TIME = Duration.ofMinutes(1);

    private final HttpClient http = HttpClient.newHttpClient();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Backend backend = new Backend("echo", this::echo, threads, A_LONG_TIME);

    @AfterEach
    void close() {
        backend.close();
        threads.shutdownNow();
    }

    @Test
    void itDoesItsWorkWhileItIsWell() throws Exception {
        HttpResponse<String> answer = post("hello", A_LONG_TIME);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("\"POST /x hello\"");
    }

    @Test
    void aFailingBackendReceivesTheRequestAndAnswers500() throws Exception {
        backend.switchTo(BackendMode.FAIL);

        HttpResponse<String> answer = post("hello", A_LONG_TIME);

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(backend.requests()).isEqualTo(1);
    }

    @Test
    void aSlowBackendDoesNotAnswerAtOnce() {
        backend.switchTo(BackendMode.SLOW);

        assertThatThrownBy(() -> post("hello", Duration.ofMillis(300))).isInstanceOf(HttpTimeoutException.class);

        assertThat(backend.requests()).isEqualTo(1);
    }

    @Test
    void aSlowBackendAnswersRightInTheEnd() throws Exception {
        try (Backend sluggish = new Backend("echo", this::echo, threads, Duration.ofMillis(20))) {
            sluggish.switchTo(BackendMode.SLOW);

            HttpResponse<String> answer = post(sluggish, "hello", A_LONG_TIME);

            assertThat(answer.body()).isEqualTo("\"POST /x hello\"");
        }
    }

    @Test
    void aRefusingBackendTakesNoConnection() {
        backend.switchTo(BackendMode.REFUSE);

        assertThatThrownBy(() -> post("hello", A_LONG_TIME)).isInstanceOf(ConnectException.class);

        assertThat(backend.requests()).isZero();
    }

    @Test
    void itIsMendedAtTheSameAddress() throws Exception {
        String before = backend.address();
        post("hello", A_LONG_TIME);
        backend.switchTo(BackendMode.REFUSE);

        backend.switchTo(BackendMode.WELL);

        assertThat(backend.address()).isEqualTo(before);
        assertThat(post("hello", A_LONG_TIME).statusCode()).isEqualTo(200);
        assertThat(backend.requests()).isEqualTo(2);
    }

    @Test
    void aSwitchFlippedTwiceStaysFlipped() {
        backend.switchTo(BackendMode.REFUSE);

        backend.switchTo(BackendMode.REFUSE);

        assertThatThrownBy(() -> post("hello", A_LONG_TIME)).isInstanceOf(ConnectException.class);
    }

    private BackendWork.Answer echo(BackendWork.Request request) {
        return BackendWork.Answer.ok(request.method() + " " + request.path() + " " + request.body());
    }

    private HttpResponse<String> post(String body, Duration patience) throws IOException, InterruptedException {
        return post(backend, body, patience);
    }

    private HttpResponse<String> post(Backend to, String body, Duration patience)
            throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + to.address() + "/x"))
                .timeout(patience)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString());
    }
}
