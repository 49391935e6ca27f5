package sinew.runtime.dataset;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import sinew.engine.compare.Moment;
import sinew.engine.compare.Moments;
import sinew.engine.policy.Feature;
import sinew.engine.policy.FeatureType;
import sinew.engine.policy.Image;
import sinew.engine.policy.Observation;
import sinew.engine.policy.PolicySpec;
import sinew.runtime.dataset.LeRobotDataset.Episode;
import sinew.runtime.dataset.LeRobotDataset.VideoSpan;

/// Observations of demonstrations, spread evenly over a data set, as a policy wants them. Unlike in a replay no
/// picture may be missing: figures about grey ones would be worth nothing.
public final class DatasetMoments implements Moments {
    private static final String STATE = "observation.state";

    private final LeRobotDataset dataset;
    private final PolicySpec spec;
    private final int count;

    /// @param count how many moments; at most one for each frame is taken
    /// @throws DatasetException when the policy wants to see what the data set does not hold
    public DatasetMoments(LeRobotDataset dataset, PolicySpec spec, int count) throws DatasetException {
        this.dataset = dataset;
        this.spec = spec;
        this.count = Math.min(count, frames());
        for (Feature feature : spec.inputs()) {
            boolean there = feature.type() == FeatureType.VISUAL
                    ? dataset.cameras().stream().map(DatasetFeatures::videoKey).anyMatch(feature.name()::equals)
                    : feature.type() == FeatureType.LANGUAGE
                    || feature.name().equals(STATE) && feature.size() == dataset.dim();
            if (!there) {
                throw new DatasetException(dataset.root() + " has no " + feature.name() + " " + feature.shape()
                        + " for the policy; it has " + STATE + " [" + dataset.dim() + "]"
                        + (dataset.cameras().isEmpty() ? "" : " and the cameras " + dataset.cameras()));
            }
        }
    }

    private int frames() {
        return dataset.episodes().stream().mapToInt(Episode::frames).sum();
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public Moment at(int index) throws IOException {
        int frame = (int) ((2L * index + 1) * frames() / (2L * count));
        int number = 0;
        while (frame >= dataset.episodes().get(number).frames()) {
            frame -= dataset.episodes().get(number).frames();
            number++;
        }
        return at(dataset.episodes().get(number), frame);
    }

    /// The frame and those before it; an episode's first frame stands for those before the episode.
    private Moment at(Episode episode, int frame) throws IOException {
        int first = Math.max(0, frame - spec.nObsSteps() + 1);
        Map<String, List<Image>> pictures = new HashMap<>();
        for (Feature camera : spec.cameras()) {
            pictures.put(camera.name(), pictures(episode, camera, first, frame - first + 1));
        }
        List<Observation> observations = new ArrayList<>();
        for (int f = first; f <= frame; f++) {
            Map<String, float[]> states = new HashMap<>();
            for (Feature feature : spec.inputs()) {
                if (feature.type() == FeatureType.STATE) {
                    states.put(feature.name(), episode.states()[f]);
                }
            }
            Map<String, Image> images = new HashMap<>();
            for (Map.Entry<String, List<Image>> camera : pictures.entrySet()) {
                images.put(camera.getKey(), camera.getValue().get(f - first));
            }
            observations.add(new Observation(states, images, episode.task()));
        }
        return new Moment(observations);
    }

    private List<Image> pictures(Episode episode, Feature feature, int first, int count) throws IOException {
        String camera = feature.name().substring(DatasetFeatures.videoKey("").length());
        VideoSpan whole = episode.videos().get(camera);
        if (whole == null) {
            throw new DatasetException(dataset.root() + " does not say where the video of camera " + camera
                    + " of episode " + episode.index() + " is");
        }
        VideoSpan span = new VideoSpan(whole.file(), whole.from() + (double) first / dataset.fps());
        List<Image> images = new ArrayList<>();
        try (EpisodeVideo video = new EpisodeVideo(span, dataset.fps())) {
            for (int i = 0; i < count; i++) {
                Image image = video.next();
                if (image == null) {
                    throw new DatasetException(whole.file() + " ends before episode " + episode.index() + " does");
                }
                images.add(image);
            }
        }
        return images;
    }
}
