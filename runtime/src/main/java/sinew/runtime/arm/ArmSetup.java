package sinew.runtime.arm;

import java.util.ArrayList;
import java.util.List;

/// Checks that the right servos are on a bus and configures them as LeRobot does.
public final class ArmSetup {
    private static final int PHASE_MULTI_TURN = 0x10;
    private static final int FASTEST = 254;

    private ArmSetup() {}

    /// All six servos must answer, be STS3215 and have one firmware.
    ///
    /// @throws RobotException names everything that is wrong
    public static void check(ServoBus bus) {
        List<String> problems = new ArrayList<>();
        List<String> firmware = new ArrayList<>();
        for (int i = 0; i < So101.COUNT; i++) {
            int id = i + 1;
            String servo = So101.JOINTS.get(i) + " (id " + id + ")";
            if (!bus.ping(id)) {
                problems.add(servo + " does not answer");
                continue;
            }
            int model = bus.read(id, Register.MODEL_NUMBER);
            if (model != So101.MODEL) {
                problems.add(servo + " is of model " + model + ", an SO-101 has " + So101.MODEL);
            }
            firmware.add(bus.read(id, Register.FIRMWARE_MAJOR) + "." + bus.read(id, Register.FIRMWARE_MINOR));
        }
        if (problems.size() == So101.COUNT) {
            problems = List.of("no servo answers; is the arm's power supply on, and is this the arm's port?");
        } else if (!problems.isEmpty()) {
            problems.add("check the cable in front of the first one missing; new servos need sinew arm setup-ids");
        }
        if (firmware.stream().distinct().count() > 1) {
            problems.add("the servos have different firmware " + firmware + "; bring all to one with Feetech's tool");
        }
        if (!problems.isEmpty()) {
            throw new RobotException(RobotException.Kind.SETUP, bus.name() + ": " + String.join("; ", problems));
        }
    }

    /// Torque and lock off, so that settings last.
    static void unlock(ServoBus bus) {
        for (int id : So101.ids()) {
            bus.write(id, Register.TORQUE_ENABLE, 0);
            bus.write(id, Register.LOCK, 0);
        }
    }

    private record Setting(int id, Register register, int value) {}

    /// LeRobot's settings. An arm that has them already keeps its torque, so that one that holds itself does not fall;
    /// any other is let go first.
    static void configure(ServoBus bus, ArmRole role) {
        List<Setting> settings = settings(bus, role);
        if (settings.stream().allMatch(s -> bus.read(s.id, s.register) == s.value)) {
            return;
        }
        unlock(bus);
        settings.forEach(s -> bus.write(s.id, s.register, s.value));
    }

    private static List<Setting> settings(ServoBus bus, ArmRole role) {
        List<Setting> settings = new ArrayList<>();
        for (int id : So101.ids()) {
            settings.add(new Setting(id, Register.RETURN_DELAY_TIME, 0));
            settings.add(new Setting(id, Register.MAXIMUM_ACCELERATION, FASTEST));
            settings.add(new Setting(id, Register.ACCELERATION, FASTEST));
            settings.add(new Setting(id, Register.PHASE, bus.read(id, Register.PHASE) & ~PHASE_MULTI_TURN));
            settings.add(new Setting(id, Register.OPERATING_MODE, 0));
            if (role == ArmRole.FOLLOWER) {
                settings.add(new Setting(id, Register.P_COEFFICIENT, 16));
                settings.add(new Setting(id, Register.I_COEFFICIENT, 0));
                settings.add(new Setting(id, Register.D_COEFFICIENT, 32));
            } else {
                settings.add(new Setting(id, Register.TORQUE_ENABLE, 0));
            }
        }
        if (role == ArmRole.FOLLOWER) {
            int gripper = So101.GRIPPER + 1; // its servo burns out when it squeezes with all its force
            settings.add(new Setting(gripper, Register.MAX_TORQUE_LIMIT, 500));
            settings.add(new Setting(gripper, Register.PROTECTION_CURRENT, 250));
            settings.add(new Setting(gripper, Register.OVERLOAD_TORQUE, 25));
        }
        return settings;
    }

    /// Torque on where each joint is, within what its servo allows.
    public static void torqueOn(ServoBus bus) {
        int[] positions = new int[So101.COUNT];
        bus.syncRead(Register.PRESENT_POSITION, So101.ids(), positions);
        torqueOn(bus, positions);
    }

    /// Torque and lock on, each joint's goal being where it is: nothing moves.
    static void torqueOn(ServoBus bus, int[] positions) {
        bus.syncWrite(Register.GOAL_POSITION, So101.ids(), positions);
        int[] ids = So101.ids();
        int[] goals = new int[ids.length];
        bus.syncRead(Register.GOAL_POSITION, ids, goals);
        for (int i = 0; i < ids.length; i++) {
            // nobody confirms a sync write, and a wrong goal here would make the arm jump
            if (goals[i] != positions[i]) {
                bus.writeVerified(ids[i], Register.GOAL_POSITION, positions[i]);
            }
        }
        for (int id : ids) {
            bus.write(id, Register.TORQUE_ENABLE, 1);
            bus.write(id, Register.LOCK, 1);
        }
    }

    /// Torque and lock off, whatever else is wrong: all servos are told at once, then each is asked for its word,
    /// several times. Servos that are silent cost a few seconds and keep nobody else waiting.
    ///
    /// @return what could not be done, or null
    public static RobotException torqueOff(ServoBus bus) {
        int[] ids = So101.ids();
        RobotException[] problems = new RobotException[ids.length];
        try {
            for (int i = 0; i < 2; i++) { // nobody confirms these
                bus.syncWrite(Register.TORQUE_ENABLE, ids, new int[ids.length]);
            }
            for (int round = 0; round < 5; round++) {
                for (int i = 0; i < ids.length; i++) {
                    if (round == 0 || problems[i] != null) {
                        problems[i] = torqueOff(bus, ids[i]);
                    }
                }
            }
        } catch (RobotException e) {
            return e;
        }
        for (RobotException problem : problems) {
            if (problem != null) {
                return problem;
            }
        }
        return null;
    }

    private static RobotException torqueOff(ServoBus bus, int id) {
        if (!bus.ping(id, 2)) {
            return new RobotException(RobotException.Kind.BUS, bus.name() + ": servo " + id + " does not answer;"
                    + " is the arm powered, and is every cable of the chain plugged in?");
        }
        try {
            bus.write(id, Register.TORQUE_ENABLE, 0);
            bus.write(id, Register.LOCK, 0);
            return null;
        } catch (RobotException e) {
            if (e.kind() == RobotException.Kind.PORT) {
                throw e;
            }
            return e;
        }
    }
}
