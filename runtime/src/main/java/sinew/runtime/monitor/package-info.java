/// The browser's window on a run: page, HTTP API and live feed. The control loop never waits for it.
package sinew.runtime.monitor;
