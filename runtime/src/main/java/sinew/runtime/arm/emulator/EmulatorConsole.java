package sinew.runtime.arm.emulator;

import java.util.List;

/// What an operator can do to emulated arms while they run, in words.
public final class EmulatorConsole {
    private static final String HELP = """
            hand JOINT STEPS        move a joint by hand (its torque must be off); letgo JOINT
            sweep on|off            joints without torque wander from stop to stop
            block JOINT LOW HIGH    put something in a joint's way; free JOINT takes it out
            overload JOINT          trip its overload protection (torque off clears it)
            error JOINT BITS        set error bits; 0 clears them
            heat JOINT CELSIUS      hold its temperature; cool JOINT lets it go
            volts JOINT VOLTS       set its supply
            only JOINT...           unplug all other servos; only all plugs all in
            reboot JOINT            power off and on
            drop|corrupt|truncate|garbage N    spoil the next N answers
            delay N MS              the next N answers come late
            echo on|off             the adapter repeats what it is sent
            show                    where the joints are
            JOINT is a name such as gripper; with two arms left.gripper or right.gripper""";

    private final List<ArmEmulator> arms;

    /// @param arms one, or the left one and the right one
    public EmulatorConsole(List<ArmEmulator> arms) {
        this.arms = List.copyOf(arms);
    }

    /// Does what the line says.
    ///
    /// @return what happened, or what was wrong with the line
    public String execute(String line) {
        String[] words = line.strip().split("\\s+");
        try {
            return words[0].isEmpty() ? "" : execute(words);
        } catch (ArrayIndexOutOfBoundsException | NumberFormatException e) {
            return "cannot do '" + line.strip() + "'; help shows how it is written";
        } catch (IllegalArgumentException e) {
            return e.getMessage();
        }
    }

    private String execute(String[] words) {
        switch (words[0]) {
            case "hand" -> change(words[1], s -> s.hand(Double.parseDouble(words[2])));
            case "letgo" -> change(words[1], EmulatedServo::letGo);
            case "block" -> change(
                    words[1], s -> s.obstacle(Double.parseDouble(words[2]), Double.parseDouble(words[3])));
            case "free" -> change(words[1], EmulatedServo::removeObstacle);
            case "overload" -> change(words[1], EmulatedServo::overload);
            case "error" -> change(words[1], s -> s.injectErrors(Integer.decode(words[2]) & 0x7F));
            case "heat" -> change(words[1], s -> s.forceTemperature(Math.clamp(Integer.parseInt(words[2]), 0, 255)));
            case "cool" -> change(words[1], s -> s.forceTemperature(null));
            case "volts" -> change(
                    words[1], s -> s.supply((int) Math.clamp(Double.parseDouble(words[2]) * 10, 0, 255)));
            case "reboot" -> change(words[1], EmulatedServo::powerCycle);
            case "sweep" -> arms.forEach(arm -> arm.sweep(on(words[1])));
            case "only" -> only(List.of(words).subList(1, words.length));
            case "drop", "corrupt", "truncate", "garbage", "delay", "echo" -> spoil(words);
            case "show" -> {
                return show();
            }
            case "help" -> {
                return HELP;
            }
            default -> throw new IllegalArgumentException("no command '" + words[0] + "'; help lists them");
        }
        return "ok";
    }

    private interface Change {
        void to(EmulatedServo servo);
    }

    private void change(String joint, Change change) {
        ArmEmulator arm = armOf(joint);
        EmulatedServo servo = arm.servo(joint.substring(joint.indexOf('.') + 1));
        arm.bus().change(all -> change.to(servo));
    }

    private ArmEmulator armOf(String joint) {
        if (arms.size() > 1 && !joint.startsWith("left.") && !joint.startsWith("right.")) {
            throw new IllegalArgumentException("there are two arms: write left." + joint + " or right." + joint);
        }
        return joint.startsWith("right.") ? arms.getLast() : arms.getFirst();
    }

    private void only(List<String> joints) {
        if (joints.isEmpty()) {
            throw new IllegalArgumentException("only which servo? only all plugs all in");
        }
        for (ArmEmulator arm : arms) {
            boolean all = joints.equals(List.of("all"));
            arm.bus().plugIn(all ? ArmEmulator.JOINTS
                    : joints.stream().filter(j -> armOf(j) == arm).map(j -> j.substring(j.indexOf('.') + 1)).toList());
        }
    }

    private void spoil(String[] words) {
        for (ArmEmulator arm : arms) {
            arm.bus().faults(f -> {
                switch (words[0]) {
                    case "drop" -> f.drop(Integer.parseInt(words[1]));
                    case "corrupt" -> f.corrupt(Integer.parseInt(words[1]));
                    case "truncate" -> f.truncate(Integer.parseInt(words[1]));
                    case "garbage" -> f.garbage(Integer.parseInt(words[1]));
                    case "delay" -> f.delay(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
                    default -> f.echo(on(words[1]));
                }
            });
        }
    }

    private String show() {
        StringBuilder text = new StringBuilder();
        for (ArmEmulator arm : arms) {
            text.append(text.isEmpty() ? "" : "\n").append(arm.path());
            arm.bus().change(servos -> servos.forEach(
                    s -> text.append(String.format("%n  %-14s id %d  %.0f", s.name(), s.id(), s.position()))));
        }
        return text.toString();
    }

    private static boolean on(String word) {
        if (!word.equals("on") && !word.equals("off")) {
            throw new IllegalArgumentException("on or off, got " + word);
        }
        return word.equals("on");
    }
}
