package sinew.engine.inference;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import sinew.engine.features.Normalizer;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.ObservationException;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.policy.VisionSpec.ResizeMode;
import sinew.engine.weights.WeightScope;

/// What a policy wants to be told at every control step, and whether an observation says it.
final class PolicyInputs {
    final List<Feature> before; // vectors that stand before the cameras in the condition
    final List<Feature> cameras; // in config order
    final List<Feature> after; // vectors that stand after them
    final List<Feature> vectors; // before, then after
    final Normalizer[] vectorNormalizers; // [vectors]
    final Normalizer[] cameraNormalizers; // [cameras]
    final Instructions instructions; // null when the policy reads none
    private final boolean anyFrameSize;
    private final String wanted;

    PolicyInputs(PolicySpec spec, WeightScope weights) {
        this(spec, weights, null);
    }

    /// @param instructions null when the policy reads none
    PolicyInputs(PolicySpec spec, WeightScope weights, Instructions instructions) {
        this.instructions = instructions;
        boolean camerasFirst = spec instanceof DiffusionSpec diffusion
                && diffusion.origin() == DiffusionSpec.Origin.DIFFUSION_POLICY;
        before = camerasFirst ? List.of() : ofType(spec, FeatureType.STATE);
        cameras = spec.cameras();
        after = camerasFirst ? vectors(spec) : ofType(spec, FeatureType.ENV);
        vectors = new ArrayList<>(before);
        vectors.addAll(after);
        vectorNormalizers = vectors.stream().map(f -> read(spec, weights, f, f.size())).toArray(Normalizer[]::new);
        cameraNormalizers = cameras.stream().map(f -> read(spec, weights, f, 3)).toArray(Normalizer[]::new);
        anyFrameSize = spec instanceof DiffusionSpec diffusion && diffusion.vision() != null
                && diffusion.vision().resizeMode() == ResizeMode.BILINEAR;
        wanted = spec.inputs().stream().map(this::describe).collect(Collectors.joining(", "));
    }

    private static List<Feature> ofType(PolicySpec spec, FeatureType type) {
        return spec.inputs().stream().filter(f -> f.type() == type).toList();
    }

    private static List<Feature> vectors(PolicySpec spec) {
        return spec.inputs().stream().filter(f -> f.type() != FeatureType.VISUAL).toList();
    }

    private static Normalizer read(PolicySpec spec, WeightScope weights, Feature feature, int n) {
        return Normalizer.read(weights.in(SpecMetadata.normalizationPrefix(spec, feature)), n);
    }

    /// @throws ObservationException says what is wrong and what the policy wants; features that the policy does
    ///                              not know are none of its business
    void check(Observation observation) {
        // By index: iterators would be allocated until the JVM has compiled this for good.
        for (int i = 0; i < vectors.size(); i++) {
            checkVector(vectors.get(i), observation.states().get(vectors.get(i).name()));
        }
        for (int i = 0; i < cameras.size(); i++) {
            checkImage(cameras.get(i), observation.images().get(cameras.get(i).name()));
        }
        if (instructions != null) {
            checkInstruction(observation);
        }
    }

    private void checkInstruction(Observation observation) {
        try {
            instructions.tokens(observation);
        } catch (IllegalArgumentException e) {
            throw refused(e.getMessage());
        }
    }

    private void checkVector(Feature feature, float[] values) {
        if (values == null) {
            throw refused(feature.name() + " is missing");
        }
        if (values.length != feature.size()) {
            throw refused(feature.name() + " has " + values.length + " values instead of " + feature.size());
        }
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw refused(feature.name() + "[" + i + "] is " + values[i]);
            }
        }
    }

    private void checkImage(Feature feature, Image image) {
        if (image == null) {
            throw refused(feature.name() + " is missing");
        }
        int height = feature.shape().get(1);
        int width = feature.shape().get(2);
        boolean fits = anyFrameSize
                ? image.height() > 0 && image.width() > 0
                : image.height() == height && image.width() == width;
        if (!fits) {
            throw refused(feature.name() + " is " + image.height() + "x" + image.width() + " instead of " + height + "x"
                    + width + " (height x width)");
        }
    }

    private ObservationException refused(String problem) {
        return new ObservationException("observation refused: " + problem + ". The policy wants " + wanted);
    }

    private String describe(Feature feature) {
        if (feature.type() != FeatureType.VISUAL) {
            return feature.name() + " [" + feature.size() + "]";
        }
        String size = feature.shape().get(1) + ", " + feature.shape().get(2) + ", 3";
        return feature.name() + " uint8 [" + (anyFrameSize ? "any height, any width, 3" : size) + "]";
    }
}
