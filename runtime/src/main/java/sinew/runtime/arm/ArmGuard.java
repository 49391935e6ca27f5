package sinew.runtime.arm;

import java.util.concurrent.locks.LockSupport;

/// Looks after an arm whose own program may be failing: holds it when the control thread falls silent, and lets go
/// of it when the JVM ends before anybody has stopped it.
///
/// When the JVM is told to end (Ctrl-C) while the control thread lives, the arm is left as its settings say. When the
/// control thread has died of an error, nobody knows what the arm was about to do: its torque is released.
final class ArmGuard {
    private static final int CHECKS_PER_LIMIT = 8;

    private final So101Arm arm;
    private final int limitMs;
    private final Runnable lastWord = this::jvmEnds;
    private volatile long fedNanos;
    private volatile boolean armed;
    private volatile Thread control;
    private Thread watchdog;

    ArmGuard(So101Arm arm, int limitMs) {
        this.arm = arm;
        this.limitMs = limitMs;
    }

    /// From now on the calling thread must feed. Guarded by the arm's lock.
    void arm() {
        fedNanos = System.nanoTime();
        control = Thread.currentThread();
        armed = true;
        UsbSerialLine.beforeExit(lastWord);
        if (limitMs > 0 && watchdog == null) {
            watchdog = Thread.ofPlatform().daemon().name("arm watchdog").start(this::watch);
        }
    }

    void feed() {
        fedNanos = System.nanoTime();
    }

    void disarm() {
        armed = false;
    }

    /// The arm is closed. Guarded by the arm's lock.
    void close() {
        disarm();
        if (watchdog != null) {
            watchdog.interrupt();
        }
        UsbSerialLine.notBeforeExit(lastWord);
    }

    private void watch() {
        while (!Thread.interrupted()) {
            LockSupport.parkNanos(limitMs * 1_000_000L / CHECKS_PER_LIMIT);
            long silentMs = (System.nanoTime() - fedNanos) / 1_000_000;
            if (armed && silentMs > limitMs) {
                armed = false;
                arm.silence(silentMs);
            }
        }
    }

    private void jvmEnds() {
        OnStop how = control.isAlive() ? arm.settings().onStop() : OnStop.LIMP;
        try {
            arm.stopAtExit(how);
        } catch (RobotException e) {
            System.err.println("sinew: " + e.getMessage());
        }
    }
}
