package sinew.runtime.arm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/// One SO-101 arm on its bus. Motion stops first and is reported afterwards: any fault makes the arm hold where it
/// is before the exception leaves, and from then on nothing is sent until [#enable] is called again.
public final class So101Arm implements RobotArm {
    private static final long HEALTH_NANOS = 1_000_000_000L;
    private static final long FRESH_NANOS = 60_000_000L; // positions this old still tell where the arm is
    private static final int TICK_MS = 20;
    private static final double REST_SPEED = 500; // steps/s
    private static final long REST_LIMIT_NANOS = 8_000_000_000L;

    private final ArmSettings settings;
    private final ServoBus bus;
    private final boolean dry;
    private final JointScale[] scales = new JointScale[So101.COUNT];
    private final GoalGate gate;
    private final HealthWatch health;
    private final ArmGuard guard;
    private final ReentrantLock lock = new ReentrantLock();
    private final int[] ids = So101.ids();
    private final int[] present = new int[So101.COUNT];
    private final int[] goals = new int[So101.COUNT];
    private final int[] before = new int[So101.COUNT];
    private final ServoReading[] readings = new ServoReading[So101.COUNT];
    private final List<String> notices = new ArrayList<>();
    private boolean enabled;
    private boolean closed;
    private RobotException fault;
    private long presentNanos;
    private long healthNanos;

    private So101Arm(ServoBus bus, ArmSettings settings, boolean dry) {
        this.bus = bus;
        this.settings = settings;
        this.dry = dry;
        for (int i = 0; i < So101.COUNT; i++) {
            scales[i] = JointScale.of(i, settings.calibration().motor(i), settings.units());
        }
        gate = new GoalGate(scales, settings.limits());
        health = new HealthWatch(settings.limits());
        guard = new ArmGuard(this, settings.limits().watchdogMs());
    }

    /// Opens the arm's port and checks everything that can be checked without moving.
    ///
    /// @throws RobotException when the port, a servo or the calibration is not as it must be
    public static So101Arm connect(ArmSettings settings) {
        return connect(settings, false);
    }

    /// As [#connect], but nothing is ever written to the servos: goals are limited and reported, and not sent.
    public static So101Arm connectDry(ArmSettings settings) {
        return connect(settings, true);
    }

    private static So101Arm connect(ArmSettings settings, boolean dry) {
        ServoBus bus = new ServoBus(UsbSerialLine.open(settings.port(), UsbSerialLine.BAUD), BusTiming.USB);
        try {
            ArmSetup.check(bus);
            List<String> differences = settings.calibration().differences(bus);
            if (!differences.isEmpty()) {
                throw new RobotException(RobotException.Kind.CALIBRATION, settings.name() + " at " + bus.name()
                        + ": its servos were calibrated otherwise than the file says (another arm, or a newer "
                        + "calibration?):\n  " + String.join("\n  ", differences)
                        + "\nWrite the file's values to the servos: sinew arm calibrate --apply; or calibrate anew");
            }
            So101Arm arm = new So101Arm(bus, settings, dry);
            if (!dry) {
                ArmSetup.configure(bus, settings.role());
            }
            return arm;
        } catch (RuntimeException e) {
            bus.close();
            throw e;
        }
    }

    @Override
    public List<String> features() {
        return So101.JOINTS.stream().map(joint -> joint + ".pos").toList();
    }

    public ArmSettings settings() {
        return settings;
    }

    public ServoBus bus() {
        return bus;
    }

