package sinew.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/// Random calls of every operation: shapes that do and do not fill vectors and tiles, views with gaps, operands that may
/// be missing.
final class KernelCases {
    private KernelCases() {}

    /// A call on one sample of several.
    @FunctionalInterface
    interface Alone {
        void run(Kernels kernels, Rows out, int sample);
    }

    /// @param out   what the call changes, with what is there before
    /// @param batch samples of the call, 0 where there are none
    /// @param alone null where there are none
    record Case(Rows out, Operation operation, int batch, Alone alone) {
        Case(Rows out, Operation operation) {
            this(out, operation, 0, null);
        }
    }

    /// All of them by name.
    static Map<String, Function<Samples, Case>> all() {
        Map<String, Function<Samples, Case>> all = new LinkedHashMap<>();
        all.put("linear", KernelCases::linear);
        all.put("conv1d", KernelCases::conv1d);
        all.put("convTranspose1d", KernelCases::convTranspose1d);
        all.put("conv2d", KernelCases::conv2d);
        all.put("winograd2d", KernelCases::winograd2d);
        all.put("maxPool2d", KernelCases::maxPool2d);
        all.put("groupNormMish", KernelCases::groupNormMish);
        all.put("groupNormAdd", KernelCases::groupNormAdd);
        all.put("activate", KernelCases::activate);
        all.put("add", KernelCases::add);
        all.put("layerNorm", KernelCases::layerNorm);
        all.put("attention", KernelCases::attention);
        all.put("rotate", KernelCases::rotate);
        all.put("modulate", KernelCases::modulate);
        all.put("addGated", KernelCases::addGated);
        all.put("copyTokens", KernelCases::copyTokens);
        all.put("averagePool", KernelCases::averagePool);
        all.put("spatialSoftmax", KernelCases::spatialSoftmax);
        all.put("resample", KernelCases::resample);
        all.put("impose", KernelCases::impose);
        all.put("denoise", KernelCases::denoise);
        return all;
    }

    static Case linear(Samples samples) {
        int inputs = samples.between(1, 70);
        WeightType type = samples.weightType();
        int from = samples.oneOf(0, 0, 3) * type.group();
        int outputs = samples.between(1, 50);
        Rows x = samples.rows(samples.oneOf(1, 2, 3, 4, 5, 6, 7, 8, 14, 300), inputs);
        Linear op = new Linear(
                from,
                inputs,
                outputs,
                samples.panels(type, outputs, from + inputs + (type == WeightType.F32 ? from : 0)),
                samples.vectorOrNull(outputs));
        Activation activation = samples.activation();
        return new Case(
                samples.rows(x.rows(), outputs),
                (kernels, out, part, parts) -> kernels.linear(op, x, out, activation, part, parts));
    }

    static Case conv1d(Samples samples) {
        int taps = samples.oneOf(1, 2, 3, 4, 5, 5, 5, 7, 17);
        int stride = samples.oneOf(1, 1, 1, 2, 3);
        int pad = samples.oneOf(0, taps / 2, taps / 2, taps - 1);
        int time = Math.max(samples.oneOf(2, 3, 4, 5, 6, 7, 8, 9, 10, 16, 64), taps - 2 * pad);
        int cin = samples.oneOf(1, 3, 16, 64, 65, 130);
        int cout = samples.oneOf(1, 6, 16, 24, 32, 33);
        int batch = samples.oneOf(1, 1, 2, 5);
        Conv1d op = new Conv1d(
                time,
                cin,
                cout,
                taps,
                stride,
                pad,
                samples.panels(samples.weightType(), cout, cin, taps),
                samples.vectorOrNull(cout));
        Rows x = samples.rows(batch * time, cin);
        return new Case(
                samples.rows(batch * op.timeOut(), cout),
                (kernels, out, part, parts) -> kernels.conv1d(op, x, out, batch, part, parts),
                batch,
                (kernels, out, sample) ->
                        kernels.conv1d(op, Samples.slice(x, sample * time, time), out, 1, 0, 1));
    }

