package sinew.runtime.sim;

import java.util.ArrayList;
import java.util.List;
import org.ode4j.math.DMatrix3C;
import org.ode4j.math.DVector3;
import org.ode4j.math.DVector3C;
import org.ode4j.ode.DBody;
import org.ode4j.ode.DBox;
import org.ode4j.ode.DContact;
import org.ode4j.ode.DContactBuffer;
import org.ode4j.ode.DContactJoint;
import org.ode4j.ode.DGeom;
import org.ode4j.ode.DJoint;
import org.ode4j.ode.DJointGroup;
import org.ode4j.ode.DMass;
import org.ode4j.ode.DSpace;
import org.ode4j.ode.DWorld;
import org.ode4j.ode.OdeConstants;
import org.ode4j.ode.OdeHelper;

/// Table, cubes and arms under gravity, by the Open Dynamics Engine's Java port. One thread at a time.
///
/// World frame: z up, table top at z = 0, x away from the arms, y left; metres, seconds, newtons.
final class SimWorld implements AutoCloseable {
    static final double CUBE_HALF = 0.015;
    static final int SUBSTEPS = 20;
    static final double CONTROL_HZ = SimTask.CONTROL_HZ;
    private static final double DT = 1 / (CONTROL_HZ * SUBSTEPS);
    private static final double GRAVITY = 9.81;
    private static final double CUBE_DENSITY = 1000;
    private static final double JAW_FRICTION = 2.0;
    private static final double TABLE_FRICTION = 0.5;
    /// Softness of the contacts as the solver's constraint force mixing. The jaws give like rubber, 0.1 mm under a
    /// firm grip: that spreads the load over the whole edge of a pad, so that a held cube cannot spin about a single
    /// point.
    private static final double PAD_COMPLIANCE = 5e-3;
    private static final double TABLE_COMPLIANCE = 1e-5;
    private static final int MAX_CONTACTS = 8;
    /// How hard a jaw must press a cube to hold it [N], and how far off the closing direction.
    private static final double GRASP_FORCE = 0.5;
    private static final double GRASP_COSINE = Math.cos(Math.toRadians(110));

    private final DWorld world;
    private final DSpace space;
    private final DJointGroup contacts = OdeHelper.createJointGroup();
    private final DContactBuffer buffer = new DContactBuffer(MAX_CONTACTS);
    private final DGeom table;
    private final List<ArmBody> arms = new ArrayList<>();
    private final List<DBody> cubes = new ArrayList<>();
    private final List<Touch> touches = new ArrayList<>();

    /// An arm's contact with a cube, read after the step that resolves it.
    private record Touch(DContactJoint joint, DJoint.DJointFeedback feedback, ArmBody arm, DGeom part, int cube,
            DVector3C at,
            boolean cubeIsFirst) {}

    static {
        OdeHelper.initODE2(0);
    }

    SimWorld() {
        world = OdeHelper.createWorld();
        world.setGravity(0, 0, -GRAVITY);
        world.setERP(0.3);
        world.setCFM(1e-6);
        space = OdeHelper.createSimpleSpace();
        table = OdeHelper.createPlane(space, 0, 0, 1, 0);
    }

    ArmBody addArm(Transform base, double[] start) {
        ArmBody arm = new ArmBody(world, space, base, start);
        arms.add(arm);
        return arm;
    }

    /// Puts a cube with its centre at (x, y, z), turned about the vertical.
    void addCube(double x, double y, double z, double yaw) {
        DBody body = OdeHelper.createBody(world);
        DMass mass = OdeHelper.createMass();
        mass.setBox(CUBE_DENSITY, 2 * CUBE_HALF, 2 * CUBE_HALF, 2 * CUBE_HALF);
        body.setMass(mass);
        body.setPosition(x, y, z);
        body.setRotation(ArmBody.matrix(Transform.rotationZ(yaw)));
        body.setDamping(0.0005, 0.002);
        DBox box = OdeHelper.createBox(space, 2 * CUBE_HALF, 2 * CUBE_HALF, 2 * CUBE_HALF);
        box.setBody(body);
        cubes.add(body);
    }

