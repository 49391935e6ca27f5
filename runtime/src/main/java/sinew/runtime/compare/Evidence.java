package sinew.runtime.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import sinew.engine.compare.Moments;
import sinew.engine.compare.SyntheticMoments;
import sinew.engine.policy.PolicySpec;
import sinew.engine.weights.Metadata;
import sinew.runtime.dataset.DatasetMoments;
import sinew.runtime.dataset.LeRobotDataset;

/// What comparisons predict from, and how much of it.
final class Evidence {
    /// Predictions that are worth making where one takes hardly any time.
    private static final int MOST_BY_DEFAULT = 32;
    private static final int LEAST_BY_DEFAULT = 2;
    /// About ten seconds of denoising on two cores: bytes of weights times steps times rows in units of 16.
    private static final double WORK_BY_DEFAULT = 1.5e11;

    private Evidence() {}

    /// How many observations two contenders should predict from: the same on every machine, so that a gate does not
    /// depend on how fast the machine is.
    ///
    /// @param stepBytes weights that a denoising step reads
    /// @param steps     of a prediction
    static int observations(long stepBytes, int steps, PolicySpec spec) {
        return observations(work(stepBytes, steps, spec));
    }

    /// As that, for predictions of this much work each.
    static int observations(double work) {
        return (int) Math.clamp(WORK_BY_DEFAULT / work, LEAST_BY_DEFAULT, MOST_BY_DEFAULT);
    }

    static double work(long stepBytes, int steps, PolicySpec spec) {
        return (double) stepBytes * steps * Math.ceilDiv(spec.horizon(), 16);
    }

    /// @param dataset null for synthetic observations
    static Moments moments(LeRobotDataset dataset, PolicySpec spec, Metadata metadata, int count) throws IOException {
        return dataset == null ? new SyntheticMoments(spec, metadata, count) : new DatasetMoments(dataset, spec, count);
    }

    /// Names of an action's values: those of the data set, where it has as many.
    static List<String> joints(PolicySpec spec, LeRobotDataset dataset) {
        int dim = spec.action().size();
        if (dataset != null && dataset.actionNames().size() == dim) {
            return dataset.actionNames();
        }
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= dim; i++) {
            names.add("joint " + i);
        }
        return names;
    }
}