    static Case convTranspose1d(Samples samples) {
        int taps = samples.oneOf(1, 2, 3, 4, 4, 4, 5);
        int stride = samples.oneOf(1, 2, 2, 2, 3);
        int pad = samples.oneOf(0, Math.min(1, taps - 1));
        int time = samples.oneOf(2, 3, 4, 5, 8, 32, 150);
        int cin = samples.oneOf(1, 16, 64, 70);
        int cout = samples.oneOf(1, 6, 16, 24, 32);
        int batch = samples.oneOf(1, 1, 2, 3);
        ConvTranspose1d op = new ConvTranspose1d(
                time,
                cin,
                cout,
                taps,
                stride,
                pad,
                samples.panels(samples.weightType(), cout, cin, taps),
                samples.vectorOrNull(cout));
        Rows x = samples.rows(batch * time, cin);
        return new Case(
                samples.rows(batch * op.timeOut(), cout),
                (kernels, out, part, parts) -> kernels.convTranspose1d(op, x, out, batch, part, parts),
                batch,
                (kernels, out, sample) ->
                        kernels.convTranspose1d(op, Samples.slice(x, sample * time, time), out, 1, 0, 1));
    }

    static Case conv2d(Samples samples) {
        int kernel = samples.oneOf(1, 3, 3, 7);
        int stride = samples.oneOf(1, 2);
        int pad = samples.oneOf(0, kernel / 2, kernel / 2);
        int height = Math.max(samples.between(1, 9), kernel - 2 * pad);
        int width = Math.max(samples.oneOf(1, 3, 6, 11, 20), kernel - 2 * pad);
        int cin = samples.oneOf(1, 3, 16, 40);
        // The last one has weights large enough to be divided by panels.
        int cout = samples.oneOf(5, 16, 33, kernel == 7 && cin == 40 ? 160 : 24);
        int batch = samples.oneOf(1, 2, 3);
        Conv2d op = new Conv2d(
                height,
                width,
                cin,
                cout,
                kernel,
                kernel,
                stride,
                pad,
                samples.panels(WeightType.F32, cout, cin * kernel * kernel),
                samples.vectorOrNull(cout));
        Rows x = samples.rows(batch * height * width, cin);
        int positions = op.heightOut() * op.widthOut();
        Rows residual = samples.rowsOrNull(batch * positions, cout);
        Activation activation = samples.activation();
        return new Case(
                samples.rows(batch * positions, cout),
                (kernels, out, part, parts) ->
                        kernels.conv2d(op, x, out, residual, activation, batch, part, parts),
                batch,
                (kernels, out, sample) -> kernels.conv2d(
                        op,
                        Samples.slice(x, sample * height * width, height * width),
                        out,
                        residual == null ? null : Samples.slice(residual, sample * positions, positions),
                        activation,
                        1,
                        0,
                        1));
    }

    static Case winograd2d(Samples samples) {
        int height = samples.oneOf(1, 2, 4, 7, 8, 13);
        int width = samples.oneOf(1, 3, 6, 11, 20);
        int cin = samples.oneOf(16, 16, 16, 48, 80);
        // The last one has weights large enough to be divided by panels, and a column of few panels.
        int cout = samples.oneOf(16, 32, 80, cin == 80 ? 400 : 16);
        int batch = samples.oneOf(1, 2, 3);
        Panels plain = samples.panels(WeightType.F32, cout, 9 * cin);
        MemorySegment memory = NativeMemory.bytes(samples.arena, Winograd2d.weightBytes(cin, cout));
        Winograd2d op = new Winograd2d(
                height, width, cin, cout, Winograd2d.transform(plain, cin, memory), samples.vectorOrNull(cout));
        int positions = height * width;
        Rows x = samples.rows(batch * positions, cin);
        Rows residual = samples.rowsOrNull(batch * positions, cout);
        Activation activation = samples.activation();
        return new Case(
                samples.rows(batch * positions, cout),
                (kernels, out, part, parts) ->
                        kernels.winograd2d(op, x, out, residual, activation, batch, part, parts),
                batch,
                (kernels, out, sample) -> kernels.winograd2d(
                        op,
                        Samples.slice(x, sample * positions, positions),
                        out,
                        residual == null ? null : Samples.slice(residual, sample * positions, positions),
                        activation,
                        1,
                        0,
                        1));
    }

