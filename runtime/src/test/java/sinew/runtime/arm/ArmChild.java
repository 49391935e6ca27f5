package sinew.runtime.arm;

/// A program with an arm that comes to an end nobody planned; see [ArmAtExitTest].
final class ArmChild {
    private ArmChild() {}

    /// Arguments: port, how to stop, and `crash` or `run`.
    public static void main(String[] args) throws Exception {
        So101Arm arm = So101Arm.connect(new ArmSettings("arm", args[0], ArmRole.FOLLOWER, CalibrationTest.example(),
                Units.RANGE_M100_100, SafetyLimits.defaults(), OnStop.parse(args[1])));
        arm.enable();
        float[] action = new float[So101.COUNT];
        for (int tick = 0; tick < 10_000; tick++) {
            arm.readPositions(action);
            arm.writeGoals(action, action);
            if (tick == 10) {
                System.out.println("moving");
                if (args[2].equals("crash")) {
                    throw new StackOverflowError("an error that nobody catches");
                }
            }
            Thread.sleep(20);
        }
    }
}
