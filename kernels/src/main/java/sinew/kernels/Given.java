package sinew.kernels;

/// The entries of a sample that are given instead of predicted. All are [R, C] without gaps.
///
/// @param values what is given
/// @param noise  what the sample began with at those places
/// @param levels 0 where an entry is predicted, 1 where it is shown as it is, 2 where with as much noise as the rest
public record Given(Rows values, Rows noise, Rows levels) {
    public static final float PREDICTED = 0;
    public static final float CLEAN = 1;
    public static final float NOISED = 2;
}