    static Case maxPool2d(Samples samples) {
        int window = samples.oneOf(1, 2, 3);
        int pad = samples.oneOf(0, window / 2);
        int height = samples.between(window, 9);
        int width = samples.between(window, 9);
        MaxPool2d op = new MaxPool2d(height, width, samples.between(1, 40), window, samples.oneOf(1, 2), pad);
        int batch = samples.oneOf(1, 3);
        Rows x = samples.rows(batch * height * width, op.channels());
        return new Case(
                samples.rows(batch * op.heightOut() * op.widthOut(), op.channels()),
                (kernels, out, part, parts) -> kernels.maxPool2d(op, x, out, batch, part, parts));
    }

    static Case groupNormMish(Samples samples) {
        GroupNorm op = groupNorm(samples);
        int batch = samples.oneOf(1, 2, 3);
        int positions = samples.oneOf(1, 4, 16, 64, 65, 200);
        Rows x = samples.rows(batch * positions, op.channels());
        boolean scale = samples.random.nextBoolean();
        Rows film = samples.rowsOrNull(batch, scale ? 2 * op.channels() : op.channels());
        Rows residual = samples.rowsOrNull(x.rows(), op.channels());
        return new Case(
                samples.rows(x.rows(), op.channels()),
                (kernels, out, part, parts) ->
                        kernels.groupNormMish(op, x, out, film, scale, residual, batch, part, parts),
                batch,
                (kernels, out, sample) -> kernels.groupNormMish(
                        op,
                        Samples.slice(x, sample * positions, positions),
                        out,
                        film == null ? null : Samples.slice(film, sample, 1),
                        scale,
                        residual == null ? null : Samples.slice(residual, sample * positions, positions),
                        1,
                        0,
                        1));
    }

    static Case groupNormAdd(Samples samples) {
        GroupNorm op = groupNorm(samples);
        int batch = samples.oneOf(1, 2, 3);
        Rows x = samples.rows(batch * samples.oneOf(1, 9, 64, 65, 200), op.channels());
        Rows residual = samples.rowsOrNull(x.rows(), op.channels());
        Activation activation = samples.activation();
        return new Case(
                samples.rows(x.rows(), op.channels()),
                (kernels, out, part, parts) ->
                        kernels.groupNormAdd(op, x, out, residual, activation, batch, part, parts));
    }

    static Case activate(Samples samples) {
        Rows x = samples.rows(samples.between(1, 9), samples.between(1, 70));
        Activation activation = samples.activation();
        return new Case(
                samples.rows(x.rows(), x.columns()),
                (kernels, out, part, parts) -> kernels.activate(activation, x, out, part, parts));
    }

    static Case add(Samples samples) {
        Rows a = samples.rows(samples.between(1, 9), samples.between(1, 70));
        Rows b = samples.rows(a.rows() % 2 == 0 ? a.rows() / samples.oneOf(1, 2) : a.rows(), a.columns());
        return new Case(
                samples.rows(a.rows(), a.columns()),
                (kernels, out, part, parts) -> kernels.add(a, b, out, part, parts));
    }

    static Case layerNorm(Samples samples) {
        int channels = samples.oneOf(1, 3, 8, 15, 16, 17, 31, 40, 64, 100, 257);
        LayerNorm op = samples.random.nextBoolean()
                ? new LayerNorm(channels, 1e-6f)
                : new LayerNorm(channels, 1e-5f, samples.vector(channels), samples.vector(channels));
        Rows x = samples.rows(samples.between(1, 9), channels);
        return new Case(
                samples.rows(x.rows(), channels),
                (kernels, out, part, parts) -> kernels.layerNorm(op, x, out, part, parts));
    }

