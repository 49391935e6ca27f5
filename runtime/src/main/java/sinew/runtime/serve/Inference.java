package sinew.runtime.serve;

/// A server's answer.
///
/// @param actions     [steps][A] in robot units
/// @param inferMs     time in the policy as the server measured it, in milliseconds
/// @param prevTotalMs the server's total for the request before this one, in milliseconds; NaN in the first answer
/// @param roundTripMs from the start of sending to the end of decoding, as the client measured it, in milliseconds
public record Inference(float[][] actions, double inferMs, double prevTotalMs, double roundTripMs) {}
