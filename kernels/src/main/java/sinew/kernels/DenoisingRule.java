package sinew.kernels;

/// How one denoising step comes from a sample to the next, for samplers that estimate the clean sample, clip it and mix:
///
///     clean = clamp(estimate(output, sample), -limit, limit)
///     next = cleanWeight * clean + sampleWeight * sample + epsilonWeight * epsilon
///          + earlierWeight * earlier + freshWeight * fresh
///
/// Terms whose weight is 0 are left out. Products and sums are rounded one by one, in this order.
///
/// @param target what the network says
/// @param limit  largest magnitude of a clean sample, or infinity
/// @param signal square root of what is left of the signal in the sample
/// @param noise  square root of the noise's share of it
public record DenoisingRule(
        Target target,
        float limit,
        float signal,
        float noise,
        float cleanWeight,
        float sampleWeight,
        float epsilonWeight,
        float earlierWeight,
        float freshWeight) {
    /// What a network was trained to say about a noisy sample.
    public enum Target {
        EPSILON,
        SAMPLE,
        V_PREDICTION
    }

    /// The clean sample, clipped, by what the network said about a value of the sample.
    public float clean(float output, float sample) {
        return Math.clamp(estimate(output, sample), -limit, limit);
    }

    private float estimate(float output, float sample) {
        return switch (target) {
            case EPSILON -> (sample - noise * output) / signal;
            case SAMPLE -> output;
            case V_PREDICTION -> signal * sample - noise * output;
        };
    }

    /// The value of the next sample.
    ///
    /// @param clean   as [#clean] has it
    /// @param earlier of the step before; not looked at where its weight is 0
    /// @param fresh   not looked at where its weight is 0
    public float next(float clean, float output, float sample, float earlier, float fresh) {
        float next = cleanWeight * clean;
        next = sampleWeight == 0 ? next : next + sampleWeight * sample;
        next = epsilonWeight == 0 ? next : next + epsilonWeight * epsilon(output, sample);
        next = earlierWeight == 0 ? next : next + earlierWeight * earlier;
        return freshWeight == 0 ? next : next + freshWeight * fresh;
    }

    /// The noise in the sample, by what the network said before it was clipped.
    private float epsilon(float output, float sample) {
        return switch (target) {
            case EPSILON -> output;
            case SAMPLE -> (sample - signal * output) / noise;
            case V_PREDICTION -> signal * output + noise * sample;
        };
    }
}
