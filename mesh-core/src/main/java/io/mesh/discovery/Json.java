package io.mesh.discovery;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON (RFC 8259), and nothing that only looks like it: no comments, no comma at the end, no second key of the same
 * name. Keeps where each value stands, so that whoever does not like one can say where it is.
 */
final class Json {

    private static final int DEEPEST = 32; // what is nested deeper was made to harm
    private static final char END = '\uffff';

    /**
     * A value: a {@code Map<String, Value>}, a {@code List<Value>}, a {@code String}, a {@link NumberText}, a
     * {@code Boolean}, or null.
     *
     * @param at offset of its first character
     */
    record Value(@Nullable Object content, int at) {

        /** What it is, for people. */
        String kind() {
            if (content instanceof Map<?, ?>) {
                return "an object";
            }
            if (content instanceof List<?>) {
                return "a list";
            }
            return content instanceof String text ? "\"" + text + "\"" : String.valueOf(content);
        }
    }

    /**
     * A number, as it is written.
     *
     * @param text such as {@code -1.5e3}
     */
    record NumberText(String text) {

        @Override
        public String toString() {
            return text;
        }
    }

    private final String text;
    private final String file;
    private int at;

    private Json(String file, String text) {
        this.file = file;
        this.text = text;
    }

    /**
     * Reads one value, with nothing behind it.
     *
     * @param file its name, for messages
     * @throws InstanceFileException if it is not JSON
     */
    static Value parse(String file, String text) throws InstanceFileException {
        Json json = new Json(file, text);
        json.skipSpace();
        if (json.peek() == END) {
            throw json.refuse(
                    json.at, "the file is empty", "write {\"instances\": []} for a service without instances");
        }
        Value value = json.value(0);
        json.skipSpace();
        if (json.at < text.length()) {
            throw json.refuse(json.at, "there is " + json.here() + " after the end", "remove it");
        }
        return value;
    }

    private Value value(int depth) throws InstanceFileException {
        if (depth > DEEPEST) {
            throw refuse(at, "there are more than " + DEEPEST + " levels", "take some away");
        }
        int start = at;
        char first = peek();
        if (first == '{') {
            return new Value(object(depth), start);
        }
        if (first == '[') {
            return new Value(list(depth), start);
        }
        if (first == '"') {
            return new Value(string(), start);
        }
        if (first == '-' || isDigit(first)) {
            return new Value(number(), start);
        }
        if (word("true")) {
            return new Value(true, start);
        }
        if (word("false")) {
            return new Value(false, start);
        }
        if (word("null")) {
            return new Value(null, start);
        }
        throw refuse(at, "there is " + here() + " where a value should be", valueMend(first));
    }

    private String valueMend(char first) {
        if (first == ']' || first == '}') {
            return "remove the comma before it";
        }
        if (first == '\'') {
            return "write text in double quotes";
        }
        if (first == '/' || first == '#') {
            return "JSON has no comments; remove it";
        }
        return first == END ? "complete the file" : "write text in double quotes";
    }

    private Map<String, Value> object(int depth) throws InstanceFileException {
        Map<String, Value> entries = new LinkedHashMap<>();
        at++;
        skipSpace();
        if (take('}')) {
            return entries;
        }
        while (true) {
            int keyAt = at;
            if (peek() != '"') {
                throw refuse(
                        at,
                        "there is " + here() + " where a key should be",
                        peek() == '}' ? "remove the comma before it" : "write a key in double quotes");
            }
            String key = string();
            skipSpace();
            if (!take(':')) {
                throw refuse(at, "there is " + here() + " where a colon should be", "write a colon after the key");
            }
            skipSpace();
            if (entries.put(key, value(depth + 1)) != null) {
                throw refuse(keyAt, "there is \"" + key + "\" a second time", "remove one of the two");
            }
            skipSpace();
            if (take('}')) {
                return entries;
            }
            nextOrRefuse('}');
        }
    }

    private List<Value> list(int depth) throws InstanceFileException {
        List<Value> values = new ArrayList<>();
        at++;
        skipSpace();
        if (take(']')) {
            return values;
        }
        while (true) {
            values.add(value(depth + 1));
            skipSpace();
            if (take(']')) {
                return values;
            }
            nextOrRefuse(']');
        }
    }

    private void nextOrRefuse(char end) throws InstanceFileException {
        if (!take(',')) {
            throw refuse(
                    at,
                    "there is " + here() + " where a comma or " + end + " should be",
                    at >= text.length() ? "complete the file" : "write a comma between two entries");
        }
        skipSpace();
    }

    private String string() throws InstanceFileException {
        StringBuilder read = new StringBuilder();
        int start = at++;
        while (true) {
            char next = peek();
            if (next == END && at >= text.length()) {
                throw refuse(start, "a text that begins here has no end", "close it with a double quote");
            }
            if (next < ' ') {
                throw refuse(at, "there is a control character inside of a text", "write it as \\n, \\t or \\u0000");
            }
            at++;
            if (next == '"') {
                return read.toString();
            }
            read.append(next == '\\' ? escaped() : next);
        }
    }

    private char escaped() throws InstanceFileException {
        char next = peek();
        int plain = "\"\\/bfnrt".indexOf(next);
        if (plain >= 0) {
            at++;
            return "\"\\/\b\f\n\r\t".charAt(plain);
        }
        if (next == 'u' && at + 5 <= text.length()) {
            String digits = text.substring(at + 1, at + 5);
            if (digits.chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128)) {
                at += 5;
                return (char) Integer.parseInt(digits, 16);
            }
        }
        throw refuse(at - 1, "there is a backslash that escapes nothing", "write \\\\ for a backslash");
    }

    private NumberText number() throws InstanceFileException {
        int start = at;
        take('-');
        boolean sound = take('0') || digits();
        if (sound && take('.')) {
            sound = digits();
        }
        if (sound && (take('e') || take('E'))) {
            boolean signed = take('+') || take('-');
            sound = digits() || (signed && digits());
        }
        if (!sound || isDigit(peek())) {
            throw refuse(start, "there is a number that is none in JSON", "write it as 8080, -1 or 0.5");
        }
        return new NumberText(text.substring(start, at));
    }

    private boolean digits() {
        int start = at;
        while (isDigit(peek())) {
            at++;
        }
        return at > start;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private boolean word(String expected) {
        boolean there = text.startsWith(expected, at);
        if (there) {
            at += expected.length();
        }
        return there;
    }

    private void skipSpace() {
        while (" \t\r\n".indexOf(peek()) >= 0) {
            at++;
        }
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : END;
    }

    private boolean take(char expected) {
        boolean there = at < text.length() && text.charAt(at) == expected;
        if (there) {
            at++;
        }
        return there;
    }

    /** What stands here, for people. */
    private String here() {
        return at >= text.length() ? "the end of the file" : "'" + text.charAt(at) + "'";
    }

    private InstanceFileException refuse(int offset, String what, String mend) {
        return InstanceFileException.at(file, text, offset, what, mend);
    }
}
