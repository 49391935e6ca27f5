package sinew.kernels;

/// Scaled dot-product attention of several heads (Vaswani et al. 2017), between projections that are layers of
/// their own. Head h takes the channels h*headSize .. (h+1)*headSize-1 of queries, keys and values.
///
/// @param queries tokens per sample that ask
/// @param keys    tokens per sample that are asked; as many as `queries` in self-attention
public record Attention(int heads, int headSize, int queries, int keys) {
    /// Channels of queries, keys and values.
    public int channels() {
        return heads * headSize;
    }

    /// What the dot products are multiplied by.
    float scale() {
        return (float) (1 / Math.sqrt(headSize));
    }
}
