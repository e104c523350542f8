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

    /** What to do about a value that is not one of a few: a sentence. */
    static String mend(String written, Collection<String> allowed) {
        String meant = of(written, allowed);
        return meant == null ? "Correct the value." : "Did you mean " + meant + "?";
    }

    /** Letters to insert, delete, replace, or swap with the next (optimal string alignment). */
    private static int distance(String a, String b) {
        int[][] rows = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    rows[i][j] = i + j;
                    continue;
                }
                int replaced = rows[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                rows[i][j] = Math.min(replaced, Math.min(rows[i - 1][j], rows[i][j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
                }
            }
        }
        return rows[a.length()][b.length()];
    }
}
