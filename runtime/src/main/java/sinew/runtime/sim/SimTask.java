package sinew.runtime.sim;

import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;

/// What the simulated arms are asked to do, with the numbers of the ManiSkill tasks of the same names.
public enum SimTask {
    /// One arm lifts the red cube; success is its centre above 5 cm.
    LIFT("Pick up the red cube and lift it.", 100, List.of(Transform.translation(-0.665, -0.15, 0)), 1) {
        @Override
        void place(SimWorld world, RandomGenerator random) {
            double x = -0.465 + uniform(random, 0.08), y = random.nextDouble(-0.24, -0.16);
            world.addCube(x, y, SimWorld.CUBE_HALF, yaw(random));
        }

        @Override
        boolean succeeded(SimWorld world) {
            return world.cube(RED).z() > 0.05;
        }
    },

    /// One arm puts the red cube on the green one and lets go.
    STACK("Stack the red cube on top of the green cube.", 150, List.of(Transform.translation(-0.665, -0.15, 0)), 2) {
        @Override
        void place(SimWorld world, RandomGenerator random) {
            placeApart(world, random, -0.455, -0.17, 0.05);
        }

        @Override
        boolean succeeded(SimWorld world) {
            Transform red = world.cube(RED), green = world.cube(GREEN);
            return Math.hypot(red.x() - green.x(), red.y() - green.y()) < 0.02
                    && Math.abs(red.z() - green.z() - 2 * SimWorld.CUBE_HALF) < 0.01
                    && !world.grasped(RED);
        }
    },

    /// Two arms bring the red cube to the right arm's cell and the green cube to the left arm's.
    SORT("Move the red cube to the left region and the green cube to the right region.", 250,
            List.of(Transform.translation(-0.635, 0.15, 0), Transform.translation(-0.635, -0.15, 0)), 2) {
        @Override
        void place(SimWorld world, RandomGenerator random) {
            placeApart(world, random, -0.455, 0, 0.03);
        }

        @Override
        boolean succeeded(SimWorld world) {
            return near(world.cube(RED), -0.17) && near(world.cube(GREEN), 0.17);
        }

        private boolean near(Transform cube, double y) {
            double dx = cube.x() + 0.455, dy = cube.y() - y, dz = cube.z() - SimWorld.CUBE_HALF;
            return Math.sqrt(dx * dx + dy * dy + dz * dz) < 0.025;
        }
    };

    /// Control steps per second.
    public static final double CONTROL_HZ = 30;
    static final int RED = 0;
    static final int GREEN = 1;
    private static final double APART = 0.05;

    private final String prompt;
    private final int maxSteps;
    private final List<Transform> bases;
    private final int cubes;

    SimTask(String prompt, int maxSteps, List<Transform> bases, int cubes) {
        this.prompt = prompt;
        this.maxSteps = maxSteps;
        this.bases = bases;
        this.cubes = cubes;
    }

    /// The task of a name such as `lift`.
    ///
    /// @throws IllegalArgumentException with the known names
    public static SimTask of(String name) {
        for (SimTask task : values()) {
            if (task.label().equals(name)) {
                return task;
            }
        }
        throw new IllegalArgumentException("no simulated task '" + name + "'; there are lift, stack and sort");
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The instruction in words.
    public String prompt() {
        return prompt;
    }

    /// After how many control steps an episode ends without success.
    public int maxSteps() {
        return maxSteps;
    }

    /// Number of arms: two mean the states `left_arm` and `right_arm`, left first.
    public int arms() {
        return bases.size();
    }

    int cubes() {
        return cubes;
    }

    List<Transform> bases() {
        return bases;
    }

    abstract void place(SimWorld world, RandomGenerator random);

    abstract boolean succeeded(SimWorld world);

    private static double uniform(RandomGenerator random, double half) {
        return random.nextDouble(-half, half);
    }

    private static double yaw(RandomGenerator random) {
        return random.nextDouble(-Math.PI, Math.PI);
    }

    private static void placeApart(SimWorld world, RandomGenerator random, double cx, double cy, double half) {
        double rx, ry, gx, gy;
        do {
            rx = cx + uniform(random, half);
            ry = cy + uniform(random, half);
            gx = cx + uniform(random, half);
            gy = cy + uniform(random, half);
        } while (Math.hypot(rx - gx, ry - gy) < APART);
        world.addCube(rx, ry, SimWorld.CUBE_HALF, yaw(random));
        world.addCube(gx, gy, SimWorld.CUBE_HALF, yaw(random));
    }
}
