package sinew.convert.pickle;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Copies what the machine made into a tree. A pickle can put one object in many places, which makes a small file an
/// endless or an exponential tree; here the first is refused and the second counted.
final class PlainTree {
    private final PickleLimits limits;
    private final Set<Object> open = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<Object> path = new ArrayList<>();
    private int nodes;

    PlainTree(PickleLimits limits) {
        this.limits = limits;
    }

    Object of(Object value) {
        if (++nodes > limits.nodes()) {
            throw new PickleException("unfolds to more than " + limits.nodes() + " values: it is no checkpoint, but "
                    + "made to fill the memory");
        }
        return switch (value) {
            case Map<?, ?> map -> enclosed(map, () -> copy(map));
            case List<?> list -> enclosed(list, () -> copy(list));
            case PickleObject object -> enclosed(object, () -> of(object.plain()));
            case PickleClass named -> named.name();
            case null -> null;
            default -> value;
        };
    }

    private interface Copy {
        Object make();
    }

    private Object enclosed(Object container, Copy copy) {
        if (!open.add(container)) {
            throw new PickleException("holds a value that contains itself" + where());
        }
        if (open.size() > limits.depth()) {
            throw new PickleException("nests values more than " + limits.depth() + " deep" + where());
        }
        Object made = copy.make();
        open.remove(container);
        return made;
    }

    private Map<Object, Object> copy(Map<?, ?> map) {
        Map<Object, Object> out = LinkedHashMap.newLinkedHashMap(map.size());
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            path.add(entry.getKey());
            out.put(entry.getKey(), of(entry.getValue()));
            path.removeLast();
        }
        return Collections.unmodifiableMap(out);
    }

    private List<Object> copy(List<?> list) {
        List<Object> out = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) {
            path.add(i);
            out.add(of(list.get(i)));
            path.removeLast();
        }
        return Collections.unmodifiableList(out);
    }

    /// The first steps of the way there, for a message.
    private String where() {
        if (path.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder(" at ");
        for (int i = 0; i < Math.min(path.size(), 8); i++) {
            String step = String.valueOf(path.get(i));
            text.append(i == 0 ? "" : ".").append(step, 0, Math.min(step.length(), 40));
        }
        return text.append(path.size() > 8 ? "..." : "").toString();
    }
}
