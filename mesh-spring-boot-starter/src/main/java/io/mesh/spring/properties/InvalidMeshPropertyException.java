package io.mesh.spring.properties;

import java.util.List;

/** A setting of Mesh was refused. The message is the whole story: where it stands, its value, the rule. */
final class InvalidMeshPropertyException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String mend;

    /**
     * Makes the exception.
     *
     * @param sentences what is wrong, one after the other
     * @param mend what to do about it
     */
    InvalidMeshPropertyException(List<String> sentences, String mend) {
        super(String.join(" ", sentences));
        this.mend = mend;
    }

    String mend() {
        return mend;
    }
}
