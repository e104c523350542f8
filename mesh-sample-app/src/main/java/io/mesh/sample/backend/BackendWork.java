package io.mesh.sample.backend;

/** What a backend does with a request while it is well. Called by many threads. */
@FunctionalInterface
interface BackendWork {

    Answer answer(Request request);

    /**
     * One request, read whole.
     *
     * @param body empty if there is none
     */
    record Request(String method, String path, String body) {

        boolean is(String expectedMethod, String pathPrefix) {
            return method.equals(expectedMethod) && path.startsWith(pathPrefix);
        }

        String pathAfter(String pathPrefix) {
            return path.substring(pathPrefix.length());
        }
    }

    /**
     * What is sent back.
     *
     * @param body written as JSON
     */
    record Answer(int status, Object body) {

        static Answer ok(Object body) {
            return new Answer(200, body);
        }

        static Answer error(int status, String reason) {
            return new Answer(status, new ErrorBody(reason));
        }
    }

    /** Why there is no better answer. */
    record ErrorBody(String error) {}
}
