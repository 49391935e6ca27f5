package sinew.engine.policy;

import sinew.engine.policy.ActTransformerSpec.FeedForwardActivation;
import sinew.engine.weights.Metadata;

/// An [ActSpec] as metadata of a weights file, and back.
final class ActMetadata {
    private static final int MOST = 1 << 16;
    private static final int MOST_LAYERS = 1024;
    private static final String ACT = "sinew.act.";
    private static final String ENSEMBLE = ACT + "ensemble_coefficient";

    private final Metadata metadata;
    private final SpecMetadata.Features features;

    ActMetadata(Metadata metadata, SpecMetadata.Features features) {
        this.metadata = metadata;
        this.features = features;
    }

    static void write(ActSpec spec, Metadata.Builder out) {
        out.put(ACT + "chunk_size", spec.chunkSize());
        out.put(ACT + "n_action_steps", spec.nActionSteps());
        if (spec.backbone() != null) {
            out.put(ACT + "backbone", spec.backbone());
        }
        ActTransformerSpec transformer = spec.transformer();
        out.put(ACT + "dim_model", transformer.width());
        out.put(ACT + "n_heads", transformer.heads());
        out.put(ACT + "dim_feedforward", transformer.feedForward());
        out.put(ACT + "feedforward_activation", SpecMetadata.lower(transformer.activation()));
        out.put(ACT + "n_encoder_layers", transformer.encoderLayers());
        out.put(ACT + "n_decoder_layers", transformer.decoderLayers());
        out.put(ACT + "pre_norm", transformer.preNorm());
        if (spec.ensembleCoefficient() != null) {
            out.put(ENSEMBLE, spec.ensembleCoefficient());
        }
    }

    ActSpec read() {
        int chunk = metadata.integer(ACT + "chunk_size", 1, MOST);
        Double coefficient = metadata.has(ENSEMBLE) ? metadata.number(ENSEMBLE) : null;
        if (coefficient != null && !Double.isFinite(coefficient)) {
            throw metadata.problem(ENSEMBLE, "is " + coefficient + ", want a number");
        }
        int steps = metadata.integer(ACT + "n_action_steps", 1, coefficient == null ? chunk : 1);
        String backbone =
                features.cameras().isEmpty() ? null : SpecMetadata.backbone(metadata, ACT + "backbone");
        return new ActSpec(features.inputs(), features.action(), chunk, steps, features.normalization(), backbone,
                transformer(), coefficient);
    }

    private ActTransformerSpec transformer() {
        int width = metadata.integer(ACT + "dim_model", 4, MOST);
        int heads = metadata.integer(ACT + "n_heads", 1, width);
        if (width % heads != 0 || width % 4 != 0) {
            throw metadata.problem(ACT + "dim_model", "is " + width + ", want a multiple of 4 that divides into "
                    + heads + " heads");
        }
        return new ActTransformerSpec(
                width,
                heads,
                metadata.integer(ACT + "dim_feedforward", 1, MOST),
                SpecMetadata.word(metadata, FeedForwardActivation.class, ACT + "feedforward_activation"),
                metadata.integer(ACT + "n_encoder_layers", 1, MOST_LAYERS),
                metadata.integer(ACT + "n_decoder_layers", 1, MOST_LAYERS),
                metadata.bool(ACT + "pre_norm"));
    }
}
