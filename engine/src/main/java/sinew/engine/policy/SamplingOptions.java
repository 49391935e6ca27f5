package sinew.engine.policy;

/// What a user may change about sampling at run time; null keeps what the checkpoint says.
public record SamplingOptions(SchedulerSpec.Kind scheduler, Integer steps) {
    public static final SamplingOptions FROM_CHECKPOINT = new SamplingOptions(null, null);
}
