package sinew.runtime.arm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Where an arm's joints have their middle and their ends, in LeRobot's own JSON form: files go both ways.
///
/// @param motors by joint, in the order of [So101#JOINTS]
public record Calibration(Map<String, Motor> motors) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> FIELDS = List.of("id", "drive_mode", "homing_offset", "range_min", "range_max");

    /// One joint.
    ///
    /// @param id           of its servo
    /// @param driveMode    0, or 1 when its direction is reversed; LeRobot always writes 0
    /// @param homingOffset steps; what the servo subtracts from its encoder
    /// @param rangeMin     the smallest position it can have, in steps after the offset
    /// @param rangeMax     the largest
    public record Motor(int id, int driveMode, int homingOffset, int rangeMin, int rangeMax) {
        public int span() {
            return rangeMax - rangeMin;
        }
    }

    public Calibration {
        List<String> problems = problems(motors);
        if (!problems.isEmpty()) {
            throw new RobotException(RobotException.Kind.CALIBRATION, "calibration: " + String.join("; ", problems));
        }
        motors = ordered(motors);
    }

    private static Map<String, Motor> ordered(Map<String, Motor> motors) {
        Map<String, Motor> ordered = new LinkedHashMap<>();
        So101.JOINTS.forEach(joint -> ordered.put(joint, motors.get(joint)));
        return Collections.unmodifiableMap(ordered);
    }

    public Motor motor(int joint) {
        return motors.get(So101.JOINTS.get(joint));
    }

    /// Reads LeRobot's file.
    ///
    /// @throws RobotException names the file and everything that is wrong with it
    public static Calibration read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new RobotException(RobotException.Kind.CALIBRATION, "there is no calibration file " + file
                    + "; make one with sinew arm calibrate, or name another with --robot.calibration");
        }
        try {
            return parse(Files.readString(file));
        } catch (IOException e) {
            throw new RobotException(RobotException.Kind.CALIBRATION, file + " cannot be read: " + e.getMessage(), e);
        } catch (RobotException e) {
            throw new RobotException(RobotException.Kind.CALIBRATION, file + ": " + e.getMessage(), e);
        }
    }

    static Calibration parse(String json) {
        JsonNode root;
        try {
            root = JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new RobotException(RobotException.Kind.CALIBRATION, "not JSON: " + e.getOriginalMessage(), e);
        }
        List<String> problems = new ArrayList<>();
        Map<String, Motor> motors = new LinkedHashMap<>();
        root.properties().forEach(entry -> {
            JsonNode motor = entry.getValue();
            int before = problems.size();
            for (String field : FIELDS) {
                if (!motor.path(field).isIntegralNumber()) {
                    problems.add(entry.getKey() + "." + field + " must be a whole number, got " + motor.path(field));
                }
            }
            if (problems.size() == before) {
                motors.put(entry.getKey(), new Motor(
                        motor.get("id").asInt(),
                        motor.get("drive_mode").asInt(),
                        motor.get("homing_offset").asInt(),
                        motor.get("range_min").asInt(),
                        motor.get("range_max").asInt()));
            }
        });
        if (!problems.isEmpty()) {
            throw new RobotException(RobotException.Kind.CALIBRATION, "calibration: " + String.join("; ", problems));
        }
        return new Calibration(motors);
    }

    private static List<String> problems(Map<String, Motor> motors) {
        List<String> problems = new ArrayList<>();
        for (String name : motors.keySet()) {
            if (!So101.JOINTS.contains(name)) {
                problems.add("an SO-101 has no joint " + name);
            }
        }
        for (int i = 0; i < So101.COUNT; i++) {
            String joint = So101.JOINTS.get(i);
            Motor motor = motors.get(joint);
            if (motor == null) {
                problems.add(joint + " is missing");
                continue;
            }
            if (motor.id != i + 1) {
                problems.add(joint + ".id must be " + (i + 1) + ", got " + motor.id);
            }
            if (motor.driveMode != 0 && motor.driveMode != 1) {
                problems.add(joint + ".drive_mode must be 0 or 1, got " + motor.driveMode);
            }
            if (Math.abs(motor.homingOffset) > 2047) {
                problems.add(joint + ".homing_offset must be -2047 to 2047, got " + motor.homingOffset);
            }
            if (motor.rangeMin < 0 || motor.rangeMax > So101.LAST_STEP || motor.rangeMin >= motor.rangeMax) {
                problems.add(joint + ": 0 <= range_min < range_max <= 4095 does not hold for "
                        + motor.rangeMin + " and " + motor.rangeMax);
            }
        }
        return problems;
    }

    /// LeRobot's form: four spaces, one object per motor.
    public String toJson() {
        StringBuilder json = new StringBuilder("{");
        motors.forEach((joint, m) -> json.append(json.length() == 1 ? "\n" : ",\n")
                .append("    \"").append(joint).append("\": {\n")
                .append("        \"id\": ").append(m.id).append(",\n")
                .append("        \"drive_mode\": ").append(m.driveMode).append(",\n")
                .append("        \"homing_offset\": ").append(m.homingOffset).append(",\n")
                .append("        \"range_min\": ").append(m.rangeMin).append(",\n")
                .append("        \"range_max\": ").append(m.rangeMax).append("\n    }"));
        return json.append("\n}").toString();
    }

    /// Writes LeRobot's file, all of it or nothing.
    public void write(Path file) {
        try {
            Path folder = file.toAbsolutePath().getParent();
            Files.createDirectories(folder);
            // not a temporary file: that would be for this user's eyes only, and LeRobot may run as another
            Path half = folder.resolve(file.getFileName() + ".part");
            Files.writeString(half, toJson());
            Files.move(half, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new RobotException(
                    RobotException.Kind.CALIBRATION, file + " cannot be written: " + e.getMessage(), e);
        }
    }

    /// What the servos have stored, in the same form; the drive mode is not stored in a servo.
    public static Calibration ofServos(ServoBus bus) {
        Map<String, Motor> motors = new LinkedHashMap<>();
        for (int i = 0; i < So101.COUNT; i++) {
            motors.put(So101.JOINTS.get(i), storedIn(bus, i + 1, 0));
        }
        return new Calibration(motors);
    }

    private static Motor storedIn(ServoBus bus, int id, int driveMode) {
        return new Motor(id, driveMode, bus.read(id, Register.HOMING_OFFSET),
                bus.read(id, Register.MIN_POSITION_LIMIT), bus.read(id, Register.MAX_POSITION_LIMIT));
    }

    /// How the servos' stored values differ from these: one line per joint, none when they agree.
    public List<String> differences(ServoBus bus) {
        List<String> differences = new ArrayList<>();
        motors.forEach((joint, motor) -> {
            Motor stored = storedIn(bus, motor.id, motor.driveMode);
            if (!stored.equals(motor)) {
                differences.add(joint + ": file has offset " + motor.homingOffset + ", range " + motor.rangeMin + ".."
                        + motor.rangeMax
                        + "; servo has offset " + stored.homingOffset + ", range " + stored.rangeMin + ".."
                        + stored.rangeMax);
            }
        });
        return differences;
    }

    /// Stores these values in the servos, which must have torque and lock off.
    public void store(ServoBus bus) {
        motors.values().forEach(m -> {
            bus.writeVerified(m.id, Register.HOMING_OFFSET, m.homingOffset);
            bus.writeVerified(m.id, Register.MIN_POSITION_LIMIT, m.rangeMin);
            bus.writeVerified(m.id, Register.MAX_POSITION_LIMIT, m.rangeMax);
        });
    }
}
