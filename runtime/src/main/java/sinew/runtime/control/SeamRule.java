package sinew.runtime.control;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// What happens where a new chunk takes over from the one that is being played. Row i of a chunk is for the i-th step
/// after the observation that it was predicted from, so that when it arrives its first rows are about the past.
public enum SeamRule {
    /// Rows whose time has passed are skipped, and the old chunk ends at once.
    CUT,
    /// As cut, but over the steps for which both chunks have an action the old one fades into the new one.
    BLEND,
    /// Every step's action is the mean of what all chunks said about it, weighted by exp(-0.01 i) with i = 0 for the
    /// oldest: temporal ensembling as Zhao et al. 2023 (ACT) describe it.
    ENSEMBLE,
    /// The policy is told which actions are already decided and continues them: the diffusion form of real-time chunking
    /// (Black et al. 2025). Needs a server that can.
    INPAINT;

    /// The name on the command line.
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @return null when there is none of this name
    public static SeamRule byId(String id) {
        return Arrays.stream(values()).filter(rule -> rule.id().equals(id)).findFirst().orElse(null);
    }

    public static List<String> ids() {
        return Arrays.stream(values()).map(SeamRule::id).toList();
    }

    /// Steps by which the next chunk should come earlier than is needed to keep moving: rules that mix two chunks need
    /// steps of which both tell.
    ///
    /// @param length rows of a chunk
    int margin(int length) {
        return switch (this) {
            case CUT, INPAINT -> 1;
            case BLEND, ENSEMBLE -> Math.max(2, length / 4);
        };
    }
}
