package sinew.runtime.record;

/// Chooses the quantiser so that ordinary pictures look good and noise, which no codec can compress, costs
/// neither minutes nor gigabytes: about one bit per pixel at most, as six steps of QP halve the bits.
final class QualityControl {
    private static final int FINEST = 22;
    private static final int COARSEST = 46;

    private final int budgetBytes;
    private int qp = 24;

    QualityControl(int height, int width) {
        budgetBytes = Math.max(2048, height * width / 8);
    }

    /// For the next picture.
    int qp() {
        return qp;
    }

    /// After a picture of this many bytes.
    void encoded(int bytes) {
        double octaves = Math.log((double) bytes / budgetBytes) / Math.log(2);
        if (octaves > 0) {
            qp += (int) Math.ceil(6 * octaves);
        } else if (octaves < -0.5) {
            qp--;
        }
        qp = Math.clamp(qp, FINEST, COARSEST);
    }
}
