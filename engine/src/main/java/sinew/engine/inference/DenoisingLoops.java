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
    private final int rows; // T
    private final int columns; // C
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
        rows = denoiser.sample().positions();
        columns = denoiser.sample().channels();
        group = new Prediction[maxBatch];
        values = new float[maxBatch * rows * columns];
        noise = new float[values.length];
        levels = new float[values.length];
        given = place(arena, maxBatch);
        givenNoise = place(arena, maxBatch);
        givenLevels = place(arena, maxBatch);
        earlier = place(arena, maxBatch);
    }

    private Activations place(Arena arena, int batch) {
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
            makeRoom();
            loop = new Loop(schedule, size, slots, known);
            loops.put(key, loop);
        }
        loop.run();
    }

    /// Forgets all of them when there are too many: those in use are soon made again.
    private void makeRoom() {
        if (loops.size() == MOST_RECORDINGS) {
            loops.values().forEach(Loop::forget);
            loops.clear();
        }
    }

    /// The steps of one schedule for the samples in some slots.
    private final class Loop {
        private final Schedule schedule;
        private final int size;
        private final int[] slots;
        private final boolean known;
        private final Activations[] fresh; // [steps], null where a step draws no noise
        private final float[] carried; // [size * T * C] samples, or the noise of one step, on their way
        private boolean seen;
        private Device.Recording recording;

        Loop(Schedule schedule, int size, long slots, boolean known) {
            this.schedule = schedule;
            this.size = size;
            this.known = known;
            this.slots = new int[size];
            for (int row = 0, slot = 0; row < size; slot++) {
                if ((slots >> slot & 1) != 0) {
                    this.slots[row++] = slot;
                }
            }
            Arena arena = Arena.ofAuto(); // as long as the loop
            fresh = schedule.rules().stream()
                    .map(rule -> rule.freshWeight() == 0 ? null : place(arena, size))
                    .toArray(Activations[]::new);
            carried = new float[size * rows * columns];
        }

        void run() {
            upload();
            if (recording != null) {
                recording.replay();
            } else if (seen) {
                recording = device.record(this::steps);
                recording.replay();
            } else {
                steps();
                seen = true;
            }
            download();
        }

        void forget() {
            if (recording != null) {
                recording.close();
            }
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
                System.arraycopy(group[row].sample, 0, carried, row * each, each);
            }
            denoiser.sample().write(0, size * rows, carried, 0);
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
                        System.arraycopy(group[row].draw(step), 0, carried, row * each, each);
                    }
                    fresh[step].write(0, size * rows, carried, 0);
                }
            }
        }

        private void download() {
            int each = rows * columns;
            denoiser.sample().read(0, size * rows, carried, 0);
            for (int row = 0; row < size; row++) {
                System.arraycopy(carried, row * each, group[row].sample, 0, each);
                group[row].skipToEnd();
            }
            Arrays.fill(group, 0, size, null);
        }
    }
}
