package sinew.runtime.arm;

import java.util.List;
import java.util.function.IntFunction;

/// Gives new servos their ids, one at a time: they all leave the factory with the same one.
public final class IdSetup {
    /// The speeds that a servo can be set to, the usual one first; the register holds the index.
    static final int[] BAUDS = {1_000_000, 500_000, 250_000, 128_000, 115_200, 57_600, 38_400, 19_200};

    private static final int ATTEMPTS = 5;

    private final IntFunction<ServoBus> opener;
    private final Operator operator;

    /// @param opener opens the bus at a speed
    public IdSetup(IntFunction<ServoBus> opener, Operator operator) {
        this.opener = opener;
        this.operator = operator;
    }

    /// From the gripper down to the base, as the cables allow.
    public void run() {
        for (int i = So101.COUNT - 1; i >= 0; i--) {
            set(So101.JOINTS.get(i), i + 1);
        }
        operator.say("All ids are set. Connect the whole chain; sinew arm scan shows it.");
    }

    private void set(String joint, int id) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            operator.ask("Connect the adapter to the " + joint + " servo only, then press ENTER.");
            for (int baud : BAUDS) {
                try (ServoBus bus = opener.apply(baud)) {
                    List<Integer> found = bus.pingAll();
                    if (found.size() > 1) {
                        operator.say("There are " + found.size() + " servos on the bus, with the ids " + found
                                + ". Connect only that of the " + joint + ".");
                        break;
                    }
                    if (found.size() == 1) {
                        assign(bus, found.getFirst(), id);
                        operator.say(joint + " has id " + id
                                + (found.getFirst() == id ? " already." : " now (it had " + found.getFirst() + ")."));
                        return;
                    }
                }
            }
            operator.say("No servo answers at any speed, or several with one id. Is the power supply on, and only "
                    + "that of the "
                    + joint + " connected?");
        }
        throw new RobotException(RobotException.Kind.SETUP, "gave up on " + joint + " after " + ATTEMPTS
                + " tries; the ids set so far stay. Check the power supply (adapter jumpers on B for USB) and start "
                + "again");
    }

    private static void assign(ServoBus bus, int from, int to) {
        int model = bus.read(from, Register.MODEL_NUMBER);
        if (model != So101.MODEL) {
            throw new RobotException(RobotException.Kind.SETUP,
                    "this servo is of model " + model + ", an SO-101 has STS3215 (" + So101.MODEL
                    + "); nothing was changed");
        }
        bus.write(from, Register.TORQUE_ENABLE, 0);
        bus.write(from, Register.LOCK, 0);
        if (from != to) {
            bus.changeId(from, to);
            bus.write(to, Register.LOCK, 0);
        }
        if (bus.read(to, Register.BAUD_RATE) != 0) {
            bus.tellBaudRate(to, 0);
        }
    }
}
