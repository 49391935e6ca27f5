package sinew.runtime.cli;

import java.util.List;
import java.util.Locale;

/// Finds the known word that a user probably meant.
final class Nearest {
    private Nearest() {}

    /// `unknown task 'lfit': did you mean 'lift'? Known: lift, stack, sort`
    static String unknown(String kind, String word, List<String> known) {
        String nearest = null;
        int best = Math.max(2, word.length() / 2) + 1;
        for (String candidate : known) {
            int distance = distance(word.toLowerCase(Locale.ROOT), candidate);
            if (distance < best) {
                best = distance;
                nearest = candidate;
            }
        }
        String hint = nearest == null ? "" : ": did you mean '" + nearest + "'?";
        return "unknown " + kind + " '" + word + "'" + (nearest == null ? "." : hint) + " Known: "
                + String.join(", ", known);
    }

    /// Levenshtein's distance.
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
