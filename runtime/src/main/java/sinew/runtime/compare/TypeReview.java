package sinew.runtime.compare;

import java.io.IOException;
import java.nio.file.Path;
import sinew.convert.Review;
import sinew.convert.StepWeights;
import sinew.engine.compare.ChunkComparison;
import sinew.engine.compare.ChunkDeviation;
import sinew.engine.compare.Contender;
import sinew.engine.compare.Moments;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.inference.PolicyProfile;
import sinew.engine.policy.ObservationException;
import sinew.engine.policy.Policy;
import sinew.engine.policy.SamplerSpec;
import sinew.engine.policy.SamplingOptions;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.WeightType;
import sinew.runtime.dataset.LeRobotDataset;

/// Loads a newly converted file and the same policy as F32, lets both predict, and refuses the file when their actions
/// are too far apart.
public final class TypeReview implements Review {
    private static final int PROFILED_RUNS = 9;
    private static final int PROFILED_ROUNDS = 3;

    private final WeightType type;
    private final Options options;
    private ComparisonProgress progress = (done, total) -> {};
    private TypeReport report;

    /// @param dataset      LeRobot data set whose observations to predict from, or null for synthetic ones
    /// @param observations how many, or null for as many as take about ten seconds
    /// @param seeds        predictions from each
    /// @param steps        denoising steps, or null for the checkpoint's
    /// @param maxError     largest deviation of any joint in robot units, or null for any
    /// @param figure       which figure of the deviation `maxError` is for
    /// @param speed        whether to time a denoising step of both
    /// @param threads      of the predictions, which they do not change
    public record Options(Path dataset, Integer observations, int seeds, Integer steps, Double maxError,
            TypeReport.Figure figure, boolean speed, int threads) {}

    public TypeReview(WeightType type, Options options) {
        this.type = type;
        this.options = options;
    }

    /// This review, which tells `listener` how it goes on.
    public TypeReview withProgress(ComparisonProgress listener) {
        progress = listener;
        return this;
    }

    /// Null before the review.
    public TypeReport report() {
        return report;
    }

    /// @throws DeviationException when the deviation is larger than allowed
    @Override
    public void examine(Path candidate, Reference reference) throws IOException {
        // Opened before anything takes long, so that a wrong path is told at once.
        LeRobotDataset dataset = options.dataset() == null ? null : LeRobotDataset.open(options.dataset());
        WeightsFile f32 = reference.open();
        LoadOptions load = LoadOptions.defaults().withThreads(options.threads()).withWarmUp(false);
        try (Policy exact = Policies.load(f32, load)) {
            WeightsFile small = WeightsFile.open(candidate);
            try (Policy rounded = Policies.load(small, load)) {
                report = compare(f32, exact, small, rounded, dataset);
            }
        } catch (ObservationException e) {
            throw new IOException(options.dataset() + ": " + e.getMessage(), e);
        }
        double found = options.figure().of(report.deviation().worst());
        // Written so that what is not a number does not pass.
        if (options.maxError() != null && !(found <= options.maxError())) {
            throw new DeviationException(report, options.figure(), found, options.maxError());
        }
    }

    private TypeReport compare(
            WeightsFile f32, Policy exact, WeightsFile small, Policy rounded, LeRobotDataset dataset)
            throws IOException {
        SamplingOptions sampling = new SamplingOptions(null, options.steps());
        Contender first = new Contender(exact, sampling);
        Contender second = new Contender(rounded, sampling);
        SamplerSpec sampler = exact.spec().sampler(sampling);
        int steps = sampler.steps();
        int wanted = options.observations() != null
                ? options.observations()
                : Evidence.observations(StepWeights.bytes(f32), steps, exact.spec());
        Moments moments = Evidence.moments(dataset, exact.spec(), f32.metadata(), wanted);
        ChunkComparison comparison = new ChunkComparison(moments, options.seeds());
        int total = comparison.predictions();
        progress.predicted(0, total);
        ChunkDeviation deviation = comparison.run(first, second, done -> progress.predicted(done, total));
        String source = dataset == null ? null : dataset.root().toString();
        return new TypeReport(type, source, moments.count(), options.seeds(), sampler.name(), steps,
                Evidence.joints(exact.spec(), dataset), exact.ranges().get(exact.spec().action().name()), deviation,
                sizes(small), sizes(f32),
                options.speed() ? speed(exact, rounded) : null);
    }

    private static TypeReport.Sizes sizes(WeightsFile file) {
        return new TypeReport.Sizes(file.byteSize(), StepWeights.bytes(file));
    }

    /// Alternating, the best round of each, so that a busy moment does not look like a slow type.
    private static TypeReport.Speed speed(Policy exact, Policy rounded) {
        double f32 = Double.MAX_VALUE;
        double other = Double.MAX_VALUE;
        for (int round = 0; round < PROFILED_ROUNDS; round++) {
            f32 = Math.min(f32, stepMillis(exact));
            other = Math.min(other, stepMillis(rounded));
        }
        return new TypeReport.Speed(f32, other);
    }

    private static double stepMillis(Policy policy) {
        return PolicyProfile.measure(policy, PROFILED_RUNS).stream()
                .filter(stage -> stage.name().equals("denoise"))
                .mapToDouble(PolicyProfile.Stage::millis)
                .sum();
    }
}
