package io.mesh.model;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * HTTP status codes from one to another, both included.
 *
 * @param first the lowest, 100 to 599
 * @param last the highest, {@code first} to 599
 */
public record StatusRange(int first, int last) {

    private static final int LEAST = 100;
    private static final int MOST = 599;
    private static final Pattern FORM = Pattern.compile("([0-9]{3})(?:\\s*-\\s*([0-9]{3}))?");

    /**
     * Checks both.
     *
     * @throws InvalidSettingException if one is no status code, or the last is below the first
     */
    public StatusRange {
        if (first < LEAST || first > MOST) {
            throw new InvalidSettingException("first", first, "must be a status code between 100 and 599");
        }
        if (last < first || last > MOST) {
            throw new InvalidSettingException("last", last, "must be between " + first + " and 599");
        }
    }

    /**
     * Reads {@code 204} or {@code 200-299}.
     *
     * @param text a status code, or two with a hyphen between them
     * @return the range
     * @throws InvalidSettingException if the text is not of that form
     */
    public static StatusRange of(String text) {
        Matcher parts = FORM.matcher(text.trim());
        if (parts.matches()) {
            int first = Integer.parseInt(parts.group(1));
            int last = parts.group(2) == null ? first : Integer.parseInt(parts.group(2));
            if (LEAST <= first && first <= last && last <= MOST) {
                return new StatusRange(first, last);
            }
        }
        throw new InvalidSettingException(
                "expectedStatuses",
                "'" + text + "'",
                "must be status codes between 100 and 599, such as 200, or ranges of them, such as 200-299");
    }

    /**
     * Whether a code is in the range.
     *
     * @param status any number
     * @return true if it is
     */
    public boolean contains(int status) {
        return status >= first && status <= last;
    }

    /** {@return the form that {@link #of} reads} */
    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}
