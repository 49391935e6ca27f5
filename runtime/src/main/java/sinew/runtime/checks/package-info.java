/// Whether a policy fits what it is to see and to move, told before anything moves: what `sinew doctor` and the start of
/// `sinew run` share.
package sinew.runtime.checks;
