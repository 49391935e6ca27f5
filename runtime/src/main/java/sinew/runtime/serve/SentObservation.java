package sinew.runtime.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/// A request taken apart into vectors and pictures, whatever the dialect: env_client's `states` and `images`,
/// LeRobot's flat `observation.state`, openpi's `observation/state`, ALOHA's `state` and `images`.
final class SentObservation {
    /// One value of the request.
    ///
    /// @param path where it was, e.g. `images.front`, `observation/wrist_image`
    /// @param name what it is called there: `front`, `wrist_image`, `arm`, `state`
    record Item(String path, String name, Object value) {}

    private static final String DOTTED = "observation.";
    private static final String SLASHED = "observation/";
    private static final String IMAGES = "images.";

    private final Map<String, String> renames;
    private final List<Item> vectors = new ArrayList<>();
    private final List<Item> pictures = new ArrayList<>();
    private final List<String> others = new ArrayList<>();
    private String task;

    /// @param renames names to use instead, by path
    SentObservation(Map<?, ?> request, Map<String, String> renames) {
        this.renames = renames;
        request.forEach((key, value) -> sort((String) key, value));
    }

    private void sort(String key, Object value) {
        if (key.equals("images") && value instanceof Map<?, ?> cameras) {
            cameras.forEach((camera, picture) -> add(pictures, "images." + camera, (String) camera, picture));
        } else if (key.equals("states") && value instanceof Map<?, ?> arms) {
            arms.forEach((arm, vector) -> add(vectors, "states." + arm, (String) arm, vector));
        } else if (key.equals("state") || key.equals("states")) {
            add(vectors, key, "state", value);
        } else if (key.startsWith(DOTTED) || key.startsWith(SLASHED)) {
            flat(key, key.substring(DOTTED.length()).replace('/', '.'), value);
        } else if (key.equals("input_ids")) {
            add(vectors, key, key, value);
        } else {
            if ((key.equals("task") || key.equals("prompt")) && value instanceof String text) {
                task = text;
            }
            others.add(key);
        }
    }

    /// What the robot is told to do, in words: env_client's `task`, openpi's `prompt`; null when the request says nothing.
    String task() {
        return task;
    }

    private void flat(String key, String name, Object value) {
        if (name.startsWith(IMAGES)) {
            add(pictures, key, name.substring(IMAGES.length()), value);
        } else {
            add(Pictures.looksLikeOne(value) ? pictures : vectors, key, name, value);
        }
    }

    private void add(List<Item> to, String path, String name, Object value) {
        to.add(new Item(path, renames.getOrDefault(path, name), value));
    }

    List<Item> pictures() {
        return pictures;
    }

    /// @return null when nothing is called that
    Item vector(String name) {
        return find(vectors, name);
    }

    /// @return null when nothing is called that
    Item picture(String name) {
        return find(pictures, name);
    }

    private static Item find(List<Item> items, String name) {
        for (Item item : items) {
            if (item.name().equals(name)) {
                return item;
            }
        }
        return null;
    }

    /// The only vector, or null when there are none or several.
    Item onlyVector() {
        return vectors.size() == 1 ? vectors.getFirst() : null;
    }

    /// What the request holds, in words.
    String describe() {
        StringJoiner out = new StringJoiner(", ");
        out.setEmptyValue("nothing");
        for (Item item : vectors) {
            out.add(item.path() + " " + Shapes.describe(item.value()));
        }
        for (Item item : pictures) {
            out.add(item.path() + " " + Shapes.describe(item.value()));
        }
        others.forEach(out::add);
        return out.toString();
    }
}
