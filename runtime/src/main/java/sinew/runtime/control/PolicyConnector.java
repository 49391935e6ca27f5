package sinew.runtime.control;

import sinew.runtime.serve.PolicyClient;
import sinew.runtime.serve.PolicyClientException;

/// Makes one attempt to reach the policy server.
@FunctionalInterface
public interface PolicyConnector {
    /// Called on the `policy` thread.
    ///
    /// @throws PolicyClientException with `connectionLost` when nobody answers and a later attempt may succeed;
    ///     without it when trying again is pointless (unknown host, refused key)
    PolicyClient connect();
}
