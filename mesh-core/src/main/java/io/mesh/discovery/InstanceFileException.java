package io.mesh.discovery;

import java.io.IOException;

/** A file of instances that cannot be used. Says where, what is wrong and how to mend it; the last good list stays. */
final class InstanceFileException extends IOException {

    private static final long serialVersionUID = 1L;

    private InstanceFileException(String sentence) {
        super(sentence);
    }

    /** The sentence: {@code orders.json, line 3, column 14: there is ... Write ....} */
    static InstanceFileException at(String file, String text, int offset, String what, String mend) {
        int line = 1;
        int lineStart = 0;
        for (int i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', i + 1)) {
            line++;
            lineStart = i + 1;
        }
        return new InstanceFileException(
                file + ", line " + line + ", column " + (offset - lineStart + 1) + ": " + what + "; " + mend + ".");
    }
}
