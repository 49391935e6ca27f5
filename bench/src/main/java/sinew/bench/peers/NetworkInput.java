package sinew.bench.peers;

/// What goes into a network, channels last as in our engine.
///
/// @param values    UNet: the sample [B, T, A]; encoder: images [B, H, W, 3], already normalised
/// @param timesteps UNet: one training step per sample [B]; encoder: null
/// @param cond      UNet: [B, condDim]; encoder: null
public record NetworkInput(float[] values, int[] timesteps, float[] cond) {
    /// The images as other runtimes want them: [B, 3, H, W].
    public float[] channelsFirst(int height, int width) {
        int pixels = height * width;
        float[] planes = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            int image = i / (3 * pixels);
            int channel = i % 3;
            planes[(image * 3 + channel) * pixels + i / 3 % pixels] = values[i];
        }
        return planes;
    }
}
