package sinew.convert.pickle;

import java.util.List;

/// What a class or function that a pickle names means here.
public interface PickleClass {
    /// Module and name, as in `collections.OrderedDict`.
    String name();

    /// What calling it gives: a plain value, a [PickleObject], or something of the environment's own.
    ///
    /// @param arguments unmodifiable; as yet nothing in them has been checked
    /// @throws PickleException when the arguments are not those expected
    Object call(List<Object> arguments);
}
