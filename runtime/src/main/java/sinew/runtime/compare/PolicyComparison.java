package sinew.runtime.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import sinew.convert.StepWeights;
import sinew.engine.compare.ChunkComparison;
import sinew.engine.compare.Contender;
import sinew.engine.compare.Moments;
import sinew.engine.diffusion.NoiseScheduler;
import sinew.engine.inference.LoadOptions;
import sinew.engine.inference.Policies;
import sinew.engine.policy.DiffusionSpec;
import sinew.engine.policy.ObservationException;
import sinew.engine.policy.Policy;
import sinew.engine.policy.PolicySpec;
import sinew.engine.policy.SamplerSpec;
import sinew.engine.policy.SpecMetadata;
import sinew.engine.weights.Metadata;
import sinew.engine.weights.TensorInfo;
import sinew.engine.weights.WeightsFile;
import sinew.kernels.WeightType;
import sinew.runtime.dataset.LeRobotDataset;

/// Lets one way of predicting be judged against others: samplers, numbers of steps, weight types.
public final class PolicyComparison {
    private final Way policy;
    private final List<Way> against;
    private final Options options;
    private final Map<Path, Header> headers = new LinkedHashMap<>();

    /// @param dataset      LeRobot data set whose observations to predict from, or null for synthetic ones
    /// @param observations how many, or null for as many as take about ten seconds
    /// @param seeds        predictions from each, every time with other noise
    /// @param threads      of the predictions, which they do not change
    public record Options(Path dataset, Integer observations, int seeds, int threads) {}

    /// What can be known of a weights file without reading its weights.
    private record Header(PolicySpec spec, Metadata metadata, long bytes, long stepBytes, WeightType type) {}

    /// Looks into the files, so that what cannot be compared is told before anything takes long.
    ///
    /// @throws IllegalArgumentException when a policy cannot sample as told
    /// @throws IOException              when a file cannot be read, or the policies do not take and give the same
    public PolicyComparison(Way policy, List<Way> against, Options options) throws IOException {
        this.policy = policy;
        this.against = List.copyOf(against);
        this.options = options;
        for (Way way : ways()) {
            if (!headers.containsKey(way.weights())) {
                headers.put(way.weights(), header(way.weights()));
            }
            requireSampler(way);
            requireSameShapes(way);
        }
    }

    private List<Way> ways() {
        List<Way> ways = new ArrayList<>(List.of(policy));
        ways.addAll(against);
        return ways;
    }

    private static Header header(Path weights) throws IOException {
        try (WeightsFile file = WeightsFile.openHeader(weights)) {
            // The smallest type that occurs: what reads the most weights has it.
            WeightType type =
                    file.tensors().stream().map(TensorInfo::type).max(Comparator.naturalOrder()).orElse(WeightType.F32);
            return new Header(SpecMetadata.read(file.metadata()), file.metadata(), file.byteSize(),
                    StepWeights.bytes(file), type);
        }
    }

    /// @throws IllegalArgumentException when the policy cannot be sampled in this way
    private void requireSampler(Way way) {
        sampler(way);
        if (headers.get(way.weights()).spec() instanceof DiffusionSpec diffusion) {
            NoiseScheduler.of(diffusion.scheduler().sampledBy(way.sampling()));
        }
    }

    private SamplerSpec sampler(Way way) {
        return headers.get(way.weights()).spec().sampler(way.sampling());
    }

    private void requireSameShapes(Way way) throws IOException {
        PolicySpec one = headers.get(policy.weights()).spec();
        PolicySpec other = headers.get(way.weights()).spec();
        if (!one.inputs().equals(other.inputs()) || !one.action().shape().equals(other.action().shape())
                || one.nObsSteps() != other.nObsSteps() || one.nActionSteps() != other.nActionSteps()) {
            throw new IOException(way.weights() + " is of another kind than " + policy.weights() + ": it "
                    + words(other) + ", that " + words(one) + ". Only policies that see and do the same can be compared");
        }
    }

    private static String words(PolicySpec spec) {
        return "sees " + String.join(", ", spec.inputs().stream().map(f -> f.name() + " " + f.shape()).toList())
                + " " + spec.nObsSteps() + " times and gives " + spec.nActionSteps() + " actions " + spec.action().shape();
    }

    /// Predicts.
    ///
    /// @throws IOException when the data set does not hold what the policy sees, or a file cannot be read
    public ComparisonReport run(ComparisonProgress progress) throws IOException {
        LeRobotDataset dataset = options.dataset() == null ? null : LeRobotDataset.open(options.dataset());
        Header header = headers.get(policy.weights());
        Moments moments = Evidence.moments(dataset, header.spec(), header.metadata(), observations());
        ChunkComparison comparison = new ChunkComparison(moments, options.seeds());
        Map<Path, Policy> loaded = new LinkedHashMap<>();
        try {
            for (Path weights : headers.keySet()) {
                loaded.put(weights, Policies.load(weights, LoadOptions.defaults().withThreads(options.threads())));
            }
            List<Contender> contenders = new ArrayList<>();
            for (Way way : ways()) {
                contenders.add(new Contender(loaded.get(way.weights()), way.sampling()));
            }
            int total = comparison.predictions();
            progress.predicted(0, total);
            ChunkComparison.Outcome outcome = comparison.run(contenders.getFirst(),
                    contenders.subList(1, contenders.size()), done -> progress.predicted(done, total));
            return report(outcome, contenders, loaded.get(policy.weights()), dataset, moments.count());
        } catch (ObservationException e) {
            throw new IOException((dataset == null ? "" : dataset.root() + ": ") + e.getMessage(), e);
        } finally {
            loaded.values().forEach(Policy::close);
        }
    }

    private int observations() {
        if (options.observations() != null) {
            return options.observations();
        }
        double work = 0;
        for (Way way : ways()) {
            Header header = headers.get(way.weights());
            work += Evidence.work(header.stepBytes(), sampler(way).steps(), header.spec());
        }
        return Evidence.observations(work * options.seeds() / 2);
    }

    private ComparisonReport report(ChunkComparison.Outcome outcome, List<Contender> contenders, Policy judged,
            LeRobotDataset dataset, int moments) {
        List<ComparisonReport.Side> sides = new ArrayList<>();
        for (int i = 0; i < contenders.size(); i++) {
            Way way = ways().get(i);
            Header header = headers.get(way.weights());
            SamplerSpec sampler = sampler(way);
            sides.add(new ComparisonReport.Side(sampler.name(), sampler.steps(), header.type(),
                    header.bytes(), contenders.get(i).medianMillis(),
                    i == 0 ? null : outcome.deviations().get(i - 1)));
        }
        PolicySpec spec = judged.spec();
        return new ComparisonReport(dataset == null ? null : dataset.root().toString(), moments, options.seeds(),
                Evidence.joints(spec, dataset), judged.ranges().get(spec.action().name()), sides.getFirst(),
                sides.subList(1, sides.size()), outcome.spread());
    }
}
