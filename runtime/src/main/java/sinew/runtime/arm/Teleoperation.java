package sinew.runtime.arm;

import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// One arm, or two, led by hand: what the leader does, the follower does.
public final class Teleoperation {
    private static final long SHOW_NANOS = 200_000_000L;

    private final RobotArm leader;
    private final RobotArm follower;
    private final Operator operator;
    private final double fps;
    private final float[] wish;
    private final float[] applied;
    private final float[] state;

    /// @param fps how often the follower is told, per second
    public Teleoperation(RobotArm leader, RobotArm follower, Operator operator, double fps) {
        if (!leader.features().equals(follower.features())) {
            throw new IllegalArgumentException(
                    "the leader has " + leader.features() + ", the follower " + follower.features());
        }
        if (!(fps >= 1 && fps <= 200)) {
            throw new IllegalArgumentException("a rate of 1 to 200 per second, got " + fps);
        }
        this.leader = leader;
        this.follower = follower;
        this.operator = operator;
        this.fps = fps;
        int joints = leader.features().size();
        wish = new float[joints];
        applied = new float[joints];
        state = new float[joints];
    }

    /// Follows until ENTER is pressed or `seconds` are over; the follower's torque comes on at the start.
    ///
    /// @return ticks that were late by more than half their time
    public long run(double seconds) {
        follower.enable();
        long period = (long) (1e9 / fps);
        long start = System.nanoTime();
        long due = start;
        long shown = 0;
        long late = 0;
        while (!operator.enterPressed() && (System.nanoTime() - start) * 1e-9 < seconds) {
            follower.readPositions(state);
            leader.readPositions(wish);
            follower.writeGoals(wish, applied);
            follower.takeNotices().forEach(operator::say);
            long now = System.nanoTime();
            if (now - shown > SHOW_NANOS) {
                shown = now;
                operator.show(table());
            }
            due += period;
            if (now - due > period / 2) {
                late++;
                due = now;
            }
            LockSupport.parkNanos(due - System.nanoTime());
        }
        return late;
    }

    private List<String> table() {
        StringBuilder names = new StringBuilder();
        StringBuilder leads = new StringBuilder();
        StringBuilder follows = new StringBuilder();
        for (int i = 0; i < state.length; i++) {
            String name = leader.features().get(i).replace(".pos", "");
            int width = Math.max(8, name.length() + 1);
            names.append(String.format("%" + width + "s", name));
            leads.append(String.format("%" + width + ".1f", wish[i]));
            follows.append(String.format("%" + width + ".1f", state[i]));
        }
        return List.of("joint    " + names, "leader   " + leads, "follower " + follows);
    }
}
