package sinew.engine.policy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// LeRobot's `act` policy: a ResNet for each camera's picture, a transformer that reads its pixels beside the state and
/// answers with a whole chunk of actions at once (Zhao et al. 2023).
///
/// @param chunkSize           rows that the network predicts
/// @param normalization       how each feature was normalised, by feature name; absent means identity
/// @param backbone            torchvision's name; null when the policy has no camera
/// @param ensembleCoefficient null, or what the actions of overlapping chunks are averaged by: exp(-coefficient * i)
///                            for the i-th oldest. One action is executed per prediction then
public record ActSpec(
        List<Feature> inputs,
        Feature action,
        int chunkSize,
        int nActionSteps,
        Map<String, NormalizationMode> normalization,
        String backbone,
        ActTransformerSpec transformer,
        Double ensembleCoefficient)
        implements PolicySpec {

    public ActSpec {
        inputs = List.copyOf(inputs);
        normalization = Map.copyOf(normalization);
    }

    @Override
    public String type() {
        return "act";
    }

    @Override
    public String lerobotClass() {
        return "ACTPolicy";
    }

    @Override
    public int nObsSteps() {
        return 1;
    }

    @Override
    public int horizon() {
        return chunkSize;
    }

    @Override
    public SamplerSpec sampler(SamplingOptions options) {
        if (options.scheduler() != null || options.steps() != null) {
            throw new IllegalArgumentException(
                    "an act policy has no denoising steps: it takes neither a scheduler nor a number of steps");
        }
        return SamplerSpec.ONE_PASS;
    }

    /// The whole chunk, and of it what is executed.
    @Override
    public Set<String> results() {
        return Set.of("action_chunk", "action_chunk_normalized", "select_actions");
    }

    @Override
    public Map<String, String> details() {
        Map<String, String> details = new LinkedHashMap<>();
        if (backbone != null) {
            details.put("vision", backbone + " with BatchNorm (folded), one encoder for all cameras");
        }
        details.put("transformer", "width " + transformer.width() + ", " + transformer.heads() + " heads, "
                + transformer.encoderLayers() + " layers of encoder and " + transformer.decoderLayers()
                + " of decoder, feed-forward " + transformer.feedForward() + " with " + transformer.activation()
                + ", norms " + (transformer.preNorm() ? "before" : "after") + " each part");
        details.put("ensemble", ensembleCoefficient == null ? "none" : "weights exp(-" + ensembleCoefficient + " i)");
        return details;
    }

    /// Vectors among the inputs, the state before the environment's: each is a token.
    public List<Feature> vectors() {
        return Stream.of(FeatureType.STATE, FeatureType.ENV)
                .flatMap(type -> inputs.stream().filter(f -> f.type() == type))
                .toList();
    }
}
