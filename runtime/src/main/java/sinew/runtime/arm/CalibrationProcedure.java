package sinew.runtime.arm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/// Finds an arm's calibration with the operator's hands, step by step as LeRobot does.
public final class CalibrationProcedure {
    private static final int MIDDLE = 2047; // LeRobot's int(4095 / 2)
    private static final int LARGEST_OFFSET = 2047;
    private static final int LEAST_SPAN = 200; // steps; a joint that was swept less was not swept
    private static final int EDGE = 30; // steps from the end of the encoder
    private static final long LOOK_NANOS = 20_000_000L;

    private final ServoBus bus;
    private final Operator operator;
    private final boolean fullTurnWrist;
    private final int[] positions = new int[So101.COUNT];
    private final int[] min = new int[So101.COUNT];
    private final int[] max = new int[So101.COUNT];
    private final int[] offsets = new int[So101.COUNT];

    /// @param fullTurnWrist leaves wrist_roll its full turn, 0 to 4095, as LeRobot does since 0.4.3; before, and in
    ///                      the demonstrations that our policies learned from, it was swept like the others
    public CalibrationProcedure(ServoBus bus, Operator operator, boolean fullTurnWrist) {
        this.bus = bus;
        this.operator = operator;
        this.fullTurnWrist = fullTurnWrist;
    }

    /// Asks, watches, stores the result in the servos and returns it. The torque is off afterwards.
    public Calibration run() {
        ArmSetup.check(bus);
        ArmSetup.unlock(bus);
        for (int id : So101.ids()) {
            bus.writeVerified(id, Register.OPERATING_MODE, 0);
        }
        operator.ask("Hold the arm: its torque is off. Move all joints to the middle of their range, then press "
                + "ENTER.");
        home();
        operator.say("Now move every joint, one after the other, through its whole range"
                + (fullTurnWrist ? ", except wrist_roll." : ".") + " Press ENTER when all are done.");
        sweep();
        Calibration calibration = result();
        calibration.store(bus);
        return calibration;
    }

    /// Makes the present pose read 2047 on every joint.
    private void home() {
        for (int id : So101.ids()) {
            bus.writeVerified(id, Register.HOMING_OFFSET, 0);
            bus.writeVerified(id, Register.MIN_POSITION_LIMIT, 0);
            bus.writeVerified(id, Register.MAX_POSITION_LIMIT, So101.LAST_STEP);
        }
        bus.syncRead(Register.PRESENT_POSITION, So101.ids(), positions);
        for (int i = 0; i < So101.COUNT; i++) {
            offsets[i] = Math.clamp(positions[i] - MIDDLE, -LARGEST_OFFSET, LARGEST_OFFSET);
            bus.writeVerified(i + 1, Register.HOMING_OFFSET, offsets[i]);
        }
        bus.syncRead(Register.PRESENT_POSITION, So101.ids(), positions);
        System.arraycopy(positions, 0, min, 0, So101.COUNT);
        System.arraycopy(positions, 0, max, 0, So101.COUNT);
    }

    private void sweep() {
        while (true) {
            while (!operator.enterPressed()) {
                bus.syncRead(Register.PRESENT_POSITION, So101.ids(), positions);
                for (int i = 0; i < So101.COUNT; i++) {
                    min[i] = Math.min(min[i], positions[i]);
                    max[i] = Math.max(max[i], positions[i]);
                }
                operator.show(table());
                LockSupport.parkNanos(LOOK_NANOS);
            }
            List<String> still = unswept();
            if (still.isEmpty()) {
                return;
            }
            operator.say("Not moved far enough: " + String.join(", ", still)
                    + ". Move them through their whole range, then press ENTER.");
        }
    }

    private List<String> unswept() {
        List<String> still = new ArrayList<>();
        for (int i = 0; i < So101.COUNT; i++) {
            if (max[i] - min[i] < LEAST_SPAN && !(fullTurnWrist && i == So101.WRIST_ROLL)) {
                still.add(So101.JOINTS.get(i));
            }
        }
        return still;
    }

    private List<String> table() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format("%-14s %6s %6s %6s", "joint", "min", "now", "max"));
        for (int i = 0; i < So101.COUNT; i++) {
            lines.add(String.format("%-14s %6d %6d %6d", So101.JOINTS.get(i), min[i], positions[i], max[i]));
        }
        return lines;
    }

    private Calibration result() {
        Map<String, Calibration.Motor> motors = new LinkedHashMap<>();
        for (int i = 0; i < So101.COUNT; i++) {
            boolean turn = fullTurnWrist && i == So101.WRIST_ROLL;
            int low = turn ? 0 : Math.max(0, min[i]);
            int high = turn ? So101.LAST_STEP : Math.min(So101.LAST_STEP, max[i]);
            if (!turn && (low < EDGE || high > So101.LAST_STEP - EDGE)) {
                operator.say("! " + So101.JOINTS.get(i) + " reached the end of its encoder (" + low + " to " + high
                        + "): it was not in the middle at first. Calibrate again when it behaves oddly.");
            }
            motors.put(So101.JOINTS.get(i), new Calibration.Motor(i + 1, 0, offsets[i], low, high));
        }
        return new Calibration(motors);
    }
}