    static Case attention(Samples samples) {
        int batch = samples.oneOf(1, 2, 3);
        // 50 and 100 queries: more than are answered together.
        Attention op = new Attention(
                samples.oneOf(1, 2, 3), samples.oneOf(1, 3, 8, 16, 20, 33, 64), samples.oneOf(1, 2, 5, 7, 16, 50, 100),
                samples.oneOf(1, 2, 6, 15, 16, 17, 26, 40, 70));
        Rows q = samples.rows(batch * op.queries(), op.channels());
        Rows k = samples.rows(batch * op.keys(), op.channels());
        Rows v = samples.rows(batch * op.keys(), op.channels());
        boolean own = samples.random.nextBoolean();
        Rows mask = samples.rowsOrNull(own ? q.rows() : op.queries(), op.keys());
        for (int row = 0; mask != null && row < mask.rows(); row++) {
            for (int key = 0; key < op.keys(); key++) {
                boolean hidden = key != row % op.keys() && samples.random.nextInt(3) == 0;
                mask.set(row, key, hidden ? Float.NEGATIVE_INFINITY : 0);
            }
        }
        return new Case(
                samples.rows(q.rows(), op.channels()),
                (kernels, out, part, parts) -> kernels.attention(op, q, k, v, mask, out, batch, part, parts),
                batch,
                (kernels, out, sample) -> kernels.attention(
                        op,
                        Samples.slice(q, sample * op.queries(), op.queries()),
                        Samples.slice(k, sample * op.keys(), op.keys()),
                        Samples.slice(v, sample * op.keys(), op.keys()),
                        mask == null || mask.rows() == op.queries()
                                ? mask
                                : Samples.slice(mask, sample * op.queries(), op.queries()),
                        out,
                        1,
                        0,
                        1));
    }

    static Case rotate(Samples samples) {
        int batch = samples.oneOf(1, 2, 3);
        int headSize = samples.oneOf(2, 6, 16, 32, 34, 64);
        int positions = samples.oneOf(1, 5, 12);
        Rotary op = new Rotary(
                samples.oneOf(1, 2, 3), headSize, positions, samples.vector(positions * headSize / 2),
                samples.vector(positions * headSize / 2));
        Rows x = samples.rows(batch * positions, op.heads() * headSize);
        return new Case(
                samples.rows(x.rows(), x.columns()),
                (kernels, out, part, parts) -> kernels.rotate(op, x, out, batch, part, parts));
    }

    static Case modulate(Samples samples) {
        int batch = samples.oneOf(1, 2, 3);
        Rows x = samples.rows(batch * samples.oneOf(1, 5, 12), samples.between(1, 70));
        Rows shift = samples.rows(batch, x.columns());
        Rows scale = samples.rows(batch, x.columns());
        return new Case(
                samples.rows(x.rows(), x.columns()),
                (kernels, out, part, parts) -> kernels.modulate(x, shift, scale, out, batch, part, parts));
    }

    static Case addGated(Samples samples) {
        int batch = samples.oneOf(1, 2, 3);
        Rows x = samples.rows(batch * samples.oneOf(1, 5, 12), samples.between(1, 70));
        Rows gate = samples.rows(batch, x.columns());
        Rows residual = samples.rows(x.rows(), x.columns());
        return new Case(
                samples.rows(x.rows(), x.columns()),
                (kernels, out, part, parts) -> kernels.addGated(x, gate, residual, out, batch, part, parts));
    }

    static Case copyTokens(Samples samples) {
        int batch = samples.oneOf(1, 2, 3);
        int from = samples.between(0, 4);
        int to = samples.between(0, 4);
        int count = samples.between(1, 5);
        Rows x = samples.rows(batch * (from + count + samples.between(0, 3)), samples.between(1, 40));
        return new Case(
                samples.rows(batch * (to + count + samples.between(0, 3)), x.columns()),
                (kernels, out, part, parts) -> kernels.copyTokens(x, from, out, to, count, batch, part, parts));
    }

    static Case averagePool(Samples samples) {
        int batch = samples.oneOf(1, 2, 3);
        int positions = samples.oneOf(1, 9, 150);
        Rows x = samples.rows(batch * positions, samples.oneOf(1, 7, 8, 32, 35, 130));
        return new Case(
                samples.rows(batch, x.columns()),
                (kernels, out, part, parts) -> kernels.averagePool(x, out, batch, part, parts),
                batch,
                (kernels, out, sample) -> kernels.averagePool(
                        Samples.slice(x, sample * positions, positions), out, 1, 0, 1));
    }

    static Case spatialSoftmax(Samples samples) {
        int batch = samples.oneOf(1, 2, 3);
        int positions = samples.oneOf(1, 9, 150);
        Rows x = samples.rows(batch * positions, samples.oneOf(1, 7, 8, 32, 35));
        MemorySegment grid = samples.vector(2 * positions);
        return new Case(
                samples.rows(batch, 2 * x.columns()),
                (kernels, out, part, parts) -> kernels.spatialSoftmax(x, grid, out, batch, part, parts));
    }

