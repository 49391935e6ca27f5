package sinew.convert.pickle;

/// The only names a pickle can use, and what its references to things outside of it mean.
public interface PickleEnvironment {
    /// Null when the name is not on the list; the reader then refuses the pickle.
    PickleClass find(String module, String name);

    /// What a reference stands for.
    ///
    /// @throws PickleException when it stands for nothing
    Object persistent(Object id);
}
