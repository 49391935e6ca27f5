package sinew.runtime.cli;

import java.net.ConnectException;
import java.time.Duration;
import sinew.runtime.control.PolicyConnector;
import sinew.runtime.serve.ConnectionEvents;
import sinew.runtime.serve.PolicyClient;
import sinew.runtime.serve.PolicyClientConfig;
import sinew.runtime.serve.PolicyClientException;
import sinew.runtime.serve.WebSocketPolicyClient;

/// One attempt at a time to reach a server: the control loop paces the attempts, so that it can be stopped
/// between them and show them.
record WebSocketConnector(PolicyClientConfig server) implements PolicyConnector {
    @Override
    public PolicyClient connect() {
        try {
            return WebSocketPolicyClient.connect(server.withMaxWait(Duration.ZERO), ConnectionEvents.SILENT);
        } catch (PolicyClientException e) {
            if (e.getCause() instanceof ConnectException) {
                throw new PolicyClientException("Connection refused", true, e);
            }
            throw e;
        }
    }
}
