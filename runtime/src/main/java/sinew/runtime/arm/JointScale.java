package sinew.runtime.arm;

/// Between a servo's steps and a joint's units, as LeRobot computes it. Immutable.
final class JointScale {
    private enum Form { M100_100, ZERO_100, DEGREES }

    private final Form form;
    private final int min;
    private final int max;
    private final boolean reversed;

    private JointScale(Form form, Calibration.Motor motor) {
        this.form = form;
        this.min = motor.rangeMin();
        this.max = motor.rangeMax();
        this.reversed = motor.driveMode() == 1;
    }

    static JointScale of(int joint, Calibration.Motor motor, Units units) {
        if (joint == So101.GRIPPER) {
            return new JointScale(Form.ZERO_100, motor);
        }
        return new JointScale(units == Units.DEGREES ? Form.DEGREES : Form.M100_100, motor);
    }

    /// Steps to units. Positions outside the calibrated range count as its ends, but not in degrees.
    double toUnits(double steps) {
        double inside = Math.clamp(steps, min, max);
        return switch (form) {
            case M100_100 -> {
                double v = (inside - min) / (max - min) * 200 - 100;
                yield reversed ? -v : v;
            }
            case ZERO_100 -> {
                double v = (inside - min) / (max - min) * 100;
                yield reversed ? 100 - v : v;
            }
            case DEGREES -> (steps - middle()) * 360 / So101.LAST_STEP;
        };
    }

    /// Units to steps, with fractions; a servo gets the whole steps towards zero.
    double toSteps(double units) {
        return switch (form) {
            case M100_100 -> {
                double v = Math.clamp(reversed ? -units : units, -100, 100);
                yield (v + 100) / 200 * (max - min) + min;
            }
            case ZERO_100 -> {
                double v = Math.clamp(reversed ? 100 - units : units, 0, 100);
                yield v / 100 * (max - min) + min;
            }
            case DEGREES -> units * So101.LAST_STEP / 360 + middle();
        };
    }

    /// How many steps one unit is.
    double stepsPerUnit() {
        return switch (form) {
            case M100_100 -> (max - min) / 200.0;
            case ZERO_100 -> (max - min) / 100.0;
            case DEGREES -> So101.LAST_STEP / 360.0;
        };
    }

    int min() {
        return min;
    }

    int max() {
        return max;
    }

    private double middle() {
        return (min + max) / 2.0;
    }
}
