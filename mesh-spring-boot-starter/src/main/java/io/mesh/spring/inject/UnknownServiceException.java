package io.mesh.spring.inject;

import java.util.Set;
import java.util.TreeSet;

/** The mesh has no service of the name that was asked for. */
final class UnknownServiceException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String service;
    private final transient Set<String> known;

    UnknownServiceException(String service, Set<String> known) {
        super("The mesh has no service '" + service + "'.");
        this.service = service;
        this.known = new TreeSet<>(known);
    }

    String service() {
        return service;
    }

    Set<String> known() {
        return known;
    }
}
