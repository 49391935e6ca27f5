package sinew.engine.inference;

import java.util.Arrays;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;

/// One observation in a session's history: copies, so that the sender may reuse its arrays, and what has been
/// computed from them.
final class Frame {
    final float[][] vectors; // [vectors][n] normalised
    final byte[][] images; // [cameras][H * W * 3]
    final int[] heights; // [cameras]
    final int[] widths; // [cameras]
    final float[][] features; // [cameras][n] encoder output, valid when encoded
    final float[][] keypoints; // [cameras][2K] spatial softmax, valid after a traced encode
    final boolean[] encoded; // [cameras]
    final float[] tokens; // [L] of the instruction
    final float[] text; // [n] the instruction's features, valid when read
    boolean read;

    Frame(PolicyInputs inputs, int featureSize, int textSize) {
        tokens = new float[inputs.instructions == null ? 0 : inputs.instructions.length()];
        text = new float[textSize];
        int cameras = inputs.cameras.size();
        vectors = new float[inputs.vectors.size()][];
        for (int i = 0; i < vectors.length; i++) {
            vectors[i] = new float[inputs.vectors.get(i).size()];
        }
        images = new byte[cameras][0];
        heights = new int[cameras];
        widths = new int[cameras];
        features = new float[cameras][featureSize];
        keypoints = new float[cameras][featureSize];
        encoded = new boolean[cameras];
    }

    /// Takes in an observation that was checked.
    void take(PolicyInputs inputs, Observation observation) {
        for (int i = 0; i < vectors.length; i++) {
            float[] raw = observation.states().get(inputs.vectors.get(i).name());
            for (int j = 0; j < raw.length; j++) {
                vectors[i][j] = inputs.vectorNormalizers[i].forward(j, raw[j]);
            }
        }
        if (tokens.length > 0) {
            take(inputs.instructions.tokens(observation));
        }
        for (int camera = 0; camera < images.length; camera++) {
            take(camera, observation.images().get(inputs.cameras.get(camera).name()));
        }
    }

    private void take(float[] instruction) {
        if (!Arrays.equals(instruction, tokens)) {
            System.arraycopy(instruction, 0, tokens, 0, tokens.length);
            read = false;
        }
    }

    private void take(int camera, Image image) {
        byte[] rgb = image.rgb();
        if (images[camera].length != rgb.length) {
            images[camera] = new byte[rgb.length];
        }
        System.arraycopy(rgb, 0, images[camera], 0, rgb.length);
        heights[camera] = image.height();
        widths[camera] = image.width();
        encoded[camera] = false;
    }
}
