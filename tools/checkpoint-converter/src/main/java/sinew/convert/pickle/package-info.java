/// A reader for Python pickles that makes nothing but plain data.
///
/// A pickle is a program: it names classes and functions and has them called. This reader is our own and not a general
/// one behind a filter, because then there is nothing to filter. It has no reflection and no registry that others could
/// add to; a name means something only if the caller's [PickleEnvironment] gives it a meaning, and the very opcode that
/// names another one is refused before its arguments are read. Its work is bounded by [PickleLimits].
///
/// What comes back is a tree, with the cycles of the pickle refused and its sharing counted: `Map` (keys are `String`,
/// `Long`, `Double` or `Boolean`), `List` (tuples too), `String`, `Long`, `Double`, `Boolean`, `byte[]`, null, and what
/// the environment made.
///
/// Source of the format: Python's documentation of `pickletools`.
package sinew.convert.pickle;
