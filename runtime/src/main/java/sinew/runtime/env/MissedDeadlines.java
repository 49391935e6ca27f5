package sinew.runtime.env;

import java.util.Arrays;

/// Whether deadlines are missed again and again, or only now and then.
final class MissedDeadlines {
    private final boolean[] window; // a ring of the last steps
    private final int tooMany;
    private int next;
    private int missed;

    /// @param steps   how far back it looks
    /// @param tooMany missed ones among them; 0 for never
    MissedDeadlines(int steps, int tooMany) {
        window = new boolean[steps];
        this.tooMany = tooMany;
    }

    void restart() {
        Arrays.fill(window, false);
        missed = 0;
    }

    /// Takes in one more step; true when this is one too many.
    boolean add(boolean late) {
        missed += (late ? 1 : 0) - (window[next] ? 1 : 0);
        window[next] = late;
        next = (next + 1) % window.length;
        return late && tooMany > 0 && missed >= tooMany;
    }

    int missed() {
        return missed;
    }

    int steps() {
        return window.length;
    }
}
