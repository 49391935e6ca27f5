package sinew.runtime.record;

import org.jcodec.codecs.h264.encode.RateControl;
import org.jcodec.codecs.h264.io.model.SliceType;
import org.jcodec.common.model.Size;

/// Chooses the quantiser so that ordinary pictures look good and noise, which no codec can compress, costs
/// neither minutes nor gigabytes: about one bit per pixel at most, as six steps of QP halve the bits.
final class QualityControl implements RateControl {
    static final int FINEST = 14;
    static final int COARSEST = 46;
    private static final int FIRST = 20;

    private final int budgetBytes;
    private int qp = FIRST;

    QualityControl(int height, int width) {
        budgetBytes = Math.max(2048, height * width / 8);
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

    /// A picture was too much for the encoder's buffers.
    ///
    /// @return false when there is no coarser way
    boolean coarser() {
        if (qp == COARSEST) {
            return false;
        }
        qp = Math.min(COARSEST, qp + 8);
        return true;
    }

    @Override
    public int startPicture(Size size, int maxSize, SliceType type) {
        return qp;
    }

    @Override
    public int initialQpDelta() {
        return 0;
    }

    @Override
    public int accept(int bits) {
        return 0;
    }
}