    static Case resample(Samples samples) {
        int height = samples.between(1, 40);
        int width = samples.between(1, 40);
        Resampling.Axis across = axis(samples, width);
        Resampling.Axis down = axis(samples, height);
        int first = height;
        int end = 0;
        for (int y = 0; y < down.outputs(); y++) {
            int count = down.count().getAtIndex(ValueLayout.JAVA_INT, y);
            int from = down.first().getAtIndex(ValueLayout.JAVA_INT, y);
            first = count == 0 ? first : Math.min(first, from);
            end = count == 0 ? end : Math.max(end, from + count);
        }
        first = Math.min(first, height - 1);
        MemorySegment after = samples.random.nextBoolean() ? samples.vector(9) : null;
        Resampling op = new Resampling(
                height, width, first, Math.max(1, end - first), samples.vector(3 * 256), after, across, down);
        byte[] rgb = new byte[height * width * 3];
        samples.random.nextBytes(rgb);
        MemorySegment picture = NativeMemory.bytes(samples.arena, rgb.length).copyFrom(MemorySegment.ofArray(rgb));
        return new Case(
                samples.rows(across.outputs() * down.outputs(), 3),
                (kernels, out, part, parts) -> {
                    MemorySegment scratch = kernels.device().allocate(samples.arena, op.scratchFloats() * Float.BYTES);
                    kernels.resample(op, picture, scratch, out, part, parts);
                });
    }

    private static Resampling.Axis axis(Samples samples, int source) {
        int outputs = samples.between(1, 30);
        int taps = samples.between(1, Math.min(5, source));
        MemorySegment first = NativeMemory.floats(samples.arena, (long) outputs);
        MemorySegment count = NativeMemory.floats(samples.arena, (long) outputs);
        for (int i = 0; i < outputs; i++) {
            int here = samples.random.nextInt(5) == 0 ? 0 : samples.between(1, taps);
            count.setAtIndex(ValueLayout.JAVA_INT, i, here);
            first.setAtIndex(ValueLayout.JAVA_INT, i, samples.between(0, source - Math.max(1, here)));
        }
        return new Resampling.Axis(outputs, taps, first, count, samples.vector(outputs * taps));
    }

    static Case impose(Samples samples) {
        Rows sample = samples.rows(samples.between(1, 40), samples.between(1, 20));
        Rows levels = dense(samples, sample);
        for (int row = 0; row < levels.rows(); row++) {
            for (int c = 0; c < levels.columns(); c++) {
                levels.set(row, c, samples.oneOf(0, 1, 2));
            }
        }
        Given given = new Given(dense(samples, sample), dense(samples, sample), levels);
        return new Case(sample, (kernels, out, part, parts) -> kernels.impose(given, out, 0.8f, 0.6f, part, parts));
    }

    static Case denoise(Samples samples) {
        Rows sample = samples.rows(samples.between(1, 40), samples.between(1, 20));
        Rows said = samples.rows(sample.rows(), sample.columns());
        boolean first = samples.random.nextBoolean();
        DenoisingRule.Target[] targets = DenoisingRule.Target.values();
        DenoisingRule rule = new DenoisingRule(
                targets[samples.random.nextInt(targets.length)], samples.random.nextBoolean() ? 1 : Float.POSITIVE_INFINITY,
                0.8f, 0.6f, 0.9f, samples.oneOf(0, 1) * 0.3f, samples.oneOf(0, 1) * 0.4f, 0, first ? 0 : 0.1f);
        Rows fresh = first ? null : dense(samples, sample);
        return new Case(sample, (kernels, out, part, parts) ->
                kernels.denoise(rule, said, out, fresh, null, part, parts));
    }

    private static Rows dense(Samples samples, Rows like) {
        return Rows.dense(samples.vector(like.rows() * like.columns()), like.rows(), like.columns());
    }

    static GroupNorm groupNorm(Samples samples) {
        int groups = samples.oneOf(1, 2, 8);
        int channels = groups * samples.oneOf(1, 3, 4, 8, 11, 16, 17, 32);
        return new GroupNorm(groups, channels, 1e-5f, samples.vector(channels), samples.vector(channels));
    }

    /// One sample computed alone.
}
