package sinew.runtime.sim;

import java.util.List;

/// Where everything is at one moment, for drawing.
///
/// @param arms  poses of the links of each arm, as [ArmKinematics#forward] orders them
/// @param cubes poses of the cubes
record Scene(List<Transform[]> arms, List<Transform> cubes) {}
