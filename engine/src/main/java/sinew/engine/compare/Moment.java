package sinew.engine.compare;

import java.util.List;
import sinew.engine.policy.Observation;

/// What a policy gets to see before one prediction.
///
/// @param observations [n_obs_steps] in the order in which the robot made them, the newest last
public record Moment(List<Observation> observations) {
    public Moment {
        observations = List.copyOf(observations);
        if (observations.isEmpty()) {
            throw new IllegalArgumentException("a moment needs at least one observation");
        }
    }
}
