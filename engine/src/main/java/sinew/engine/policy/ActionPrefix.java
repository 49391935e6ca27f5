package sinew.engine.policy;

/// Actions that are already decided when a prediction is asked for, in the robot's units: the prediction continues them.
///
/// @param past the actions just before the observation, oldest first, [p][A]; the last one is of the step before
/// @param next the actions from the observation's step on, [k][A]
public record ActionPrefix(float[][] past, float[][] next) {
    public static final ActionPrefix NONE = new ActionPrefix(new float[0][], new float[0][]);

    public boolean isEmpty() {
        return past.length == 0 && next.length == 0;
    }
}
