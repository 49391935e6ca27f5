package sinew.runtime.arm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/// Two arms as one, the left one first. When one fails, both stop.
public final class BimanualArm implements RobotArm {
    private static final int COUNT = 2 * So101.COUNT;

    private final RobotArm left;
    private final RobotArm right;
    private final float[] half = new float[So101.COUNT];
    private final float[] otherHalf = new float[So101.COUNT];

    public BimanualArm(RobotArm left, RobotArm right) {
        this.left = left;
        this.right = right;
    }

    /// Connects both, or neither.
    public static BimanualArm connect(ArmSettings left, ArmSettings right) {
        return connect(left, right, false);
    }

    /// Connects both so that nothing is ever written to them, see [So101Arm#connectDry].
    public static BimanualArm connectDry(ArmSettings left, ArmSettings right) {
        return connect(left, right, true);
    }

    private static BimanualArm connect(ArmSettings left, ArmSettings right, boolean dry) {
        So101Arm first = dry ? So101Arm.connectDry(left) : So101Arm.connect(left);
        try {
            return new BimanualArm(first, dry ? So101Arm.connectDry(right) : So101Arm.connect(right));
        } catch (RuntimeException e) {
            first.close();
            throw e;
        }
    }

    @Override
    public List<String> features() {
        List<String> features = new ArrayList<>();
        left.features().forEach(f -> features.add("left_" + f));
        right.features().forEach(f -> features.add("right_" + f));
        return features;
    }

    @Override
    public void enable() {
        both(() -> {
            left.enable();
            right.enable();
        });
    }

    @Override
    public void readPositions(float[] into) {
        both(() -> {
            left.readPositions(half);
            right.readPositions(otherHalf);
        });
        System.arraycopy(half, 0, into, 0, So101.COUNT);
        System.arraycopy(otherHalf, 0, into, So101.COUNT, So101.COUNT);
    }

    @Override
    public void writeGoals(float[] action, float[] applied) {
        both(() -> {
            check(action);
            System.arraycopy(action, 0, half, 0, So101.COUNT);
            System.arraycopy(action, So101.COUNT, otherHalf, 0, So101.COUNT);
            left.writeGoals(half, half);
            right.writeGoals(otherHalf, otherHalf);
        });
        System.arraycopy(half, 0, applied, 0, So101.COUNT);
        System.arraycopy(otherHalf, 0, applied, So101.COUNT, So101.COUNT);
    }

    /// Both arms move, or none: a broken value for the right arm must not let the left one go first.
    private static void check(float[] action) {
        if (action.length != COUNT) {
            throw new RobotException(RobotException.Kind.ACTION, "an action for two arms has " + COUNT
                    + " values, got " + action.length);
        }
        for (float value : action) {
            if (!Float.isFinite(value)) {
                throw new RobotException(RobotException.Kind.ACTION, "the action " + Arrays.toString(action)
                        + " is not finite; nothing was sent. The policy or its normalisation is broken");
            }
        }
    }

    @Override
    public void keepAlive() {
        left.keepAlive();
        right.keepAlive();
    }

    @Override
    public void stop(OnStop how) {
        together(() -> left.stop(how), () -> right.stop(how));
    }

    @Override
    public void leave(boolean mayMove) {
        together(() -> left.leave(mayMove), () -> right.leave(mayMove));
    }

    @Override
    public List<String> takeNotices() {
        List<String> notices = new ArrayList<>();
        left.takeNotices().forEach(n -> notices.add("left: " + n));
        right.takeNotices().forEach(n -> notices.add("right: " + n));
        return notices;
    }

    @Override
    public void close() {
        together(left::close, right::close);
    }

    private void both(Runnable action) {
        try {
            action.run();
        } catch (RobotException e) {
            try {
                stop(OnStop.HOLD);
            } catch (RobotException second) {
                e.addSuppressed(second);
            }
            throw e;
        }
    }

    /// Both at the same time: an arm takes seconds to fold, and the other's watchdog would bite while it waits for its
    /// turn. Each is done even when the other fails.
    private static void together(Runnable first, Runnable second) {
        AtomicReference<RuntimeException> failure = new AtomicReference<>();
        Thread other = Thread.ofPlatform().name("right arm").start(() -> {
            try {
                second.run();
            } catch (RuntimeException e) {
                failure.set(e);
            }
        });
        try {
            first.run();
        } catch (RuntimeException e) {
            finish(other);
            if (failure.get() != null) {
                e.addSuppressed(failure.get());
            }
            throw e;
        }
        finish(other);
        if (failure.get() != null) {
            throw failure.get();
        }
    }

    private static void finish(Thread other) {
        boolean interrupted = false;
        while (other.isAlive()) {
            try {
                other.join();
            } catch (InterruptedException e) {
                interrupted = true; // an arm that is being left is not left halfway
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
