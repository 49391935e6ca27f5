package sinew.kernels;

/// One call under test: everything but where the output goes and how it is split.
@FunctionalInterface
interface Operation {
    void run(Kernels kernels, Rows out, int part, int parts);

    default void runAll(Kernels kernels, Rows out, int parts) {
        for (int part = 0; part < parts; part++) {
            run(kernels, out, part, parts);
        }
    }
}
