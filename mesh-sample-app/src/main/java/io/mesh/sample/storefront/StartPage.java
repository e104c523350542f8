package io.mesh.sample.storefront;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Says what to try, with the port that this shop listens at. */
@RestController
class StartPage {

    private static final Logger log = LoggerFactory.getLogger(StartPage.class);
    private static final String PORT_IN_PAGE = "http://localhost:8080/";

    private final String page;

    StartPage(@Value("classpath:start-page.html") Resource page) throws IOException {
        this.page = page.getContentAsString(StandardCharsets.UTF_8);
    }

    @GetMapping(path = "/", produces = MediaType.TEXT_HTML_VALUE + ";charset=UTF-8")
    String show(HttpServletRequest request) {
        return page.replace(PORT_IN_PAGE, address(request.getLocalPort()));
    }

    @EventListener
    void announce(WebServerInitializedEvent event) {
        log.info("What to try: {}", address(event.getWebServer().getPort()));
    }

    private static String address(int port) {
        return "http://localhost:" + port + "/";
    }
}
