package sinew.engine.policy;

import sinew.engine.weights.Metadata;

/// What a multi-task diffusion transformer has beside other diffusion policies, as metadata of a weights file, and back.
final class MultiTaskDitMetadata {
    private static final int MOST = 1 << 16;
    private static final int MOST_LAYERS = 1024;
    private static final int MOST_TOKENS = 1 << 20;
    private static final String DIFFUSION = "sinew.diffusion.";
    private static final String NETWORK = DIFFUSION + "network";
    private static final String DIT = DIFFUSION + "dit.";
    private static final String ROPE_BASE = DIT + "rope_base";
    private static final String VISION = DIFFUSION + "vision.clip.";
    private static final String TEXT = DIFFUSION + "text.clip.";

    private final Metadata metadata;

    MultiTaskDitMetadata(Metadata metadata) {
        this.metadata = metadata;
    }

    static void write(DitSpec dit, Metadata.Builder out) {
        out.put(NETWORK, "dit");
        out.put(DIT + "layers", dit.layers());
        out.put(DIT + "heads", dit.heads());
        out.put(DIT + "width", dit.width());
        out.put(DIT + "step_embed_dim", dit.stepEmbedDim());
        if (dit.ropeBase() != null) {
            out.put(ROPE_BASE, dit.ropeBase());
        }
        out.put(DIT + "positions", dit.positions());
    }

    static void write(ClipVisionSpec vision, Metadata.Builder out) {
        out.put(VISION + "width", vision.width());
        out.put(VISION + "layers", vision.layers());
        out.put(VISION + "heads", vision.heads());
        out.put(VISION + "patch", vision.patch());
        out.put(VISION + "image_size", vision.imageSize());
    }

    static void write(ClipTextSpec text, Metadata.Builder out) {
        out.put(TEXT + "width", text.width());
        out.put(TEXT + "layers", text.layers());
        out.put(TEXT + "heads", text.heads());
        out.put(TEXT + "vocabulary", text.vocabulary());
        out.put(TEXT + "context", text.context());
    }

    DitSpec denoiser() {
        int width = metadata.integer(DIT + "width", 2, MOST);
        int heads = heads(DIT, width);
        Double base = metadata.has(ROPE_BASE) ? metadata.number(ROPE_BASE) : null;
        if (base != null && (!(base > 0) || width / heads % 2 != 0)) {
            throw metadata.problem(ROPE_BASE, "is " + base + " for heads of " + width / heads
                    + " channels, want a positive number and an even size");
        }
        int step = metadata.integer(DIT + "step_embed_dim", 4, MOST);
        if (step % 2 != 0) {
            throw metadata.problem(DIT + "step_embed_dim", "is " + step + ", want an even number");
        }
        return new DitSpec(metadata.integer(DIT + "layers", 1, MOST_LAYERS), heads, width, step, base,
                metadata.bool(DIT + "positions"));
    }

    ClipVisionSpec vision() {
        int width = metadata.integer(VISION + "width", 1, MOST);
        int patch = metadata.integer(VISION + "patch", 1, 1024);
        int image = metadata.integer(VISION + "image_size", patch, 4096);
        if (image % patch != 0) {
            throw metadata.problem(VISION + "image_size", "is " + image + ", which patches of " + patch
                    + " pixels do not fill");
        }
        return new ClipVisionSpec(width, metadata.integer(VISION + "layers", 1, MOST_LAYERS), heads(VISION, width),
                patch, image);
    }

    /// @param length tokens of an instruction
    ClipTextSpec text(int length) {
        int width = metadata.integer(TEXT + "width", 1, MOST);
        int context = metadata.integer(TEXT + "context", 2, MOST);
        if (length < 2 || length > context) {
            throw metadata.problem(TEXT + "context", "is " + context + ", instructions have " + length + " tokens");
        }
        return new ClipTextSpec(width, metadata.integer(TEXT + "layers", 1, MOST_LAYERS), heads(TEXT, width),
                metadata.integer(TEXT + "vocabulary", 3, MOST_TOKENS), context, length);
    }

    private int heads(String prefix, int width) {
        int heads = metadata.integer(prefix + "heads", 1, width);
        if (width % heads != 0) {
            throw metadata.problem(prefix + "heads", "is " + heads + ", which does not divide a width of " + width);
        }
        return heads;
    }
}
