package sinew.engine.policy;

/// How a policy comes to an action chunk.
///
/// @param name  for people: `ddim`, `euler`, `one pass`
/// @param steps runs of the network for one chunk
public record SamplerSpec(String name, int steps) {
    /// A network that answers at once.
    public static final SamplerSpec ONE_PASS = new SamplerSpec("one pass", 1);
}
