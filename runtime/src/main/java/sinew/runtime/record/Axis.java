package sinew.runtime.record;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// Maps values to pixels and chooses round numbers to label.
///
/// @param low   value at pixel `from`
/// @param high  value at pixel `to`
record Axis(double low, double high, double from, double to) {
    static Axis of(double low, double high, double from, double to) {
        return new Axis(low, high, from, to);
    }

    double pixel(double value) {
        return from + (value - low) / (high - low) * (to - from);
    }

    /// At most about `wanted` multiples of 1, 2 or 5 times a power of ten within the axis.
    double[] ticks(int wanted) {
        double step = step(wanted);
        long first = (long) Math.ceil(low / step - 1e-9);
        long last = (long) Math.floor(high / step + 1e-9);
        double[] ticks = new double[(int) (last - first + 1)];
        for (int i = 0; i < ticks.length; i++) {
            ticks[i] = (first + i) * step;
        }
        return ticks;
    }

    /// A tick's number without the dust of floating point.
    String label(double tick) {
        if (Math.abs(tick) < 1e-9 * (high - low)) {
            return "0";
        }
        int decimals = (int) Math.max(0, 3 - Math.floor(Math.log10(high - low)));
        BigDecimal rounded = new BigDecimal(tick).setScale(decimals, RoundingMode.HALF_EVEN);
        return rounded.stripTrailingZeros().toPlainString();
    }

    private double step(int wanted) {
        double rough = (high - low) / wanted;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double ratio = rough / power;
        return power * (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10);
    }
}
