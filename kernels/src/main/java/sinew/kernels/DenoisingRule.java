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

    float clean(float output, float sample) {
        return Math.clamp(estimate(output, sample), -limit, limit);
    }

    private float estimate(float output, float sample) {
        return switch (target) {
            case EPSILON -> (sample - noise * output) / signal;
            case SAMPLE -> output;
            case V_PREDICTION -> signal * sample - noise * output;
        };
    }

    /// The noise in the sample, by what the network said before it was clipped.
    float epsilon(float output, float sample) {
        return switch (target) {
            case EPSILON -> output;
            case SAMPLE -> (sample - signal * output) / noise;
            case V_PREDICTION -> signal * output + noise * sample;
        };
    }
}
