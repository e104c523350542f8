package io.mesh.sample.backend;

import java.util.List;
import java.util.stream.Stream;

/** The recommendations of a partner: {@code GET /recommendations/{item}}. */
record RecommendationsWork(String id) implements BackendWork {

    private static final String RECOMMENDATIONS = "/recommendations/";

    @Override
    public Answer answer(Request request) {
        if (!request.is("GET", RECOMMENDATIONS)) {
            return Answer.error(404, "recommendations does not know " + request.method() + " " + request.path());
        }
        String item = request.pathAfter(RECOMMENDATIONS);
        List<String> others = Stream.of("plum", "pear", "apple")
                .filter(other -> !other.equals(item))
                .toList();
        return Answer.ok(new Recommended(item, others, id));
    }

    private record Recommended(String item, List<String> recommended, String source) {}
}
