package sinew.runtime.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// A demonstrator that knows where the cubes are: way-points through inverse kinematics, small random detours,
/// and another try when a grasp fails.
public final class ScriptedExpert {
    private final List<PickAndPlace> hands = new ArrayList<>();
    private final SimWorld world;

    ScriptedExpert(SimTask task, SimWorld world, RandomGenerator random) {
        this.world = world;
        List<ArmBody> arms = world.arms();
        switch (task) {
            case LIFT -> hands.add(new PickAndPlace(world, arms.get(0), SimTask.RED, null, random));
            case STACK -> hands.add(new PickAndPlace(world, arms.get(0), SimTask.RED, this::ontoGreen, random));
            case SORT -> {
                hands.add(new PickAndPlace(world, arms.get(0), SimTask.GREEN, () -> new double[] {-0.455, 0.17, 0.015},
                        random));
                hands.add(new PickAndPlace(world, arms.get(1), SimTask.RED, () -> new double[] {-0.455, -0.17, 0.015},
                        random));
            }
        }
    }

    /// This expert, which begins without detours and with the part of the task that is next.
    ScriptedExpert fromHere() {
        hands.forEach(PickAndPlace::fromHere);
        return this;
    }

    private double[] ontoGreen() {
        Transform green = world.cube(SimTask.GREEN);
        return new double[] {green.x(), green.y(), green.z() + 2 * SimWorld.CUBE_HALF};
    }

    /// The next action in robot units, [6] per arm. Hands take turns: the last one first, the others when it is done.
    public float[] act() {
        float[] action = new float[hands.size() * ArmKinematics.JOINTS];
        boolean free = true;
        for (int i = hands.size() - 1; i >= 0; i--) {
            double[] q = hands.get(i).act(free);
            for (int j = 0; j < ArmKinematics.JOINTS; j++) {
                action[i * ArmKinematics.JOINTS + j] = JointUnits.toUnitsExact(j, q[j]);
            }
            free &= hands.get(i).finished();
        }
        return action;
    }

    /// What each hand is about, for a trace.
    String phases() {
        StringBuilder text = new StringBuilder();
        for (PickAndPlace hand : hands) {
            text.append(hand).append(' ');
        }
        return text.toString().strip();
    }
}
