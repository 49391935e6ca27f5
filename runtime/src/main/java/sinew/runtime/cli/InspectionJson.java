package sinew.runtime.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import sinew.convert.Inspection;
import sinew.engine.policy.ClipTextSpec;
import sinew.engine.policy.ClipVisionSpec;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.DitSpec;
import sinew.engine.policy.Feature;
import sinew.engine.policy.NormalizationMode;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.SchedulerSpec;
import sinew.engine.policy.TransformerSpec;
import sinew.engine.policy.UnetSpec;
import sinew.engine.policy.VisionSpec;

/// An inspection as JSON for programs.
final class InspectionJson {
    private InspectionJson() {}

    static ObjectNode of(Inspection inspection) {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("path", inspection.path().toString());
        root.put("kind", inspection.kind());
        root.put("bytes", inspection.bytes());
        root.put("parameters", inspection.parameters());
        ObjectNode source = root.putObject("source");
        inspection.source().forEach(source::put);
        spec(root.putObject("policy"), inspection);
        ArrayNode parts = root.putArray("parts");
        for (Inspection.Part part : inspection.parts()) {
            parts.addObject().put("name", part.name()).put("parameters", part.parameters()).put("bytes", part.bytes());
        }
        ArrayNode types = root.putArray("types");
        for (Inspection.TypeTotal t : inspection.types()) {
            types.addObject().put("type", t.type()).put("tensors", t.tensors()).put("values", t.values())
                    .put("bytes", t.bytes());
        }
        ArrayNode tensors = root.putArray("tensors");
        for (Inspection.StoredTensor t : inspection.tensors()) {
            ObjectNode tensor = tensors.addObject().put("name", t.name()).put("type", t.type());
            t.shape().forEach(tensor.putArray("shape")::add);
            tensor.put("bytes", t.bytes());
        }
        inspection.notes().forEach(root.putArray("notes")::add);
        inspection.problems().forEach(root.putArray("problems")::add);
        return root;
    }

    private static void spec(ObjectNode out, Inspection inspection) {
        PolicySpec spec = inspection.spec();
        out.put("type", spec.type());
        out.put("n_obs_steps", spec.nObsSteps());
        out.put("horizon", spec.horizon());
        out.put("n_action_steps", spec.nActionSteps());
        ArrayNode inputs = out.putArray("inputs");
        for (Feature feature : spec.inputs()) {
            feature(inputs.addObject(), feature, inspection);
        }
        feature(out.putObject("action"), spec.action(), inspection);
        spec.details().forEach(out::put);
        if (spec instanceof DiffusionSpec diffusion) {
            out.put("action_start", diffusion.actionStart());
            out.put("observations", lower(diffusion.observations()));
            switch (diffusion.denoiser()) {
                case UnetSpec unet -> unet(out.putObject("unet"), unet);
                case TransformerSpec transformer -> transformer(out.putObject("transformer"), transformer);
                case DitSpec dit -> dit(out.putObject("dit"), dit);
            }
            scheduler(out.putObject("scheduler"), diffusion.scheduler());
            if (diffusion.vision() != null) {
                vision(out.putObject("vision"), diffusion.vision());
            }
            if (diffusion.text() != null) {
                text(out.putObject("text"), diffusion.text());
            }
        }
    }

    private static void feature(ObjectNode out, Feature feature, Inspection inspection) {
        NormalizationMode mode = inspection.spec().normalization().get(feature.name());
        out.put("name", feature.name());
        out.put("type", lower(feature.type()));
        feature.shape().forEach(out.putArray("shape")::add);
        out.put("normalization", mode == null ? null : lower(mode));
        ObjectNode stats = out.putObject("statistics");
        inspection.stats().getOrDefault(feature.name(), java.util.Map.of()).forEach((stat, values) -> {
            ArrayNode array = stats.putArray(stat);
            for (double v : values) {
                array.add(v);
            }
        });
    }

    private static void unet(ObjectNode out, UnetSpec unet) {
        unet.downDims().forEach(out.putArray("down_dims")::add);
        out.put("kernel_size", unet.kernelSize());
        out.put("n_groups", unet.nGroups());
        out.put("step_embed_dim", unet.stepEmbedDim());
        out.put("film_scale", unet.filmScale());
    }

    private static void transformer(ObjectNode out, TransformerSpec transformer) {
        out.put("layers", transformer.layers());
        out.put("heads", transformer.heads());
        out.put("width", transformer.width());
        out.put("condition_layers", transformer.conditionLayers());
        out.put("causal", transformer.causal());
        out.put("time_as_condition", transformer.timeAsCondition());
    }

    private static void dit(ObjectNode out, DitSpec dit) {
        out.put("layers", dit.layers());
        out.put("heads", dit.heads());
        out.put("width", dit.width());
        out.put("step_embed_dim", dit.stepEmbedDim());
        out.put("rope_base", dit.ropeBase());
        out.put("positions", dit.positions());
    }

    private static void clip(ObjectNode out, ClipVisionSpec clip) {
        out.put("width", clip.width());
        out.put("layers", clip.layers());
        out.put("heads", clip.heads());
        out.put("patch", clip.patch());
        out.put("image_size", clip.imageSize());
    }

    private static void text(ObjectNode out, ClipTextSpec text) {
        out.put("width", text.width());
        out.put("layers", text.layers());
        out.put("heads", text.heads());
        out.put("vocabulary", text.vocabulary());
        out.put("length", text.length());
    }

    private static void scheduler(ObjectNode out, SchedulerSpec scheduler) {
        out.put("type", scheduler.kind().word());
        out.put("num_train_timesteps", scheduler.numTrainTimesteps());
        out.put("num_inference_steps", scheduler.numInferenceSteps());
        out.put("beta_schedule", lower(scheduler.betaSchedule()));
        out.put("beta_start", scheduler.betaStart());
        out.put("beta_end", scheduler.betaEnd());
        out.put("prediction_type", lower(scheduler.predictionType()));
        out.put("clip_sample", scheduler.clipSample());
        out.put("clip_sample_range", scheduler.clipSampleRange());
    }

    private static void vision(ObjectNode out, VisionSpec vision) {
        out.put("backbone", vision.backbone());
        out.put("group_norm", vision.groupNorm());
        out.put("num_keypoints", vision.numKeypoints());
        out.put("separate_encoders", vision.separateEncoders());
        size(out, "resize", vision.resize());
        if (vision.resize() != null) {
            out.put("resize_mode", lower(vision.resizeMode()));
        }
        size(out, "crop", vision.crop());
        if (vision.clip() != null) {
            clip(out.putObject("clip"), vision.clip());
        }
    }

    private static void size(ObjectNode out, String key, VisionSpec.Size size) {
        if (size == null) {
            out.putNull(key);
        } else {
            out.putArray(key).add(size.height()).add(size.width());
        }
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