    @Override
    public void enable() {
        lock.lock();
        try {
            bus.syncRead(Register.PRESENT_POSITION, ids, present);
            for (int i = 0; i < So101.COUNT; i++) {
                goals[i] = Math.clamp(present[i], scales[i].min(), scales[i].max());
            }
            if (!dry) {
                ArmSetup.torqueOn(bus, goals);
            }
            long now = System.nanoTime();
            presentNanos = now;
            healthNanos = 0;
            fault = null;
            enabled = true;
            gate.restart(present, now);
            health.restart();
            guard.arm();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void readPositions(float[] into) {
        lock.lock();
        try {
            guard.feed();
            measure();
            for (int i = 0; i < So101.COUNT; i++) {
                into[i] = (float) scales[i].toUnits(present[i]);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void writeGoals(float[] action, float[] applied) {
        lock.lock();
        try {
            guard.feed();
            if (fault != null) {
                throw fault;
            }
            if (!enabled) {
                throw new RobotException(RobotException.Kind.ACTION, settings.name() + " is stopped; nothing was sent");
            }
            if (action.length != So101.COUNT) {
                throw new RobotException(RobotException.Kind.ACTION,
                        "an action for " + settings.name() + " has " + So101.COUNT + " values, got " + action.length);
            }
            if (System.nanoTime() - presentNanos > FRESH_NANOS) {
                measure();
            }
            gate.pass(action, present, System.nanoTime(), goals, applied);
            send();
        } catch (RobotException e) {
            fail(e);
            throw e;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void keepAlive() {
        guard.feed();
    }

    /// Everything that the servos measure.
    public ServoReading[] readings() {
        lock.lock();
        try {
            guard.feed();
            bus.syncReadAll(ids, readings);
            return readings.clone();
        } finally {
            lock.unlock();
        }
    }

    /// Steps of the servo of `joint` in this arm's units.
    public double toUnits(int joint, int steps) {
        return scales[joint].toUnits(steps);
    }

    @Override
    public void stop(OnStop how) {
        lock.lock();
        try {
            guard.disarm();
            boolean wasEnabled = enabled;
            enabled = false;
            if (closed || dry) {
                return;
            }
            switch (how) {
                case HOLD -> {
                    if (wasEnabled) {
                        holdHere();
                    }
                }
                case REST -> {
                    if (wasEnabled) {
                        rest();
                    }
                    release();
                }
                case LIMP -> release();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void leave(boolean mayMove) {
        lock.lock();
        try {
            if (enabled) {
                boolean fold = mayMove && fault == null;
                stop(settings.onStop() == OnStop.REST && !fold ? OnStop.HOLD : settings.onStop());
            }
        } finally {
            lock.unlock();
        }
    }

    /// The JVM ends: does what [#stop] does unless somebody has stopped the arm already. Called by the guard.
    void stopAtExit(OnStop how) {
        lock.lock();
        try {
            if (enabled) {
                stop(how);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<String> takeNotices() {
        lock.lock();
        try {
            notices.addAll(gate.takeNotices());
            notices.addAll(health.takeNotices());
            List<String> taken = List.copyOf(notices);
            notices.clear();
            return taken;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            try {
                leave(true);
            } finally {
                closed = true;
                guard.close();
                bus.close();
            }
        } finally {
            lock.unlock();
        }
    }

    /// The control thread has been silent: hold, and let it know when it comes back. Called by the guard.
    void silence(long ms) {
        lock.lock();
        try {
            if (enabled && fault == null) {
                fail(new RobotException(RobotException.Kind.WATCHDOG, settings.name() + ": no command for " + ms
                        + " ms, so the arm holds where it is; was the machine overloaded, or the server lost? Start "
                        + "the episode again"));
            }
        } finally {
            lock.unlock();
        }
    }

    private void measure() {
        try {
            long now = System.nanoTime();
            if (enabled && fault == null && now - healthNanos > HEALTH_NANOS) {
                bus.syncReadAll(ids, readings);
                for (int i = 0; i < So101.COUNT; i++) {
                    present[i] = readings[i].position();
                }
                healthNanos = now;
                complain(health.check(readings), RobotException.Kind.SERVO);
            } else {
                readPlausible(now);
            }
            presentNanos = now;
            if (enabled && fault == null) {
                for (int i = 0; i < So101.COUNT; i++) {
                    complain(health.checkStatus(i, bus.status(ids[i])), RobotException.Kind.SERVO);
                }
                if (!dry) {
                    complain(health.checkStall(present, goals, now), RobotException.Kind.STALL);
                }
            }
        } catch (RobotException e) {
            fail(e);
            throw e;
        }
    }

    /// A joint cannot be elsewhere at once: a position too far from the last one is read again with two witnesses.
    private void readPlausible(long now) {
        long last = presentNanos;
        System.arraycopy(present, 0, before, 0, So101.COUNT);
        bus.syncRead(Register.PRESENT_POSITION, ids, present);
        double possible = 60 + 5000 * (now - last) * 1e-9;
        for (int i = 0; i < So101.COUNT; i++) {
            if (Math.abs(present[i] - before[i]) > possible) {
                bus.suspect();
                bus.syncRead(Register.PRESENT_POSITION, ids, present);
                return;
            }
        }
    }

    private void complain(String what, RobotException.Kind kind) {
        if (what != null) {
            throw new RobotException(kind, settings.name() + " stopped: " + what);
        }
    }

    /// Stops motion because of `e`; what is sent from now on is refused with it.
    private void fail(RobotException e) {
        if (!enabled || fault != null) {
            return;
        }
        fault = e;
        if (e.kind() != RobotException.Kind.PORT) {
            holdHere();
        }
    }

    /// Makes the present position the goal. Does what it can: it is called when things are already wrong.
    private void holdHere() {
        try {
            bus.syncRead(Register.PRESENT_POSITION, ids, present);
            for (int i = 0; i < So101.COUNT; i++) {
                if (i != So101.GRIPPER) { // what the gripper holds, it goes on holding
                    goals[i] = Math.clamp(present[i], scales[i].min(), scales[i].max());
                }
            }
            send();
        } catch (RobotException e) {
            notices.add("could not tell the arm to hold: " + e.getMessage());
        }
    }

    private void send() {
        if (!dry) {
            bus.syncWrite(Register.GOAL_POSITION, ids, goals);
        }
    }

    private void rest() {
        try {
            bus.syncRead(Register.PRESENT_POSITION, ids, present);
            RestMotion motion = new RestMotion(scales(Units.RANGE_M100_100), present, REST_SPEED);
            long start = System.nanoTime();
            long now = start;
            while (!motion.at((now - start) * 1e-9, goals) && now - start < REST_LIMIT_NANOS) {
                send();
                LockSupport.parkNanos(TICK_MS * 1_000_000L);
                now = System.nanoTime();
            }
            send();
            LockSupport.parkNanos(300_000_000L);
        } catch (RobotException e) {
            notices.add("could not fold the arm: " + e.getMessage());
        }
    }

    private JointScale[] scales(Units units) {
        JointScale[] result = new JointScale[So101.COUNT];
        Arrays.setAll(result, i -> JointScale.of(i, settings.calibration().motor(i), units));
        return result;
    }

    private void release() {
        RobotException problem = ArmSetup.torqueOff(bus);
        if (problem != null) {
            throw new RobotException(
                    problem.kind(), settings.name() + ": the torque could not be switched off everywhere; "
                    + "switch the arm's power off. " + problem.getMessage(), problem);
        }
    }
}