    /// Lets one control period (1/30 s) pass.
    void advance() {
        for (int i = 0; i < SUBSTEPS; i++) {
            for (ArmBody arm : arms) {
                arm.beforeStep(DT);
            }
            touches.clear();
            contacts.empty();
            space.collide(null, (data, a, b) -> collide(a, b));
            world.step(DT);
            for (ArmBody arm : arms) {
                arm.afterStep();
            }
            reportPushes();
        }
    }

    private void collide(DGeom a, DGeom b) {
        int cubeA = cubes.indexOf(a.getBody()), cubeB = cubes.indexOf(b.getBody());
        boolean jawOnTable = a == table ? isJaw(b) : b == table && isJaw(a);
        if (cubeA < 0 && cubeB < 0 && !jawOnTable) {
            return;
        }
        int n = OdeHelper.collide(a, b, MAX_CONTACTS, buffer.getGeomBuffer());
        ArmBody arm = armOf(cubeA < 0 ? a : b);
        for (int i = 0; i < n; i++) {
            DContact contact = buffer.get(i);
            contact.surface.mode = OdeConstants.dContactApprox1 | OdeConstants.dContactSoftCFM;
            contact.surface.mu = arm != null ? JAW_FRICTION : TABLE_FRICTION;
            contact.surface.soft_cfm = arm != null ? PAD_COMPLIANCE : TABLE_COMPLIANCE;
            DContactJoint joint = OdeHelper.createContactJoint(world, contacts, contact);
            joint.attach(a.getBody(), b.getBody());
            if (arm != null && (cubeA >= 0 || cubeB >= 0)) {
                DJoint.DJointFeedback feedback = OdeHelper.createJointFeedback();
                joint.setFeedback(feedback);
                touches.add(new Touch(joint, feedback, arm, cubeA < 0 ? a : b, Math.max(cubeA, cubeB),
                        new DVector3(contact.geom.pos), cubeA >= 0));
            }
        }
    }

    private boolean isJaw(DGeom geom) {
        for (ArmBody arm : arms) {
            if (arm.isJawPad(geom)) {
                return true;
            }
        }
        return false;
    }

    private ArmBody armOf(DGeom geom) {
        for (ArmBody arm : arms) {
            if (arm.owns(geom)) {
                return arm;
            }
        }
        return null;
    }

    private void reportPushes() {
        for (Touch t : touches) {
            DVector3C f = forceOnCube(t);
            t.arm.noticePush(f.get0(), f.get1(), f.get2(), t.at);
        }
    }

    private static DVector3C forceOnCube(Touch t) {
        return t.cubeIsFirst ? t.feedback.f1 : t.feedback.f2;
    }

    /// Whether both jaws of the arm press the cube.
    boolean grasped(ArmBody arm, int cube) {
        double[] fixed = new double[3], moving = new double[3];
        for (Touch t : touches) {
            if (t.arm == arm && t.cube == cube) {
                double[] sum = arm.isFixedPad(t.part) ? fixed : arm.isJawPad(t.part) ? moving : null;
                if (sum != null) {
                    DVector3C f = forceOnCube(t);
                    sum[0] += f.get0();
                    sum[1] += f.get1();
                    sum[2] += f.get2();
                }
            }
        }
        return presses(arm, fixed, 1) && presses(arm, moving, -1);
    }

    private static boolean presses(ArmBody arm, double[] f, int side) {
        double size = Math.sqrt(f[0] * f[0] + f[1] * f[1] + f[2] * f[2]);
        return size >= GRASP_FORCE && side * arm.closing(f[0], f[1], f[2]) >= GRASP_COSINE * size;
    }

    /// Whether any arm holds the cube.
    boolean grasped(int cube) {
        for (ArmBody arm : arms) {
            if (grasped(arm, cube)) {
                return true;
            }
        }
        return false;
    }

    int cubeCount() {
        return cubes.size();
    }

    Transform cube(int index) {
        DVector3C p = cubes.get(index).getPosition();
        DMatrix3C r = cubes.get(index).getRotation();
        return new Transform(
                r.get00(), r.get01(), r.get02(), r.get10(), r.get11(), r.get12(), r.get20(), r.get21(), r.get22(),
                p.get0(), p.get1(), p.get2());
    }

    /// How fast the cube moves [m/s].
    double cubeSpeed(int index) {
        return cubes.get(index).getLinearVel().length();
    }

    List<ArmBody> arms() {
        return arms;
    }

    @Override
    public void close() {
        contacts.empty();
        space.destroy();
        world.destroy();
    }
}
