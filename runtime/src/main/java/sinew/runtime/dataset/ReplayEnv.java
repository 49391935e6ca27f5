package sinew.runtime.dataset;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import sinew.engine.policy.Image;
import sinew.runtime.dataset.LeRobotDataset.Episode;
import sinew.runtime.dataset.LeRobotDataset.VideoSpan;
import sinew.runtime.env.Env;
import sinew.runtime.env.EnvObservation;
import sinew.runtime.env.EnvStep;
import sinew.runtime.env.Pacer;
import sinew.runtime.env.Ticks;

/// Plays a data set: actions have no effect, but each step tells the one that the demonstrator took.
///
/// Unlike LeRobot's own replaying environment an episode begins at its first frame and ends at its last, and the ground
/// truth of a step belongs to the observation on which the action was computed. Pictures that are missing or in a codec
/// without a decoder are grey, and `notice` hears of it once for each camera.
public final class ReplayEnv implements Env {
    private static final int ARM = 6;
    private static final int HEIGHT = 480;
    private static final int WIDTH = 640;
    private static final byte GREY = (byte) 128;

    private final LeRobotDataset dataset;
    private final int only;
    private final Pacer pacer;
    private final Consumer<String> notice;
    private final Set<String> told = new HashSet<>();
    private final Map<String, EpisodeVideo> videos = new HashMap<>();
    private final Image grey;
    private int next;
    private Episode episode;
    private EnvObservation seen;
    private int cursor;

    /// @param only   the episode to play again and again, or -1 for all in turn
    /// @param paced  whether a step takes one frame of wall-clock time
    /// @param notice hears what the operator should know
    public ReplayEnv(LeRobotDataset dataset, int only, boolean paced, Consumer<String> notice) {
        if (only >= dataset.episodes().size() || only < -1) {
            throw new IllegalArgumentException("episode " + only + " is not in " + dataset.root()
                    + ": it has episodes 0 to "
                    + (dataset.episodes().size() - 1));
        }
        this.dataset = dataset;
        this.only = only;
        pacer = new Pacer(paced ? dataset.fps() : 0);
        this.notice = notice;
        byte[] pixels = new byte[HEIGHT * WIDTH * 3];
        Arrays.fill(pixels, GREY);
        grey = new Image(HEIGHT, WIDTH, pixels);
        next = Math.max(0, only);
    }

    @Override
    public EnvObservation reset() {
        episode = dataset.episodes().get(next);
        next = only >= 0 ? only : (next + 1) % dataset.episodes().size();
        cursor = 0;
        closeVideos();
        for (String camera : dataset.cameras()) {
            openVideo(camera);
        }
        pacer.restart();
        seen = look();
        return seen;
    }

    @Override
    public EnvStep step(float[] action) {
        if (episode == null) {
            throw new IllegalStateException("step before reset");
        }
        if (action.length != dataset.dim()) {
            throw new IllegalArgumentException(
                    dataset.root() + " has actions of " + dataset.dim() + " values, got " + action.length);
        }
        pacer.begin();
        int last = episode.frames() - 1;
        float[] truth = episode.actions()[Math.min(cursor, last)].clone();
        cursor = Math.min(cursor + 1, last);
        pacer.await();
        seen = look();
        return new EnvStep(seen, action.clone(), truth, cursor == last, null);
    }

    @Override
    public EnvObservation observe() {
        return seen;
    }

    private EnvObservation look() {
        Map<String, float[]> states = new LinkedHashMap<>();
        float[] state = episode.states()[cursor];
        if (dataset.dim() == ARM) {
            states.put("arm", state.clone());
        } else {
            states.put("left_arm", Arrays.copyOfRange(state, 0, ARM));
            states.put("right_arm", Arrays.copyOfRange(state, ARM, 2 * ARM));
        }
        Map<String, Image> images = new LinkedHashMap<>();
        for (String camera : dataset.cameras()) {
            images.put(camera, picture(camera));
        }
        return new EnvObservation(states, images, episode.task());
    }

    private Image picture(String camera) {
        EpisodeVideo video = videos.get(camera);
        if (video == null) {
            return grey;
        }
        try {
            Image image = video.next();
            if (image != null) {
                return image;
            }
            tell(camera, "its video ends before the episode");
        } catch (IOException e) {
            tell(camera, e.getMessage());
        }
        return grey;
    }

    private void openVideo(String camera) {
        VideoSpan span = episode.videos().get(camera);
        if (span == null) {
            tell(camera, "the data set does not say where its video is");
            return;
        }
        try {
            videos.put(camera, new EpisodeVideo(span, dataset.fps()));
        } catch (IOException e) {
            tell(camera, e.getMessage());
        }
    }

    private void tell(String camera, String why) {
        if (told.add(camera)) {
            notice.accept("Camera " + camera + " shows grey pictures: " + why + ".");
        }
    }

    @Override
    public long periodNanos() {
        return pacer.periodNanos();
    }

    @Override
    public Ticks ticks() {
        return pacer.ticks();
    }

    private void closeVideos() {
        try {
            for (EpisodeVideo video : videos.values()) {
                video.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            videos.clear();
        }
    }

    @Override
    public void close() {
        closeVideos();
    }
}
