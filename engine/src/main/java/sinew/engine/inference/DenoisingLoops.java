package sinew.engine.inference;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import sinew.engine.nn.Activations;
import sinew.engine.nn.Denoiser;
import sinew.kernels.DenoisingRule;
import sinew.kernels.Device;
import sinew.kernels.Given;
import sinew.kernels.Kernels;
import sinew.kernels.Rows;
import sinew.kernels.Workers;

/// All denoising steps of a prediction in one launch, the sampler's arithmetic included, on a device that records. The
/// predictions of a pass that follow the same schedule go through it together; for each combination of schedule and
/// slots there is a recording, made when it is seen for the second time.
///
/// Samples and what is given of them go to the device at the start, and the finished samples come back.
final class DenoisingLoops {
    private static final int MOST_RECORDINGS = 64;
    private static final int MOST_SLOTS = Long.SIZE;

    private final Denoiser denoiser;
    private final Kernels kernels;
    private final Device device;
    private final Workers workers;
    private final Arena arena;
    private final int rows; // T
    private final int columns; // C
    private final int maxBatch;
    private final Map<Key, Loop> loops = new HashMap<>();
    private final Prediction[] group; // [maxBatch] those of the loop in progress

    // On the way to the device: [maxBatch * T * C].
    private final float[] values;
    private final float[] noise;
    private final float[] levels;

    // There: [maxBatch * T, C].
    private final Activations given;
    private final Activations givenNoise;
    private final Activations givenLevels;
    private final Activations earlier;

    /// @param slots a bit for each slot of the denoiser, in the order of the rows
    /// @param known whether anything of a sample is given
    private record Key(Schedule schedule, long slots, boolean known) {}

    DenoisingLoops(Denoiser denoiser, Kernels kernels, Workers workers, int maxBatch, Arena arena) {
        this.denoiser = denoiser;
        this.kernels = kernels;
        this.device = kernels.device();
        this.workers = workers;
        this.arena = arena;
        this.maxBatch = maxBatch;
        rows = denoiser.sample().positions();
        columns = denoiser.sample().channels();
        group = new Prediction[maxBatch];
        values = new float[maxBatch * rows * columns];
        noise = new float[values.length];
        levels = new float[values.length];
        given = place(maxBatch);
        givenNoise = place(maxBatch);
        givenLevels = place(maxBatch);
        earlier = place(maxBatch);
    }

    private Activations place(int batch) {
        return Activations.allocate(device, arena, batch, rows, columns);
    }

    /// Takes those of the predictions that are at their beginning and whose sampler is a rule to their last step. What
    /// they observed is in their slots.
    ///
    /// @param predictions the first `count` entries, in the order of their slots
    void run(Prediction[] predictions, int count) {
        for (int i = 0; i < count; i++) {
            if (isReady(predictions[i])) {
                together(predictions, i, count);
            }
        }
    }

    private static boolean isReady(Prediction prediction) {
        return prediction.step() == 0 && prediction.schedule.rules() != null && prediction.slot < MOST_SLOTS;
    }

    /// Takes the prediction `first` and those behind it that go with it.
    private void together(Prediction[] predictions, int first, int count) {
        Schedule schedule = predictions[first].schedule;
        boolean known = !predictions[first].known.isEmpty();
        int size = 0;
        long slots = 0;
        for (int i = first; i < count; i++) {
            Prediction candidate = predictions[i];
            if (isReady(candidate) && candidate.schedule == schedule && !candidate.known.isEmpty() == known) {
                group[size++] = candidate;
                slots |= 1L << candidate.slot;
            }
        }
        Key key = new Key(schedule, slots, known);
        Loop loop = loops.get(key);
        if (loop == null) {
            loop = new Loop(schedule, size, slots, known, loops.size() < MOST_RECORDINGS);
            if (loop.mayRecord) {
                loops.put(key, loop);
            }
        }
        loop.run();
    }

    /// The steps of one schedule for the samples in some slots.
    private final class Loop {
        private final Schedule schedule;
        private final int size;
        private final int[] slots;
        private final boolean known;
        private final boolean mayRecord;
        private final Activations[] fresh; // [steps], null where a step draws no noise
        private final float[] draws; // of one step
        private boolean seen;
        private Device.Recording recording;

        Loop(Schedule schedule, int size, long slots, boolean known, boolean mayRecord) {
            this.schedule = schedule;
            this.size = size;
            this.known = known;
            this.mayRecord = mayRecord;
            this.slots = new int[size];
            for (int row = 0, slot = 0; row < size; slot++) {
                if ((slots >> slot & 1) != 0) {
                    this.slots[row++] = slot;
                }
            }
            fresh = schedule.rules().stream()
                    .map(rule -> rule.freshWeight() == 0 ? null : place(size))
                    .toArray(Activations[]::new);
            draws = new float[size * rows * columns];
        }

        void run() {
            upload();
            if (recording != null) {
                recording.replay();
            } else if (seen && mayRecord) {
                recording = device.record(this::steps);
                recording.replay();
            } else {
                steps();
                seen = true;
            }
            download();
        }

        private void steps() {
            Rows sample = denoiser.sample().rows(size);
            Given shown = new Given(given.rows(size), givenNoise.rows(size), givenLevels.rows(size));
            Rows before = schedule.room() > 0 ? earlier.rows(size) : null;
            for (int step = 0; step < schedule.rules().size(); step++) {
                DenoisingRule rule = schedule.rules().get(step);
                if (known) {
                    kernels.impose(shown, sample, rule.signal(), rule.noise(), 0, 1);
                }
                for (int row = 0; row < size; row++) {
                    denoiser.select(row, slots[row], schedule.table(), step);
                }
                denoiser.denoise(workers, size, null);
                Rows drawn = fresh[step] == null ? null : fresh[step].rows(size);
                kernels.denoise(rule, denoiser.output().rows(size), sample, drawn, before, 0, 1);
            }
        }

        private void upload() {
            int each = rows * columns;
            for (int row = 0; row < size; row++) {
                System.arraycopy(group[row].sample, 0, draws, row * each, each);
            }
            denoiser.sample().write(0, size * rows, draws, 0);
            if (known) {
                for (int row = 0; row < size; row++) {
                    group[row].known.describe(values, noise, levels, row * each);
                }
                given.write(0, size * rows, values, 0);
                givenNoise.write(0, size * rows, noise, 0);
                givenLevels.write(0, size * rows, levels, 0);
            }
            for (int step = 0; step < fresh.length; step++) {
                if (fresh[step] != null) {
                    for (int row = 0; row < size; row++) {
                        System.arraycopy(group[row].draw(step), 0, draws, row * each, each);
                    }
                    fresh[step].write(0, size * rows, draws, 0);
                }
            }
        }

        private void download() {
            int each = rows * columns;
            denoiser.sample().read(0, size * rows, draws, 0);
            for (int row = 0; row < size; row++) {
                System.arraycopy(draws, row * each, group[row].sample, 0, each);
                group[row].skipToEnd();
            }
            Arrays.fill(group, 0, size, null);
        }
    }
}
