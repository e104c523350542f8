package io.mesh.spring.properties;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** The word somebody may have meant. */
public final class Nearest {

    private Nearest() {}

    /**
     * The word with the fewest letters to change.
     *
     * @param written what was written
     * @param known the words there are
     * @return the nearest, or null if none differs in less than half of its letters
     */
    public static @Nullable String of(String written, Collection<String> known) {
        String best = null;
        int least = Integer.MAX_VALUE;
        for (String word : known) {
            int distance = distance(written, word);
            if (distance < least && distance * 2 < Math.max(written.length(), word.length())) {
                least = distance;
                best = word;
            }
        }
        return best;
    }

    /** Levenshtein's: letters to insert, delete or replace. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
