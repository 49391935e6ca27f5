package sinew.convert;

/// Looks at the values of a tensor before they are used.
final class TensorValues {
    private TensorValues() {}

    /// Collects values that are not finite, and variances that cannot be.
    ///
    /// @param name the tensor's in the checkpoint
    static void check(String name, float[] values, Problems problems) {
        int bad = 0;
        int first = -1;
        int negative = -1;
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                first = bad == 0 ? i : first;
                bad++;
            } else if (values[i] < 0 && negative < 0) {
                negative = i;
            }
        }
        if (bad > 0) {
            problems.add("tensor " + name + " has " + bad + " of " + values.length
                    + " values that are not finite, the first (" + values[first] + ") at index " + first
                    + ". The training diverged, or the file is damaged");
        }
        if (negative >= 0 && name.endsWith(".running_var")) {
            problems.add("tensor " + name + " has a negative variance at index " + negative);
        }
    }
}
