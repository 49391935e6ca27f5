package sinew.engine.policy;

/// A loaded policy: immutable weights and a compiled plan, shared by any number of sessions.
public interface Policy extends AutoCloseable {
    PolicySpec spec();

    /// A session whose noise comes from `noise`.
    PolicySession newSession(NoiseSource noise, SamplingOptions options);

    @Override
    void close();
}
